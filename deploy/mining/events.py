"""A fact as an event of a log: what it is called, who was at it, and what of it may leave the house."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from deploy.auditing.book import REGISTERED, Period
from deploy.facts import Document, ordered
from deploy.history_lines import BOOKKEEPING, stands_under
from deploy.outcomes import outcomes
from shared.words import Language, catalogue, word

Value = str | int | bool
Kind = Literal["step", "clock", "record"]

CASE = re.compile(r"SMFW-\d{6}-\d{8}-\d{4}-[0-9A-Z]")
COMPLAINT = re.compile(rf"{CASE.pattern}\.\d+")
STAFF = re.compile(r"[A-Z]\d{2}")
RULE = re.compile(r"[A-Z]-\d{2}[a-z]?")
KEY = re.compile(r"[A-Z]{2,4}-\d{6}-\d{8}-\d{4}-[0-9A-Z]([.-]\w{1,9})*|\d{6}([.-]\w{1,9})*")  # a case's, a center's
TOKEN = re.compile(r"[0-9a-f]{16}|\d{9}|sealed:")  # keys, references, digests, numbers of people, sealed text
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[0-9:.]*(Z|[+-]\d\d:\d\d)")

# What of a fact's data goes out, and nothing else of it: codes that the catalogue knows, numbers, yes and no, moments.
CODES = frozenset({
    "by", "category", "channel", "classification", "clock", "codes", "defects", "finding", "form", "handling", "how",
    "item", "materials", "matter", "measure", "measures", "outcome", "piece", "reason", "reasons", "redirect", "result",
    "retention", "scope", "way",
})  # fmt: skip
INTEGERS = frozenset({
    "attempt", "attempts", "calls", "changes", "copies", "level", "percent", "pledge_days", "round", "sequence",
    "times", "waited_minutes",
})  # fmt: skip
BOOLEANS = frozenset({
    "final", "late", "materials_returned", "on_time", "provisional", "real_name", "reopen", "satisfied", "serious",
    "urgent",
})  # fmt: skip
MOMENTS = frozenset({
    "accepted_at", "due_at", "expected_at", "met_at", "planned_end", "recorded", "registered", "starts_at",
    "was_due_at",
})  # fmt: skip
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")  # so that no digest looks like a number
LIFECYCLE = {
    "deadline_set.v1": "start", "deadline_met.v1": "complete", "deadline_suspended.v1": "suspend",
    "deadline_resumed.v1": "resume", "deadline_cancelled.v1": "withdraw", "deadline_expired.v1": "complete",
}  # fmt: skip
MACHINES = frozenset({"system", "importer"})


class Event(NamedTuple):
    """`type` is the fact's, with its version; `resource` a staff code, or what acted; `rule` an obligation's code.

    `timing` not_recorded: `time` is only the latest moment that a paper ledger does say.
    """

    id: str
    type: str
    activity: str
    time: str
    timing: str
    case: str | None
    kind: Kind
    lifecycle: str
    resource: str | None
    role: str | None
    rule: str | None
    said: dict[str, Value]

    def attributes(self) -> dict[str, Value]:
        """All but the id, the activity, the time and the case: each format has places of its own for those."""
        beside = {"type": self.type, "kind": self.kind, "timing": self.timing, "lifecycle": self.lifecycle,
                  "resource": self.resource, "role": self.role, "rule": self.rule}  # fmt: skip
        return {name: value for name, value in beside.items() if value is not None} | self.said

    def numbered(self, sequence: int) -> "Event":
        """Where a format keeps no order: what happened at one moment is told apart by this."""
        return self._replace(said=self.said | {"sequence": sequence})


class Selection(NamedTuple):
    """Facts in the order in which things happened; the cases that they are about, and what became of each."""

    facts: list[Document]
    outcomes: dict[str, str]


def select(facts: Sequence[Document], period: Period | None) -> Selection:
    """The whole lives of the cases that were registered in the period; what is about no case, by when it happened.

    `facts`: in the order of each service's log.
    """
    cases = {
        fact["case"] for fact in facts
        if fact["type"] == REGISTERED and (period is None or period.holds(fact["time"]))
    }  # fmt: skip

    def taken(fact: Document) -> bool:
        about = cases_of(fact)
        return bool(about & cases) if about else period is None or period.holds(fact["time"])

    chosen = [fact for fact in facts if taken(fact)] if cases else []
    became = outcomes(chosen)
    return Selection(ordered(chosen), {case: became[case] for case in sorted(cases)})


def cases_of(fact: Document) -> set[str]:
    values = [fact["case"], *(each for value in fact["data"].values() for each in many(value))]
    return {each.partition(".")[0] for each in values if CASE.fullmatch(each) or COMPLAINT.fullmatch(each)}


def many(value: Any) -> list[str]:
    """The texts in it: itself, or those of a list."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def kind_of(fact: Document) -> Kind:
    """A step of the process; what a clock does; what the services note for each other."""
    if "clock" in fact["data"]:
        return "clock"
    return "record" if fact["type"] in BOOKKEEPING else "step"


def event(fact: Document, language: Language) -> Event:
    kind = fact["type"]
    doer, role = _who(fact)
    cause = fact["causationid"].partition(":/")[2]
    said: dict[str, Value] = {
        "service": fact["source"].rpartition("/")[2],
        "recorded": fact["recordedat"],
        "rules": fact["rules"],
        "origin": fact["origin"],
        **({"cause": shown(f"/{cause}")} if cause else {}),
        **{name: value for name, given in sorted(fact["data"].items()) if (value := allowed(name, given)) is not None},
    }
    rule = fact["data"].get("rule", "")
    return Event(
        id=shown(fact["id"]), type=kind, activity=activity(kind, language), time=fact["time"], timing=fact["timing"],
        case=fact["case"] if CASE.fullmatch(fact["case"]) else None, kind=kind_of(fact),
        lifecycle=LIFECYCLE.get(kind, "unknown" if kind_of(fact) == "clock" else "complete"),
        resource=doer, role=role, rule=rule if RULE.fullmatch(rule) else stands_under(kind) or None, said=said,
    )  # fmt: skip


def base(kind: str) -> str:
    """`request_registered` of `request_registered.v1`."""
    return kind.partition(".")[0]


def activity(kind: str, language: Language) -> str:
    return word("activity", base(kind), language)


def named(stream: str) -> bool:
    """Whether the name of a stream, `<noun>/<key>`, may be told: a key that may lead to a person may not."""
    noun, _, key = stream.partition("/")
    return noun in catalogue()["mining_object"] and KEY.fullmatch(key) is not None and not TOKEN.search(key)


def shown(name: str) -> str:
    """The id of a fact, `/<center>/<service>/<noun>/<key>/<version>`, without a key that may not be told."""
    center, service, noun, key = [*name.split("/"), "", "", "", ""][1:5]
    if named(f"{noun}/{key}"):
        return name
    return f"/{center}/{service}/{noun}/~{hashlib.sha256(name.encode()).hexdigest()[:16].translate(LETTERS)}"


def allowed(name: str, given: Any) -> Value | None:
    """The value, if it is one that may go out under this name."""
    if name in INTEGERS:
        return given if isinstance(given, int) and not isinstance(given, bool) else None
    if name in BOOLEANS:
        return given if isinstance(given, bool) else None
    if name in MOMENTS:
        return given if isinstance(given, str) and MOMENT.fullmatch(given) else None
    codes = many(given)
    return ";".join(codes) if name in CODES and codes and all(_known(name, code) for code in codes) else None


def of_the_case(registered: Document) -> dict[str, Value]:
    """What is known of a case from its registration on."""
    given = {name: allowed(name, registered["data"].get(name)) for name in ("channel", "scope", "matter", "urgent")}
    return {name: value for name, value in given.items() if value is not None} | {"registered": registered["time"]}


def type_of(name: str) -> Literal["integer", "boolean", "time", "string"]:
    """As OCEL calls them; the same name has the same type everywhere."""
    if name in INTEGERS:
        return "integer"
    if name in BOOLEANS:
        return "boolean"
    return "time" if name in MOMENTS else "string"


def _known(name: str, code: str) -> bool:
    return any(code in catalogue().get(section, {}) for section in (f"codes_{name}", f"codes_{name.removesuffix('s')}"))


def _who(fact: Document) -> tuple[str | None, str | None]:
    """The staff member whom the fact names as the doer; else who had it recorded, with the role. Codes, never names."""
    for field in ("by", "lead"):
        for each in many(fact["data"].get(field)):
            if STAFF.fullmatch(each):
                return each, None
    role, _, name = fact["actor"].partition(":")
    return (name if is_staff(role, name) or role in MACHINES else None), role


def is_staff(role: str, name: str) -> bool:
    return role not in {"applicant", "agent", "community"} and STAFF.fullmatch(name) is not None
