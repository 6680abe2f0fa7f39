"""From facts back to the command that led to them. Commands are not kept, but most facts mirror theirs.

What a clock or a reaction said is told again exactly: its id names the moment, or the fact that was heard. What people
said is put together from the facts' fields and then proved: decided again, it must leave the same bytes. So a command
found here may differ from the one that was sent in what left no trace, and in nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations, islice, product
from types import UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from deploy.auditing.replay import Past, Replay, Taken
from deploy.facts import Document
from shared.clock_facts import DEADLINE_FACTS
from shared.deadlines import OfClock, RecomputeClock, TickClock
from shared.messages import Command, Override
from shared.reaction import heard_by
from shared.rules import Rules

ENVELOPE = frozenset(Command.model_fields)
OF_CLOCKS = frozenset(fact.type for fact in DEADLINE_FACTS)
DEVIATED = "rule_deviated.v1"
TRIES = 96  # of one command's values that left no trace: yes or no, one of a few words
FEW = 4
MISSING = object()
Values = dict[str, Any]


class Known(NamedTuple):
    """What the facts of a decision say: each field's value, and the facts themselves."""

    fields: Values
    facts: Sequence[Document]


class Teller:
    """Tells the commands of a ledger again; learns which kind of command leaves which facts."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._learned: dict[tuple[str, tuple[str, ...]], list[type[Command]]] = {}

    def command(self, taken: Taken, rules: Rules) -> Command | None:
        """The command, if it was proved; None where none was found that leaves just these facts."""
        replay = self._past.replays[taken.service]
        for command in self._candidates(taken, replay):
            if self._proved(command, taken, replay, rules):
                learned = self._learned.setdefault((taken.service, taken.types), [])
                if type(command) not in learned:
                    learned.insert(0, type(command))
                return command
        return None

    def _proved(self, command: Command, taken: Taken, replay: Replay, rules: Rules) -> bool:
        try:
            return replay.exactly(command, taken, rules)
        except Exception:  # noqa: BLE001  # a guess may be any nonsense: a decider that breaks on it disproves it
            return False

    def _candidates(self, taken: Taken, replay: Replay) -> Iterator[Command]:
        cause = str(taken.envelope["causationid"])
        if taken.by_clock:
            yield _of_clock(taken, cause)
            return
        reaction, _, heard = cause.partition(":/")
        rule = next((rule for rule in replay.parts.reactions if rule.__name__ == reaction), None)
        if rule and (document := self._past.heard(f"/{heard}")):
            if command := rule(heard_by(rule)[0].model_validate_json(document)):
                yield command.model_copy(update={"id": cause})
            return
        yield from self._guesses(taken, replay)

    def _guesses(self, taken: Taken, replay: Replay) -> Iterator[Command]:
        nouns = {kept.stream.partition("/")[0] for kept in taken.facts}
        kinds = [
            (decider.name, kind) for decider in sorted(replay.parts.deciders, key=lambda each: each.name not in nouns)
            for kind in decider.commands if not issubclass(kind, OfClock)
        ]  # fmt: skip
        learned = self._learned.get((taken.service, taken.types), [])
        told = known_from([kept.document for kept in taken.facts])
        for noun, kind in sorted(kinds, key=lambda each: each[1] not in learned):
            for case in _keys(noun, taken):
                yield from islice(guesses(kind, told, about(taken, case)), TRIES)


def _of_clock(taken: Taken, cause: str) -> Command:
    envelope = about(taken, "")
    if cause.startswith("clock:"):
        _, stream, clock, _, moment = cause.split(":", 4)
        at = datetime.fromisoformat(moment)
        fields = envelope | {"case": stream.partition("/")[2], "happened_at": at}
        return TickClock(**fields, stream=stream, clock=clock, moment=at)
    _, calendar, stream, clock, _ = cause.split(":", 4)
    fields = envelope | {"case": stream.partition("/")[2], "happened_at": None}
    return RecomputeClock(**fields, stream=stream, clock=clock, calendar=calendar)


def about(taken: Taken, case: str) -> Values:
    """What a command's envelope was, as its facts' envelopes have it."""
    envelope = taken.envelope
    return {
        "id": envelope["causationid"], "case": case, "actor": envelope["actor"], "happened_at": taken.happened,
        "timing": envelope["timing"], "origin": envelope["origin"],
    }  # fmt: skip


def _keys(noun: str, taken: Taken) -> Sequence[str]:
    """The keys that a command to this noun may have been addressed to."""
    streams = [kept.stream.partition("/") for kept in taken.facts]
    own = dict.fromkeys(key for name, _, key in streams if name == noun)
    return list(own or dict.fromkeys([key for _, _, key in streams] + [taken.case]))


def known_from(facts: Sequence[Document]) -> Known:
    """Of a field that several facts have, the first one's value."""
    fields: Values = {}
    for fact in facts:
        if fact["type"] not in OF_CLOCKS and fact["type"] != DEVIATED:
            for name, value in fact["data"].items():
                if fields.get(name) is None:
                    fields[name] = value
    return Known(fields, facts)


def guesses(kind: type[Command], told: Known, envelope: Values) -> Iterator[Command]:
    """Commands of a kind that the facts may have come from, likelier ones first."""
    overrides = [
        Override(rule=fact["data"]["rule"], reason=fact["data"]["reason"], by=fact["data"]["approved_by"])
        for fact in told.facts if fact["type"] == DEVIATED and fact["data"]["how"] == "overridden"
    ]  # fmt: skip
    names = [name for name in kind.model_fields if name not in ENVELOPE]
    choices = [_choices(name, kind.model_fields[name], told) for name in names]
    for chosen in _picks(choices):
        try:
            yield kind.model_validate(envelope | {"overrides": overrides} | dict(zip(names, chosen, strict=True)))
        except ValidationError:
            continue


def _choices(name: str, field: FieldInfo, told: Known) -> Sequence[Any]:
    """What the facts say, then what is said where nothing is, then the few words that there are."""
    said = spelled(name, told) or told.fields.get(name, MISSING)
    default = MISSING if field.is_required() else field.default
    words = words_of(field.annotation)
    found = [value for value in (said, default) if value is not MISSING]
    found += words if len(words) <= FEW or not found else []
    return [value for n, value in enumerate(found) if value not in found[:n]]


def _picks(choices: Sequence[Sequence[Any]]) -> Iterator[list[Any]]:
    """The first choice of all; then others of one field, then of two."""
    if not all(choices):
        return
    first = [each[0] for each in choices]
    for count in range(3):
        for places in combinations(range(len(choices)), count):
            for others in product(*(choices[place][1:] for place in places)):
                picked = list(first)
                for place, other in zip(places, others, strict=True):
                    picked[place] = other
                yield picked


def words_of(annotation: Any) -> list[Any]:
    """The values that a field can have, where they are few: yes and no, or the words of a list."""
    if annotation is bool:
        return [True, False]
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) in {Union, UnionType}:
        return [word for each in get_args(annotation) if each is not type(None) for word in words_of(each)]
    return []


def spelled(name: str, told: Known) -> Any:
    """Fields that facts tell in other words than the command."""
    fields = told.fields
    match name:
        case "applicant" | "enterprise" if fields.get("person"):
            return _person(fields, "person", "age_band", "sex", "area", "document")
        case "agent" if fields.get("agent_ref"):
            return _person(fields, "agent")
        case "items":
            return [
                {"code": data["item"], "copies": data["copies"], "original": data["original"]}
                for fact in told.facts if {"item", "copies", "original"} <= (data := fact["data"]).keys()
            ] or None  # fmt: skip
    return None


def _person(fields: Mapping[str, Any], name: str, *more: str) -> Values:
    return {"sealed": fields[name], "ref": fields[f"{name}_ref"]} | {each: fields[each] for each in more}
