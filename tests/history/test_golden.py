"""Old facts stay readable: a month that was recorded once is folded again, and every stream comes to what it came to.

Where a change is meant, `python -m tests.history.golden --states` adds what the month comes to now beside what it came
to before, and its digest is noted here; no file that is noted here is ever written again.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace

import pytest

from deploy.desks import parts_of
from deploy.facts import SERVICES
from tests.history.golden import HERE, canonical, digest, documents, months, states, states_of

NOTED = {
    "golden-month-1.jsonl.xz": "00b19b0ae90fac2e5d76390244510b46fbee84737dc5ee3fed24d07a01a9dfde",
    "golden-month-1.states-1.json": "708968aea30ba600cd5a52fda52fc1a6f39afa3824adfdf3586837e61bdba3a0",
}


@pytest.fixture(scope="module", params=months(), ids=lambda month: month.name)
def month(request):
    return request.param, states(request.param)


@dataclass(frozen=True)
class Some:
    text: str
    more: int = 0
    kinds: frozenset[str] = frozenset()
    others: dict[str, int] = field(default_factory=dict)


def test_what_was_written_is_never_written_again():
    kept = sorted([*HERE.glob("golden-month-*")])
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept} == NOTED


def test_every_stream_comes_to_what_it_came_to(month):
    path, found = month
    written = json.loads(states_of(path)[-1].read_text("utf-8"))
    assert {key: canonical(found[key]) for key in written["states"]} == written["states"]
    now = {key: digest(state) for key, state in found.items()}
    assert sorted(key for key in now.keys() | written["digests"] if now.get(key) != written["digests"].get(key)) == []


def test_a_month_holds_facts_of_every_service_and_only_kinds_that_are_known(month):
    kinds = {service: set[str]() for service in SERVICES}
    for document in documents(month[0]):
        said = json.loads(document)
        kinds[said["source"].rpartition("/")[2]].add(said["type"])
    assert all(kinds.values())
    known = {service: {fact.type for each in parts_of(service).deciders for fact in each.facts} for service in SERVICES}
    assert all(kinds[service] <= known[service] for service in SERVICES)


def test_a_situation_that_differs_has_another_digest_and_one_field_more_at_its_default_has_not():
    @dataclass(frozen=True)
    class Same:
        text: str
        later: tuple[str, ...] = ()

    Same.__name__ = "Some"
    assert digest(Some("x")) == digest(Same("x"))
    changed = [Some("y"), Some("x", 1), Some("x", kinds=frozenset("a")), Some("x", others={"a": 1}), Same("x", ("a",))]
    assert len({digest(state) for state in (Some("x"), *changed)}) == 6


def test_a_decider_that_folds_otherwise_is_noticed(month, monkeypatch):
    """Were a kind of fact passed over, the streams that hold it are those that differ, and no others."""
    path, found = month
    parts = parts_of("visits")
    custody = next(each for each in parts.deciders if each.name == "custody")
    deaf = replace(custody, evolve=lambda state, fact: state)
    other = replace(parts, deciders=[deaf if each is custody else each for each in parts.deciders])
    monkeypatch.setattr("tests.history.golden.parts_of", lambda name: other if name == "visits" else parts_of(name))
    differ = {key for key, state in states(path).items() if digest(state) != digest(found[key])}
    assert differ == {key for key in found if "/visits/custody/" in key}
