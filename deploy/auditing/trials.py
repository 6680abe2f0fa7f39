"""Commands that nobody sent: made up from what a case's facts say, so that a decider can be asked about them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from deploy.auditing.retold import ENVELOPE, Known, spelled, words_of
from shared.calendar import SHANGHAI
from shared.messages import Command, Override
from shared.rules import Rules
from shared.words import catalogue

Origin = Literal["fact", "default", "list", "made_up"]
NEW_NAME, NEW_TOKEN = "example", "sealed:v1:example:AA"
NEW_REF = "0" * 32


class Pick(NamedTuple):
    """A value for a field, and where it comes from."""

    value: Any
    origin: Origin


class Choices(NamedTuple):
    """A command's fields, each with the values that it may be tried with, likelier ones first."""

    kind: type[Command]
    case: str
    fields: Mapping[str, Sequence[Pick]]

    def first(self) -> dict[str, Pick]:
        return {name: picks[0] for name, picks in self.fields.items()}

    def command(self, picked: Mapping[str, Pick], overrides: Sequence[Override] = ()) -> Command | None:
        """As somebody entitled would have sent it; None where the values do not go together."""
        role = self.kind.roles[0] if self.kind.roles else "system"
        about = {"id": "asked", "case": self.case, "actor": f"{role}:any", "overrides": overrides}
        fields = {name: pick.value for name, pick in picked.items()}
        try:
            return self.kind.model_validate(about | fields)
        except ValidationError:
            return None


def choices(kind: type[Command], case: str, told: Known, rules: Rules, at: datetime) -> Choices | None:
    """None where there is no value at all for a field."""
    names = [name for name in kind.model_fields if name not in ENVELOPE]
    fields = {name: list(_picks(kind, name, told, rules, at)) for name in names}
    return Choices(kind, case, fields) if all(fields.values()) else None


def made_up(picked: Mapping[str, Pick]) -> tuple[str, ...]:
    return tuple(name for name, pick in picked.items() if pick.origin == "made_up")


def _picks(kind: type[Command], name: str, told: Known, rules: Rules, at: datetime) -> Iterator[Pick]:
    field, fits = kind.model_fields[name], _fitting(kind, name)
    said = spelled(name, told) or told.fields.get(name) or _team(name, told)
    found = [Pick(said, "fact")] if said is not None and fits(said) else []
    if not field.is_required():
        found.append(Pick(field.default, "default"))
    found += [Pick(value, "list") for value in _listed(name, field, rules, fits)]
    if not found:
        found = [Pick(value, "made_up") for value in _made_up(rules, at) if fits(value)][:2]
    seen: list[Any] = []
    for pick in found:
        if pick.value not in seen:
            seen.append(pick.value)
            yield pick


def _team(name: str, told: Known) -> Any:
    return [told.fields["lead"], *told.fields["members"]] if name == "staff" and told.fields.get("lead") else None


def _listed(name: str, field: FieldInfo, rules: Rules, fits: Any) -> Iterator[Any]:
    yield from words_of(field.annotation)
    if not fits(NEW_NAME) and fits("A01"):  # a work number
        yield from rules.staff
    elif not fits(NEW_NAME) and fits(["A01"]) and not fits(["zz"]):
        yield from ([number] for number in rules.staff)
    sections: Mapping[str, Any] = catalogue()
    codes = [code for section in (f"codes_{name}", f"codes_{name}s") for code in sections.get(section, ())]
    if name == "matter":
        codes = list(rules.matters)
    yield from (each for code in codes for each in (code, [code], [{"code": code, "copies": 1}]) if fits(each))


def _made_up(rules: Rules, at: datetime) -> Sequence[Any]:
    """One that will do for each kind of field."""
    day = rules.calendar.next_working_day(at.astimezone(SHANGHAI).date())
    period = {"day": f"{day}", "start": rules.slots[0][0], "end": rules.slots[0][1]} if rules.slots else None
    person = {"sealed": NEW_TOKEN, "ref": NEW_REF}
    later = (at + timedelta(days=1)).isoformat()
    single = (f"{day}", period, person, NEW_TOKEN, "OTHER", NEW_NAME, "chief:any", NEW_REF, 2, later, "0931-1234567")
    return [*single, [period, {**period, "start": rules.slots[1][0], "end": rules.slots[1][1]}] if period else None,
            *([each] for each in single)]  # fmt: skip


@cache
def _fitting(kind: type[Command], name: str) -> Any:
    field = kind.model_fields[name]
    annotation: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)

    def fits(value: Any) -> bool:
        try:
            adapter.validate_python(value)
        except ValidationError:
            return False
        return True

    return fits
