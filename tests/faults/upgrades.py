"""An upgrade to other code and a rollback, one process after the other, while people go on sending."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from deploy.letters.asking import Desk
from deploy.running import noted
from deploy.supervisor import ROOT, Site
from tests.faults import reading
from tests.faults.checker import Violation
from tests.faults.trial import CENTER, Result, everybody, judged, left_behind, patient, people

PEOPLE, PATIENCE = 4, 120.0
OLD, NEW = "complaint_registered.v1", "complaint_registered.v2"
WRITES = "feedback"  # whose facts are of another version in the newer code
REACTIONS = {"scheduling": "when_complaint_registered_note_it", "feedback": "when_complained_look_at_file"}
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__", "var")

# A fact in a new version, with a field more, and its upcast beside it; whoever hears it has the same in the contract.
V2 = '''

class ComplaintRegisteredV2(ComplaintRegistered):
    """And how the number was given out."""

    type = "complaint_registered.v2"
    allotted: str = "in_order"


@upcast
def complaint_registered_as_v2(old: ComplaintRegistered) -> ComplaintRegisteredV2:
    return ComplaintRegisteredV2(**dict(old))
'''
HEARD = """def when_complained_look_at_file(heard: CloudEvent[ComplaintRegisteredV2]) -> NoteReopening:
    return follow(heard, NoteReopening, opened="complaint")


OPENINGS: """
IMPORTS = "from shared.messages import CloudEvent\nfrom shared.contracts.feedback import ComplaintRegisteredV2\n"
BOOK, RECEPTION = "services/feedback/complaint_book.py", "services/feedback/complaint_reception.py"
OPENS = "services/feedback/reactions/when_something_opens_look_at_file.py"
NOTES = "services/scheduling/reactions/when_complaint_registered_note_it.py"
CHANGES: Sequence[tuple[str, str, str]] = (
    ("services/feedback/events.py", '"complaint_registered.v1"\n    number: int\n',
     f'"complaint_registered.v1"\n    number: int\n{V2}'),
    ("services/feedback/events.py", "import Fact\n", "import Fact\nfrom shared.upcast import upcast\n"),
    (RECEPTION, "ComplaintRegistered\n", "ComplaintRegistered, ComplaintRegisteredV2\n"),
    (RECEPTION, "return ComplaintRegistered(", "return ComplaintRegisteredV2("),
    (BOOK, "ComplaintRegistered\n", "ComplaintRegistered, ComplaintRegisteredV2\n"),
    (BOOK, "facts=(ComplaintRegistered, ", "facts=(ComplaintRegistered, ComplaintRegisteredV2, "),
    ("shared/contracts/feedback.py", '"complaint_registered.v1"\n    number: int\n',
     f'"complaint_registered.v1"\n    number: int\n{V2}'),
    ("shared/contracts/feedback.py", "import Command, Contract\n",
     "import Command, Contract\nfrom shared.upcast import upcast\n"),
    (OPENS, "OPENINGS: ", HEARD),
    (OPENS, '_opening("complained", "feedback", "complaint_registered.v1", "complaint")',
     "when_complained_look_at_file"),
    (OPENS, "from shared.reaction", f"{IMPORTS}from shared.reaction"),
    (NOTES, "CloudEvent[ComplaintRegistered]", "CloudEvent[ComplaintRegisteredV2]"),
    (NOTES, "import ComplaintRegistered\n", "import ComplaintRegisteredV2\n"),
)  # fmt: skip


def newer_code(into: Path) -> Path:
    """A copy of this tree, whose feedback records a fact in another version. Raises `AssertionError`."""
    shutil.copytree(ROOT, into, ignore=LEFT_OUT)
    for name, before, after in CHANGES:
        text = (into / name).read_text("utf-8")
        assert before in text, f"{name} is written otherwise now: {before}"
        (into / name).write_text(text.replace(before, after, 1), "utf-8")
    return into


class Rollout:
    """One process after the other goes on from another tree of code."""

    def __init__(self, site: Site) -> None:
        self._site, self.moves, self.longest = site, 0, 0.0

    async def go(self, code: Path, services: Iterable[str]) -> None:
        for service in services:
            began = time.monotonic()
            await asyncio.to_thread(self._site.start_from, service, code)
            self.longest = max(self.longest, time.monotonic() - began)
            self.moves += 1
            await asyncio.sleep(0.3)

    def recorded(self, kind: str) -> list[str]:
        """Ids of what was recorded in that version."""
        facts = reading.store(self._site.folder / f"{WRITES}.sqlite").facts
        return [fact["id"] for fact in facts if fact["type"] == kind]

    def letters(self, state: str) -> int:
        stores = (reading.store(self._site.folder / f"{service}.sqlite") for service in REACTIONS)
        return sum(letter.state == state for store in stores for letter in store.letters)

    async def more(self, kind: str, count: int = 2) -> None:
        """People go on until so many more stand there."""
        wanted = len(self.recorded(kind)) + count
        async with asyncio.timeout(PATIENCE):
            while len(self.recorded(kind)) < wanted:
                await asyncio.sleep(0.2)

    async def unread(self, before: int) -> int:
        """People go on until old code has met what it cannot read; how many letters that were."""
        async with asyncio.timeout(PATIENCE):
            while self.letters("dead") < before + 2:
                await asyncio.sleep(0.2)
        return self.letters("dead") - before

    def answered(self, kind: str) -> dict[str, int]:
        """By service, how many of these facts its reaction has answered."""
        ids = self.recorded(kind)
        done = {service: {name for _, name in reading.store(self._site.folder / f"{service}.sqlite").commands}
                for service in REACTIONS}  # fmt: skip
        return {service: sum(f"{reaction}:{id}" in done[service] for id in ids)
                for service, reaction in REACTIONS.items()}  # fmt: skip


async def upgrade(folder: Path, seed: int, *, crowd: int = PEOPLE, rounds: int = 1) -> Result:
    """To newer code, back, and to newer code again. In between old code meets facts that only newer code can read."""
    result, newer = Result("upgrade", seed), newer_code(folder / "newer")
    async with Site(folder / "site", CENTER) as site, people(site, folder, seed) as outside:
        await outside.one_case()
        rollout, working, dead = Rollout(site), asyncio.create_task(outside.work(crowd)), [0, 0]
        others = [name for name in site.services if name != WRITES]
        for _ in range(rounds):
            await rollout.more(OLD)
            before = rollout.letters("dead")
            await rollout.go(newer, [WRITES])  # it writes what the others cannot read yet
            dead[0] += await rollout.unread(before)
            await rollout.go(newer, others)
            await rollout.more(NEW)
            before = rollout.letters("dead")
            await rollout.go(ROOT, others)  # they can read no more what it still writes
            dead[1] += await rollout.unread(before)
            await rollout.go(ROOT, [WRITES])
            await rollout.more(OLD)
        await rollout.go(newer, site.services)
        await rollout.more(NEW)
        outside.stopped = True
        await working
        retried = await retry_all(site, rollout)
        await judged(result, site, [outside], folder)
        heard = {kind: (len(rollout.recorded(kind)), rollout.answered(kind)) for kind in (OLD, NEW)}
    for kind, (facts, by_service) in heard.items():
        result.expect(facts > 0, "stuck", f"no {kind}: nothing was tried")
        for service, count in by_service.items():
            result.expect(count == facts, "lost", f"{service} has answered {count} of {facts} {kind}")
    result.figures |= {
        "processes moved to other code": rollout.moves, "longest move (s)": round(rollout.longest, 1),
        "facts in the old, the new version": [heard[kind][0] for kind in (OLD, NEW)],
        "dead letters while upgrading, while rolling back, at least": dead,
        "letters retried with the newer code": retried,
    }  # fmt: skip
    result.violations += models_by(newer, site.folder)
    left_behind(result, site, everybody([outside]), models=False)
    return result


async def retry_all(site: Site, rollout: Rollout) -> int:
    """What the old code could not read is tried again; how many."""
    running, retried = noted(site.folder), 0
    assert running
    async with patient(site) as console, asyncio.timeout(PATIENCE):
        desk = Desk(console, running, "supervisor:S01")
        while rollout.letters("dead") or rollout.letters("held"):
            for letter in await desk.letters():
                if letter.told["state"] == "dead":
                    retried += (await desk.act(letter, "retry_letter", {})).accepted
            await asyncio.sleep(0.5)
    return retried


def models_by(code: Path, site: Path) -> list[Violation]:
    """Read models, made again by the code that can read all facts."""
    asks = ("import json, sys, pathlib; from tests.faults.checker import models; "
            "print(json.dumps(models(pathlib.Path(sys.argv[1]))))")  # fmt: skip
    ran = subprocess.run([sys.executable, "-c", asks, str(site)], cwd=code, capture_output=True, text=True, check=True)
    return [Violation(*each) for each in json.loads(ran.stdout.splitlines()[-1])]
