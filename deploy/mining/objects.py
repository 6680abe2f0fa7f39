"""What events are about: cases and their streams, staff, matters, clocks; how they change, and how they belong."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from deploy.auditing.book import REGISTERED
from deploy.facts import Document
from deploy.mining.events import (
    CASE,
    COMPLAINT,
    STAFF,
    Selection,
    Value,
    allowed,
    is_staff,
    many,
    named,
    of_the_case,
)
from deploy.mining.situations import Turn
from shared.words import Language, word

# The fields that name staff, and what each of those named is to the event.
PARTS = {
    "lead": "lead", "members": "member", "team": "team", "staff": "staff", "by": "doer", "handlers": "handler",
    "investigator": "investigator", "respondents": "respondent", "against": "respondent", "lent": "lent",
    "stand_in": "stand_in", "out": "replaced", "holder": "holder", "keeper": "holder",
    "giver": "giver", "receiver": "receiver", "received_by": "receiver", "owner": "owner", "completed_by": "doer",
}  # fmt: skip
LASTING = frozenset({"lead", "member", "handler", "investigator", "respondent"})  # these hold for the object as well
CLOCK_STATES = {
    "deadline_set.v1": "running", "deadline_resumed.v1": "running", "deadline_suspended.v1": "suspended",
    "deadline_met.v1": "met", "deadline_cancelled.v1": "cancelled", "deadline_expired.v1": "expired",
    "deadline_not_recorded.v1": "not_recorded", "deadline_breached.v1": "breached",
    "deadline_breach_withdrawn.v1": "breach_withdrawn",
}  # fmt: skip


class Relation(NamedTuple):
    target: str
    qualifier: str


class Change(NamedTuple):
    time: str
    name: str
    value: Value


@dataclass
class Thing:
    """An object of the log. `initial` holds from the beginning on; `changes` in the order of the log."""

    id: str
    type: str
    initial: dict[str, Value] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    relations: set[Relation] = field(default_factory=set)

    def turn(self, time: str, name: str, value: Value, before: Value | None = None) -> None:
        if before is not None:
            self.initial.setdefault(name, before)
        last = next((each.value for each in reversed(self.changes) if each.name == name), self.initial.get(name))
        if value != last:
            self.changes.append(Change(time, name, value))


class Things:
    """Takes facts in the order of each service's log, and finds whatever they speak of."""

    def __init__(self, turns: Mapping[str, Turn], language: Language) -> None:
        self.found = dict[str, Thing]()
        self._turns, self._language = turns, language
        self._runs = dict[str, int]()

    def take(self, fact: Document) -> list[Relation]:
        """What the event is related to, each object once: its own stream, its case, whoever and whatever it names."""
        center = self._thing("center", f"center/{fact['source'].split('/')[1]}")
        related = dict[str, Relation]()
        for relation in self._related(fact, center):
            related.setdefault(relation.target, relation)
        own = related.get(fact["subject"])
        if own:
            self._own(self.found[own.target], fact, center, related.values())
        return list(related.values()) or [Relation(center.id, "center")]

    def end(self, selection: Selection) -> None:
        """What became of each case, dated with its last fact."""
        last = {fact["case"]: fact["time"] for fact in selection.facts}
        for case, outcome in selection.outcomes.items():
            self.found[case].turn(last[case], "outcome", outcome, before="open")

    def _related(self, fact: Document, center: Thing) -> Iterator[Relation]:
        if named(fact["subject"]):
            yield Relation(self._thing(fact["subject"].partition("/")[0], fact["subject"]).id, "subject")
        if CASE.fullmatch(fact["case"]):
            yield Relation(self._case(fact["case"], center).id, "case")
        for name, given in sorted(fact["data"].items()):
            for value in many(given):
                yield from self._named(fact, name, value, center)
        role, _, name = fact["actor"].partition(":")
        if is_staff(role, name):
            yield Relation(self._staff(name, center).id, "actor")
        if "clock" in fact["data"] and fact["subject"] in self.found:
            yield Relation(self._clock(fact).id, "clock")

    def _named(self, fact: Document, name: str, value: str, center: Thing) -> Iterator[Relation]:
        """Another case, a complaint, somebody of the staff, a matter, a stream of which something is filed."""
        if CASE.fullmatch(value) and value != fact["case"]:
            yield Relation(self._case(value, center).id, "case")
        elif COMPLAINT.fullmatch(value):
            yield Relation(self._thing("complaint", f"complaint/{value}").id, "complaint")
        elif name in PARTS and STAFF.fullmatch(value):
            yield Relation(self._staff(value, center).id, PARTS[name])
        elif name == "matter" and allowed("matter", value):
            matter = self._thing("matter", f"matter/{value}")
            matter.initial["name"] = word("codes_matter", value, self._language)
            yield Relation(matter.id, "matter")

    def _own(self, thing: Thing, fact: Document, center: Thing, related: Iterable[Relation]) -> None:
        case = fact["case"] if CASE.fullmatch(fact["case"]) else None
        thing.relations.add(Relation(case or center.id, "of"))
        thing.relations |= {each for each in related if each.qualifier in LASTING}
        if turn := self._turns.get(fact["id"]):
            thing.turn(fact["time"], "state", turn.after, turn.before)
        if fact["type"] == REGISTERED:
            about = self.found[fact["case"]]
            about.initial |= of_the_case(fact)
            about.relations |= {each for each in related if each.qualifier == "matter"}

    def _clock(self, fact: Document) -> Thing:
        """A run of a clock, from its start on; a later start on the stream is another run."""
        kind, data, name = fact["type"], fact["data"], f"clock/{fact['subject']}/{fact['data']['clock']}"
        self._runs[name] = self._runs.get(name, 0) + (kind == "deadline_set.v1")
        thing = self._thing("clock", f"{name}/{max(self._runs[name], 1)}")
        thing.relations.add(Relation(fact["subject"], "of"))
        thing.initial["clock"] = data["clock"]
        due = allowed("due_at", data.get("due_at"))
        if kind == "deadline_set.v1":
            thing.initial |= {"starts_at": data["starts_at"], **({"due_at": due} if due else {})}
        elif due and kind in {"deadline_extended.v1", "deadline_resumed.v1", "deadline_recomputed.v1"}:
            thing.turn(fact["time"], "due_at", due)
        if kind in CLOCK_STATES:
            # A moment that is not recorded is the latest that it can have been: it does not show "late".
            unsure = fact["timing"] == "not_recorded"
            late = ("not_recorded" if unsure else "late") if data.get("late") else CLOCK_STATES[kind]
            thing.turn(fact["time"], "state", late, before="not_started")
        return thing

    def _case(self, number: str, center: Thing) -> Thing:
        case = self._thing("case", number)
        case.relations.add(Relation(center.id, "at"))
        return case

    def _staff(self, code: str, center: Thing) -> Thing:
        staff = self._thing("staff_member", f"staff_member/{center.id.partition('/')[2]}-{code}")
        staff.relations.add(Relation(center.id, "of"))
        return staff

    def _thing(self, kind: str, name: str) -> Thing:
        return self.found.setdefault(name, Thing(name, kind))
