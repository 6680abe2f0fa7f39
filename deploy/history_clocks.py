"""What became of each of a case's time limits: started, due, warned, suspended, extended, kept or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.calendar import SHANGHAI
from shared.words import Language, sentence, word

Document = Mapping[str, Any]
MOVES = {  # what is told of the course of a clock, and the moment that it names
    "deadline_warned.v1": "warned", "deadline_suspended.v1": "suspended", "deadline_resumed.v1": "resumed",
    "deadline_extended.v1": "extended", "deadline_recomputed.v1": "recomputed", "urge_issued.v1": "urged",
    "supervision_opened.v1": "supervised", "circular_issued.v1": "circular",
    "deadline_breach_withdrawn.v1": "withdrawn",
}  # fmt: skip
ENDS = {"deadline_met.v1": "met", "deadline_cancelled.v1": "cancelled", "deadline_expired.v1": "expired",
        "deadline_not_recorded.v1": "not_recorded"}  # fmt: skip


@dataclass
class Run:
    """One run of a clock: the same one starts again for another round."""

    clock: str
    starts: datetime
    due: datetime
    provisional: bool = False
    course: list[tuple[datetime, str, Document]] = field(default_factory=list)
    end: str = "running"
    ended: datetime | None = None
    breached: bool = False

    @property
    def late(self) -> bool:
        return self.breached or self.end == "late"


def runs(facts: Sequence[Document]) -> list[Run]:
    found: list[Run] = []
    live: dict[tuple[str, str], Run] = {}
    for fact in facts:
        follow(fact, found, live)
    return found


def follow(fact: Document, found: list[Run], live: dict[tuple[str, str], Run]) -> None:
    """One fact on: `found` are all runs in the order of their start, `live` the last one of each clock."""
    data, key = fact["data"], (fact["subject"], fact["data"].get("clock", ""))
    if fact["type"] == "deadline_set.v1":
        if key in live and live[key].end == "running":
            live[key].end = "restarted"
        live[key] = Run(
            data["clock"], _local(data["starts_at"]), _local(data["due_at"]), data.get("provisional", False)
        )
        found.append(live[key])
    elif key in live:
        _moved(live[key], fact)


def _moved(run: Run, fact: Document) -> None:
    data, at = fact["data"], _local(fact["time"])
    match fact["type"]:
        case "deadline_breached.v1":
            run.breached = True
        case "deadline_met.v1" if data.get("late"):
            run.end, run.ended = "late", _local(data["met_at"])
        case end if end in ENDS:
            run.end, run.ended = ENDS[end], _local(data.get("met_at") or fact["time"])
        case move if move in MOVES:
            run.course.append((at, MOVES[move], data))
            if move == "deadline_breach_withdrawn.v1":
                run.breached = False
            elif "due_at" in data and "was_due_at" in data:
                run.due, run.provisional = _local(data["due_at"]), data.get("provisional", False)


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(SHANGHAI)


def name(run: Run, language: Language) -> str:
    return word("codes_clock", run.clock, language)


def course(run: Run, language: Language) -> str:
    parts = [
        sentence("history", move, {"at": f"{at:%m-%d %H:%M}", "percent": data.get("percent"),
                                   "to": _said(data.get("due_at"))}, language)
        for at, move, data in run.course
    ]  # fmt: skip
    return ("；" if language == "zh" else "; ").join(parts)


def outcome(run: Run, language: Language) -> str:
    says = word("history", run.end, language)
    when = f" {run.ended:%m-%d %H:%M}" if run.ended and run.end in {"met", "late"} else ""
    return says + when + (word("history", "was_breached", language) if run.breached and run.end != "late" else "")


def _said(moment: str | None) -> str:
    return f"{_local(moment):%m-%d %H:%M}" if moment else ""
