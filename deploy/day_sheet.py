"""The sheet that each team takes along on a day: when, which case, what for, what to mind and to bring; facts alone.

No name, phone or address is on it: they are opened at the vault by whoever goes, and the opening is on record.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from shared.rules import Matter, Rules

Document = Mapping[str, Any]
OLD = ("60_79", "80_plus")
RISKS = ("risk", "dogs", "infectious_disease")
ENDED = ("appointment_fulfilled.v1", "applicant_no_show_recorded.v1", "appointment_aborted.v1")


@dataclass(frozen=True)
class Visit:
    """One line; `away`: who of the team is not there then, so that somebody else has to go."""

    start: str
    end: str
    case: str
    matter: str
    staff: tuple[str, ...]
    area: str = ""
    needs: tuple[str, ...] = ()
    risk: bool = False
    urgent: bool = False
    released: bool = False
    ended: bool = False
    away: tuple[str, ...] = ()
    bring: tuple[str, ...] = ()
    check: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """`unassigned`: visits of the day that nobody goes to yet."""

    day: date
    teams: Mapping[tuple[str, ...], Sequence[Visit]] = field(default_factory=dict)
    unassigned: Sequence[Visit] = ()

    def document(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "teams": [{"staff": staff, "visits": [asdict(each) for each in visits]}
                      for staff, visits in self.teams.items()],
            "unassigned": [asdict(each) for each in self.unassigned],
        }  # fmt: skip


@dataclass
class _Case:
    sought: Document = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    area: str = ""
    released: bool = False
    ended: bool = False
    risk: bool = False


def sheet(facts: Iterable[Document], day: date, rules: Rules, member: str | None = None) -> Sheet:
    """In the order of the log, so that what came later has the last word."""
    places, cases, absences = dict[str, Document](), dict[str, _Case](), dict[str, dict[int, Document]]()
    for fact in facts:
        noun, _, key = fact["subject"].partition("/")
        match noun:
            case "day_plan" if key.endswith(f"-{day:%Y%m%d}"):
                _on_plan(places, fact)
            case "appointment":
                _of_appointment(cases.setdefault(fact["case"], _Case()), fact)
            case "visit":
                _of_visit(cases.setdefault(fact["case"], _Case()), fact)
            case "staff_member" if fact["type"] == "staff_availability_changed.v1":
                absences.setdefault(key.rpartition("-")[2], {})[fact["data"]["number"]] = fact["data"]
    lines = [_visit(place, cases.get(place["case"], _Case()), absences, day, rules) for place in places.values()]
    lines.sort(key=lambda each: (each.start, each.case))
    teams: dict[tuple[str, ...], list[Visit]] = {}
    for line in lines:
        if line.staff and (member is None or member in line.staff):
            teams.setdefault(line.staff, []).append(line)
    unassigned = [line for line in lines if not line.staff and member is None]
    return Sheet(day, {staff: teams[staff] for staff in sorted(teams)}, unassigned)


def _on_plan(places: dict[str, Document], fact: Document) -> None:
    if fact["type"] == "place_taken.v1":
        places[fact["data"]["case"]] = fact["data"]
    elif fact["type"] == "place_released.v1":
        places.pop(fact["data"]["case"], None)


def _of_appointment(known: _Case, fact: Document) -> None:
    data = fact["data"]
    match fact["type"]:
        case "appointment_sought.v1":
            known.sought, known.needs, known.area = data, {*data.get("needs", ())}, data.get("area", "")
        case "circumstances_noted.v1":
            known.needs = (known.needs | {*data["needs"]}) - {*data.get("gone", ())}
            known.area = data["area"] or known.area
        case "team_assigned.v1" | "appointment_rescheduled.v1" | "appointment_booked.v1":
            known.released = known.ended = False
        case "visit_released.v1":
            known.released = True
        case kind if kind in ENDED:
            known.ended = True


def _of_visit(known: _Case, fact: Document) -> None:
    if fact["type"] == "risk_assessed.v1":
        known.risk = fact["data"].get("level") in {"medium", "high"}


def _visit(
    place: Document, known: _Case, absences: Mapping[str, Mapping[int, Document]], day: date, rules: Rules
) -> Visit:
    staff, matter = tuple(place["staff"]), rules.matters.get(place["matter"])
    return Visit(
        start=place["start"], end=place["end"], case=place["case"], matter=place["matter"], staff=staff,
        area=place.get("area") or known.area, needs=tuple(sorted(known.needs)),
        risk=known.risk or bool(known.needs & set(RISKS)), urgent=bool(known.sought.get("urgent")),
        released=known.released, ended=known.ended,
        away=tuple(each for each in staff if _away(absences.get(each, {}).values(), place, day)),
        bring=matter.materials if matter else (), check=tuple(_check(matter, known)),
    )  # fmt: skip


def _away(absences: Iterable[Document], place: Document, day: date) -> bool:
    return any(
        not each["cancelled"] and each["first"] <= day.isoformat() <= each["last"]
        and (each["start"] or "00:00") < place["end"] and place["start"] < (each["end"] or "24:00")
        for each in absences
    )  # fmt: skip


def _check(matter: Matter | None, known: _Case) -> Iterable[str]:
    """What of the kit list (DOMAIN 12.1) this visit needs beside what every visit does."""
    yield "every_visit"
    if matter and matter.kind == "promise":
        yield "acceptance_receipt"
    if matter and matter.needs_certificate:
        yield "certificate"
    if matter and matter.major and known.sought.get("age_band") in OLD:
        yield "true_intention"
    if matter and matter.recording_required:
        yield "recorder"
    if matter and matter.body_related:
        yield "capture_device"
    if known.needs & {"originals", "cash"} or known.sought.get("scope") == "E3":
        yield "transfer_list"
    if "infectious_disease" in known.needs:
        yield "protection"
    if known.sought.get("materials") == "tolerated":
        yield "pledge"
