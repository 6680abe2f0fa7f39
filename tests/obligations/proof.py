"""Does every obligation hang on a test? Each is switched off, and the tests that carry its id must fail."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from _pytest.runner import runtestprotocol

from shared.decider import Refused
from tests.given import SWITCHED_OFF
from tests.obligations.register import ALL

Off = Callable[[pytest.MonkeyPatch], None] | None
BITES = (AssertionError, pytest.fail.Exception, Refused)  # any other failure says that the test broke, not that it bit


class Ran(NamedTuple):
    """`raised` None: it passed."""

    raised: BaseException | None

    @property
    def bit(self) -> bool:
        return isinstance(self.raised, BITES)


@dataclass
class Proved:
    """One obligation: its tests by name, and what is wrong with the proof."""

    tests: set[str] = field(default_factory=set)
    toothless: dict[str, str] = field(default_factory=dict)  # test -> what happened instead

    @property
    def holds(self) -> bool:
        return bool(self.tests) and not self.toothless


class Proof:
    """A pytest plugin: runs the tests that carry ids as they are, then once more for each id without its rule."""

    def __init__(self, only: Collection[str] = (), progress: Callable[[int, int], None] = lambda _done, _all: None):
        self._only, self._progress = set(only), progress
        self.found: dict[str, Proved] = {name: Proved() for name in ALL}
        self.unknown: dict[str, str] = {}  # id -> the test that names it
        self.broken: dict[str, str] = {}  # tests that fail as they are
        self._raised: BaseException | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Half of the runs fail, as they should: to tell where would take four fifths of the time."""
        config.option.tbstyle = "no"

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if any(item.iter_markers("obligation"))]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[Any]:
        if call.excinfo and self._raised is None:
            self._raised = call.excinfo.value
        return (yield)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted(f"{session.testsfailed} tests could not be collected")
        wanted = {item: ids for item in session.items if (ids := self._ids(item))}
        plan: list[tuple[Any, str | None, Off]] = [(item, None, None) for item in wanted]
        plan += [(item, name, off) for item, ids in wanted.items() for name, off in ids.items()]
        cases = defaultdict[str, dict[str, list[Ran]]](lambda: defaultdict(list))
        following = [item for item, *_ in plan[1:]] + [None]
        # Of an item that runs once more only what is around it stays: its own parameters are set up anew.
        following = [item.parent if after is item else after
                     for (item, *_), after in zip(plan, following, strict=True)]  # fmt: skip
        for done, ((item, name, off), after) in enumerate(zip(plan, following, strict=True)):
            self._progress(done, len(plan))
            ran = self._run(item, {name: off} if name else {}, after)
            if name and item.nodeid in self.broken:
                self.found[name].toothless[item.nodeid] = "fails as it is"
            elif name:
                cases[name][item.nodeid.partition("[")[0]].append(ran)
            elif ran.raised:
                self.broken[item.nodeid] = f"{type(ran.raised).__name__}: {ran.raised}"
        for name, tests in cases.items():
            proved = self.found[name]
            proved.tests |= tests.keys()
            for test, runs in tests.items():
                if not any(run.bit for run in runs):
                    proved.toothless[test] = next((type(run.raised).__name__ for run in runs if run.raised), "passed")
        return True

    def _ids(self, item: pytest.Item) -> dict[str, Off]:
        ids = {name: mark.kwargs.get("off") for mark in item.iter_markers("obligation") for name in mark.args}
        self.unknown |= {name: item.nodeid for name in ids if name not in self.found}
        return {name: off for name, off in ids.items() if name in self.found and (not self._only or name in self._only)}

    def _run(self, item: Any, without: dict[str, Off], after: pytest.Item | None) -> Ran:
        self._raised = None
        if hasattr(item, "_request"):
            item._initrequest()
        with switched_off(without):
            runtestprotocol(item, log=False, nextitem=after)
        return Ran(self._raised)


@contextmanager
def switched_off(without: dict[str, Off]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, off in without.items():
            if off:
                off(patch)
            else:
                SWITCHED_OFF.add(name)
        try:
            yield
        finally:
            SWITCHED_OFF.difference_update(without)
