"""Commands and facts that feedback's tests share: one case, its team of two, its return visitor."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from services.feedback.app import FEEDBACK
from services.feedback.events import (
    BadRatingOpened,
    CaseFileOpened,
    EvaluationInvited,
    ReturnVisitAttempted,
    ReturnVisitCompleted,
    ReturnVisitDue,
)
from services.feedback.events_archive import FileDocumentAdded
from shared.contracts.feedback import ExpectFeedback, RectifyRating
from shared.decider import To
from shared.messages import Command, Fact
from tests.given import When, anning, at, given

C = TypeVar("C", bound=Command)

CASE = "SMFW-620105-20260302-0001-8"
TEAM = ("A04", "A08")
REF = "a" * 32
SEALED = "sealed:v1:k1:AAAA"
TUESDAY = at("2026-03-10 15:00")
WEDNESDAY = at("2026-03-11 15:00")
OF_CASE = {"team": TEAM, "matter": "MT-HUKOU", "person_ref": REF}

due = ReturnVisitDue(**OF_CASE, way="post")
invited = EvaluationInvited(**OF_CASE)
opened = CaseFileOpened(matter="MT-HUKOU", way="post")
answered = ReturnVisitCompleted(by="D02", satisfied=True)
bad = BadRatingOpened(
    level=2, codes=("H01",), team=TEAM, real_name=True, contact_from=WEDNESDAY, matter="MT-HUKOU", opened_at=WEDNESDAY
)
GOOD = {
    "came": True, "on_time": True, "credentials_shown": True, "explained": True, "asked_for_gifts": False,
    "materials_returned": True, "result_correct": True, "satisfied": True, "suggestions": False,
}  # fmt: skip


def bad_rating(**changed: Any) -> BadRatingOpened:
    return bad.model_copy(update=changed)


def tried(attempt: int, half_day: str, by: str = "D01", first_at: datetime | None = None) -> ReturnVisitAttempted:
    return ReturnVisitAttempted(by=by, attempt=attempt, half_day=half_day, first_at=first_at)


def file_pieces() -> list[FileDocumentAdded]:
    """The mandatory pieces of a served case's file."""
    return [FileDocumentAdded(piece=piece, source=f"/f/{piece}") for piece in anning().lists["file.completed"]]


def ask(command: type[C], **fields: Any) -> C:
    roles = command.roles or ("system",)
    return command(**({"id": "1", "case": CASE, "actor": f"{roles[0]}:X"} | fields))


def expect() -> ExpectFeedback:
    return ask(ExpectFeedback, **OF_CASE, way="post")


def rectify(**fields) -> RectifyRating:
    return ask(RectifyRating, **({"classification": "RB1", "measure": "apology", "proof": "record"} | fields))


BY_NAME = {decider.name: decider for decider in FEEDBACK.deciders}


class Streams(dict[str, Any]):
    """A stream that nothing was said of is untouched."""

    def __missing__(self, stream: str) -> Any:
        return BY_NAME[stream.partition("/")[0]].initial


def situations(*streams: tuple[str, Fact], case: str = CASE) -> Mapping[str, Any]:
    """What the streams look like after these facts; a noun alone means the stream of the case."""
    known = Streams({f"{name}/{case}": decider.initial for name, decider in BY_NAME.items()})
    for noun, fact in streams:
        stream = noun if "/" in noun else f"{noun}/{case}"
        known[stream] = BY_NAME[noun.partition("/")[0]].evolve(known[stream], fact)
    return known


class Feedback:
    """Several commands one after the other, on all of feedback's streams, as the command handler would commit them."""

    def __init__(self) -> None:
        self._histories: dict[str, list[Fact]] = {}
        self._by_command = {c: d for d in FEEDBACK.deciders for c in d.commands[:-1]}  # the last ticks clocks
        self._by_name = {d.name: d for d in FEEDBACK.deciders}

    def when(self, command: Command, moment: datetime) -> When:
        decider = self._by_command[type(command)]
        own = f"{decider.name}/{command.case}"
        names = decider.needs(command, decider.state_after(self._histories.get(own, [])))
        needed = {name: self.state(name) for name in names}
        return given(decider, *self._histories.get(own, [])).when(command, at=moment, situations=needed)

    def tell(self, command: Command, moment: datetime) -> "Feedback":
        decider = self._by_command[type(command)]
        for fact in self.when(command, moment).facts():
            stream, inner = fact if isinstance(fact, To) else (f"{decider.name}/{command.case}", fact)
            self._histories.setdefault(stream, []).append(inner)
        return self

    def state(self, stream: str) -> Any:
        return self._by_name[stream.partition("/")[0]].state_after(self._histories.get(stream, []))

    def facts(self, stream: str) -> list[str]:
        return [fact.type for fact in self._histories.get(stream, [])]
