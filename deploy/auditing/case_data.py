"""Everything that the page of a case says, worked out from the ledger: no rendering, no store of a service."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from deploy.auditing.asof import known, recorded, situations, turned
from deploy.auditing.book import Book
from deploy.auditing.life import Step, steps
from deploy.auditing.seen import View, held, kids, told, views
from deploy.facts import Document, ordered
from deploy.history_lines import read
from deploy.notices import Notice
from shared.calendar import SHANGHAI
from shared.words import Language


class Source(NamedTuple):
    """A case's facts: as they happened, in the order of each log, and those of the keys under which it is sealed."""

    facts: list[Document]
    logged: list[Document]
    of_keys: list[Document]


class CaseView(NamedTuple):
    """`at`: when the clocks are looked at. `as_of`: up to when facts were known, if that was asked."""

    number: str
    steps: list[Step]
    at: datetime
    as_of: datetime | None
    later: int
    late: int
    situations: dict[str, str]
    views: list[View]
    told: list[Notice]
    inside: list[Notice]


def source(book: Book, number: str) -> Source:
    """Empty where there is no such case."""
    logged = book.logged(number)
    keys = dict.fromkeys(kid for fact in logged for kid in kids(fact["data"]))
    return Source(ordered(logged), logged, [fact for kid in keys for fact in book.logged(kid)])


def case_view(number: str, found: Source, language: Language, as_of: datetime | None = None) -> CaseView:
    then, later, late = known(found.facts, as_of)
    logged = known(found.logged, as_of).facts
    at = as_of or max(map(recorded, then), default=datetime.now(SHANGHAI))
    outside, inside = told(then, language) if then else ([], [])
    turning = turned(logged)
    sealed = held([*logged, *known(found.of_keys, as_of).facts])
    return CaseView(
        number, steps(then, turning, language), at.astimezone(SHANGHAI), as_of, later, late,
        situations(logged, turning), views(then, sealed, len(outside)) if then else [], outside, inside,
    )  # fmt: skip


def as_json(view: CaseView, language: Language) -> dict[str, Any]:
    return {
        "case": view.number,
        "as_of": view.as_of.isoformat() if view.as_of else None,
        "recorded_later": view.later,
        "of_those_happened_before": view.late,
        "situations": view.situations,
        "steps": [step_json(step, language) for step in view.steps],
        "could_see": [each._asdict() for each in view.views],
        "told": [_notice(each) for each in view.told],
        "told_staff": [_notice(each) for each in view.inside],
    }


def step_json(step: Step, language: Language) -> dict[str, Any]:
    happened = datetime.fromisoformat(step.fact["time"])
    return {
        "line": step.number, "says": read(step.fact, language).says, "cause": step.cause._asdict(),
        "recorded_later_by": _seconds(step.delay),
        "rule": step.rule._asdict() if step.rule else None,
        "situation": step.turn._asdict() if step.turn else None,
        "clocks": [
            each._asdict() | {"due": each.due.isoformat(), "left": _seconds(each.due - happened)}
            for each in step.clocks
        ],
        "fact": step.fact,
    }  # fmt: skip


def _seconds(time: timedelta | None) -> float | None:
    return time.total_seconds() if time is not None else None


def _notice(notice: Notice) -> dict[str, Any]:
    return {"at": notice.time.isoformat(), "kind": notice.kind, "text": notice.text, "sent": notice.told}
