"""Who looked: every opening of a case's personal data, every reading by an auditor; and what is out of the ordinary.

Openings are facts of the vault, by people and by machines; a reading of a case with its data sealed is noted only for
auditors.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from deploy.facts import Document
from shared.calendar import SHANGHAI

OPENINGS = {"personal_data_opened.v1": "opened", "personal_data_denied.v1": "denied"}
UNASSIGNED = frozenset({"auditor", "supervisor", "system", "importer"})  # whose work is every case
NIGHT_FROM, NIGHT_TO = 22, 6  # o'clock
MANY = 20


class Look(NamedTuple):
    """`about`: why it was refused, or what the auditor asked. `assigned` None: needs no assignment."""

    time: datetime
    actor: str
    did: Literal["opened", "denied", "read"]
    about: str
    purpose: str
    fields: tuple[str, ...]
    assigned: bool | None
    marks: tuple[str, ...]
    that_day: int

    @property
    def role(self) -> str:
        return self.actor.partition(":")[0]


Days = Counter[tuple[str, date]]


def that_day(opened: Iterable[Document]) -> Days:
    """How often each actor opened, or wished to, on each day: in all cases."""
    return Counter((fact["actor"], _time(fact).date()) for fact in opened if fact["type"] in OPENINGS)


def looks(facts: Sequence[Document], noted: Sequence[Document], days: Days, many: int = MANY) -> list[Look]:
    """`facts`: all of the case. `noted`: of the audit's own log, those about it."""
    found = [_opening(fact, facts, days, many) for fact in facts if fact["type"] in OPENINGS]
    found += [_reading(fact) for fact in noted]
    return sorted(found, key=lambda look: look.time)


def _opening(fact: Document, facts: Sequence[Document], days: Days, many: int) -> Look:
    time, data, actor = _time(fact), fact["data"], fact["actor"]
    assigned = None if actor.partition(":")[0] in UNASSIGNED else is_assigned(actor, time, facts)
    count = days[actor, time.date()]
    by_machine = data.get("reader") == "machine"
    marks = {
        "unassigned": assigned is False,
        "night": not by_machine and at_night(time),
        "many": not by_machine and count > many,
    }
    return Look(time, actor, "opened" if OPENINGS[fact["type"]] == "opened" else "denied", data.get("because", ""),
                data["purpose"], tuple(data["fields"]), assigned,
                tuple(name for name, stands in marks.items() if stands), count)  # fmt: skip


def _reading(fact: Document) -> Look:
    time, data = _time(fact), fact["data"]
    marks = ("night",) if at_night(time) else ()
    about = data.get("asked") or data.get("kind") or fact["type"].partition(".")[0]
    return Look(time, fact["actor"], "read", about, data.get("purpose") or "", tuple(data.get("opened", ())), None,
                marks, 0)  # fmt: skip


def at_night(time: datetime) -> bool:
    return time.hour >= NIGHT_FROM or time.hour < NIGHT_TO


def is_assigned(actor: str, time: datetime, facts: Sequence[Document]) -> bool:
    """Somebody who had acted in the case, or was named in its facts, by then: other openings do not count."""
    name = actor.partition(":")[2]
    return any(
        fact["actor"] == actor or name in _strings(fact["data"])
        for fact in facts if fact["type"] not in OPENINGS and datetime.fromisoformat(fact["recordedat"]) <= time
    )  # fmt: skip


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.rpartition(":")[2]
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _time(fact: Document) -> datetime:
    return datetime.fromisoformat(fact["time"]).astimezone(SHANGHAI)
