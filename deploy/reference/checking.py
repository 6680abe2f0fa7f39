"""Whether a document can be used: it parses, holds what is known and nothing else, and says where it has it from."""

import tomllib
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy.forms.catalogue import load_forms
from deploy.reference.documents import NAME, NEVER_SENT
from shared.phrases import load_language
from shared.rules import load_rules

Said = Annotated[str, Field(min_length=1)]
Pair = Annotated[list[Said], Field(min_length=2, max_length=2)]


class Wrong(NamedTuple):
    """`why`: a key of [reference], or what a program said; `key`: where in the file."""

    file: str
    key: str
    why: str


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Sourced(Table):
    grade: Literal["A", "B", "C", "D", "I", "K", "SEED"]
    source: Said


class LimitSaid(Sourced):
    value: int  # negative: before
    unit: Literal["wd", "minutes", "days", "same_day", "day_before"]
    at: str = ""
    on: bool = True


class RuleSaid(Sourced):
    zh: Said
    en: Said
    override: list[Said] = []
    on: bool = True


class NumberSaid(Sourced):
    value: int


class ListSaid(Sourced):
    values: list[str]


class Roles(Table):
    back_dating: list[Said]


class Ledger(Table):
    evidence: list[Said]


class Slots(Table):
    periods: list[Pair]


class RulesFile(Table):
    version: Said = "-"
    limits: dict[str, LimitSaid] = {}
    rules: dict[str, RuleSaid] = {}
    numbers: dict[str, NumberSaid] = {}
    lists: dict[str, ListSaid] = {}
    roles: Roles | None = None
    ledger: Ledger | None = None
    slots: Slots | None = None


class Hours(Sourced):
    periods: list[Annotated[list[time], Field(min_length=2, max_length=2)]]


class Moved(Table):
    day: date
    working: bool
    source: Said


class Open(Table):
    day: date
    open: bool
    source: str = ""


class CalendarFile(Table):
    version: Said
    published_until: date | None = None
    office_hours: Hours
    override: list[Moved] = []
    service: list[Open] = []


def wrong_in(name: str, body: bytes) -> list[Wrong]:
    """Of one document by itself; nothing if it is well."""
    if name.rpartition("/")[2] in NEVER_SENT:
        return [Wrong(name, "", "its_own")]
    if not NAME.fullmatch(name):
        return [Wrong(name, "", "no_document")]
    try:
        said = tomllib.loads(body.decode("utf-8"))
    except ValueError as mistake:  # tomllib's and that of UTF-8 are of this kind
        return [Wrong(name, "", str(mistake))]
    if not isinstance(said.get("version"), str) and name != "matters.toml" and not name.startswith("rules/"):
        return [Wrong(name, "version", "missing")]
    model = CalendarFile if name == "calendar.toml" else RulesFile if name.startswith("rules/") else None
    try:
        if model:
            model.model_validate(said)
    except ValidationError as failure:
        return [Wrong(name, ".".join(map(str, each["loc"])), _why(each)) for each in failure.errors()]
    return []


def _why(error: Mapping[str, Any]) -> str:
    return {"missing": "missing", "extra_forbidden": "unknown"}.get(error["type"], str(error["msg"]))


def wrong_together(folder: Path) -> Wrong | None:
    """A whole folder, read as the services and the commands read it."""
    for reading, of in ((load_rules, "rules"), (load_language, "language.toml"), (load_forms, "forms.toml")):
        try:
            reading(folder)
        except (OSError, ValueError, TypeError, KeyError) as mistake:
            said = str(mistake).replace(f"{folder}/", "")
            return Wrong(of, "", f"{type(mistake).__name__}: {said}")
    return None


def same_version(new: bytes, old: bytes | None) -> bool:
    """Another text under a version that is taken: clocks and facts would name two things alike."""
    if old is None or new == old:
        return False
    version = tomllib.loads(new.decode()).get("version")
    return version is not None and version == tomllib.loads(old.decode()).get("version")
