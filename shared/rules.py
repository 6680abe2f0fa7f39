"""A center's rules and reference data: numbers, limits, staff and matters, each with a source; never a literal."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from shared.calendar import Calendar, read_calendar
from shared.own_rules import laid_over, mark


@dataclass(frozen=True)
class Limit:
    """A time limit. `wd` working days, `minutes` at once, `days` calendar days, `same_day` close of that working day,
    `day_before` at `at` o'clock on the working day before."""

    value: int
    unit: Literal["wd", "minutes", "days", "same_day", "day_before"]
    at: str = ""
    grade: str = "I"
    source: str = ""
    on: bool = True


@dataclass(frozen=True)
class Rule:
    """An obligation (DOMAIN 4). `on` False: this center does not follow it; only what is inferred can be given up."""

    zh: str
    en: str
    grade: str
    source: str
    override: frozenset[str] = frozenset()
    on: bool = True


@dataclass(frozen=True)
class Certificate:
    kind: str
    number: str
    valid_from: date
    valid_to: date


@dataclass(frozen=True)
class Training:
    """Somebody was trained in these topics (policy, business, procedure, coordination), and until when that holds."""

    topics: tuple[str, ...]
    done_on: date
    valid_to: date


@dataclass(frozen=True)
class StaffMember:
    id: str
    roles: frozenset[str]
    post: str
    own: bool = True  # the center's own staff
    sex: str = ""
    certificates: tuple[Certificate, ...] = ()
    skills: frozenset[str] = frozenset()
    trainings: tuple[Training, ...] = ()

    def certified(self, kind: str, day: date) -> bool:
        return any(c.kind == kind and c.valid_from <= day <= c.valid_to for c in self.certificates)

    def trained(self, topic: str, day: date) -> bool:
        return any(topic in t.topics and t.done_on <= day <= t.valid_to for t in self.trainings)


@dataclass(frozen=True)
class Guide:
    """The service guide of a matter (G-02), as the center's file has it: what a publication starts from."""

    basis: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()  # materials that there is a filled-in sample of
    procedure: tuple[str, ...] = ()
    fee_fen: int = 0
    fee_basis: str = ""
    version: str = "1"


@dataclass(frozen=True)
class Catalogue:
    """What the center serves at the door (G-01), as its file has it."""

    version: str
    areas: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    process: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    supervision_phone: str = ""


@dataclass(frozen=True)
class Matter:
    code: str
    name: str
    kind: Literal["instant", "promise"]
    needs_certificate: str | None = None
    major: bool = False  # true intention must be asked of the old
    recording_required: bool = False
    body_related: bool = False  # a body is examined, or features of it are captured (P-07)
    delegable: bool = True  # an agent may do more than apply (I-04)
    materials: tuple[str, ...] = ()
    promise_days: int = 0
    joint: bool = False  # several departments decide together, in the time of limits."T17.joint"
    scopes: tuple[str, ...] = ()  # for whom; empty: every ground
    guide: Guide | None = None


@dataclass(frozen=True)
class Rules:
    version: str
    calendar: Calendar
    limits: Mapping[str, Limit] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # such as the pieces of a file
    slots: tuple[tuple[str, str], ...] = ()
    staff: Mapping[str, StaffMember] = field(default_factory=dict)
    matters: Mapping[str, Matter] = field(default_factory=dict)  # by code
    catalogue: Catalogue = Catalogue(version="1")  # of the center's file; what was published since prevails
    back_dating: frozenset[str] = frozenset()  # roles that may say that something happened earlier
    ledger_evidence: frozenset[str] = frozenset()  # clocks whose end a paper ledger has a column for

    def in_force(self, rule: str) -> bool:
        """Rules of the machinery, such as `state`, are no data and always hold."""
        known = self.rules.get(rule) or self.limits.get(rule)
        return known.on if known else True

    def without(self, *names: str) -> Self:
        """The same with these rules and time limits off: to see what hangs on them."""
        if unknown := [name for name in names if name not in self.rules and name not in self.limits]:
            raise KeyError(f"no such rule: {unknown}")
        return replace(
            self,
            rules={name: replace(rule, on=rule.on and name not in names) for name, rule in self.rules.items()},
            limits={name: replace(limit, on=limit.on and name.partition(".")[0] not in names)
                    for name, limit in self.limits.items()},
        )  # fmt: skip

    def may_override(self, rule: str) -> frozenset[str]:
        return self.rules[rule].override if rule in self.rules else frozenset()


def load_rules(folder: Path) -> Rules:
    """From a center's folder: calendar, staff, matters, all of rules/*.toml laid together, own.toml above them."""
    rules: dict[str, Any] = {}
    for path in sorted((folder / "rules").glob("*.toml")):
        for section, entries in _read(path).items():
            if isinstance(entries, dict) and (twice := entries.keys() & rules.get(section, {}).keys()):
                raise ValueError(f"{path}: [{section}] says twice: {sorted(twice)}")
            rules[section] = {**rules.get(section, {}), **entries} if isinstance(entries, dict) else entries
    rules = laid_over(folder, rules)
    catalogue = _read(folder / "matters.toml")
    matters = {matter["code"]: _matter(matter) for matter in catalogue["matters"]}
    limits = {name: _followed(name, Limit(**limit)) for name, limit in rules["limits"].items()}
    return Rules(
        version=rules["version"] + mark(folder),
        calendar=read_calendar(folder / "calendar.toml"),
        limits={**_promised(limits.get("T17"), matters.values()), **limits},
        rules={name: _followed(name, Rule(**(rule | {"override": frozenset(rule.get("override", ()))})))
               for name, rule in rules["rules"].items()},
        numbers={name: number["value"] for name, number in rules["numbers"].items()},
        lists={name: tuple(each["values"]) for name, each in rules.get("lists", {}).items()},
        slots=tuple((start, end) for start, end in rules["slots"]["periods"]),
        staff={member["id"]: _member(member) for member in _read(folder / "staff.toml")["staff"]},
        matters=matters,
        catalogue=Catalogue(**({"version": "1"} | _tuples(catalogue.get("catalogue", {})))),
        back_dating=frozenset(rules["roles"]["back_dating"]),
        ledger_evidence=frozenset(rules["ledger"]["evidence"]),
    )  # fmt: skip


Followed = TypeVar("Followed", Rule, Limit)


def _followed(name: str, rule: Followed) -> Followed:
    if not rule.on and rule.grade != "I":
        raise ValueError(f"{name} (grade {rule.grade}) is no center's own choice: only what is inferred can be off")
    return rule


def _promised(decision: Limit | None, matters: Iterable[Matter]) -> dict[str, Limit]:
    """T17 for each matter: what its guide promises, which is never more than the statutory time."""
    promised = [matter for matter in matters if matter.promise_days and not matter.joint]
    if decision is None:
        return {}
    if late := [matter.code for matter in promised if matter.promise_days > decision.value]:
        raise ValueError(f"promised later than the {decision.value} days that T17 gives: {late}")
    return {f"T17.{matter.code}": replace(decision, value=matter.promise_days) for matter in promised}


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}


def _matter(matter: dict[str, Any]) -> Matter:
    guide = Guide(**_tuples(matter["guide"])) if "guide" in matter else None
    return Matter(**(_tuples(matter) | {"guide": guide}))


def _member(member: dict[str, Any]) -> StaffMember:
    certificates = tuple(Certificate(**certificate) for certificate in member.get("certificates", ()))
    sets = {name: frozenset(member.get(name, ())) for name in ("roles", "skills")}
    trainings = tuple(Training(**(t | {"topics": tuple(t["topics"])})) for t in member.get("trainings", ()))
    return StaffMember(**(member | sets | {"certificates": certificates, "trainings": trainings}))
