"""The table role × command × own or other center, tried whole at the doors (DOMAIN 11)."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import strategies as st

from deploy.commands.rights import rights
from deploy.desks import desk_of, parts_of
from deploy.facts import SERVICES
from services.vault.desk import END_OF_USE
from shared.deadlines import TickClock
from shared.letters import LETTER
from shared.messages import Answer, Command
from shared.messaging import takes
from shared.rights import center_of
from shared.words import catalogue

HERE, ELSEWHERE = "620105", "620102"
pytestmark = pytest.mark.filterwarnings("ignore:The `.example")
ROLES = [role for role in catalogue()["roles"] if role not in {"system", "importer"}]
TABLE = rights([*SERVICES])
KNOWN = {r"^sealed:v1:[A-Za-z0-9_\-]+:[A-Za-z0-9_\-=]+$": "sealed:v1:k1:AAAA"}


@cache
def _text(pattern: str) -> str:
    return KNOWN.get(pattern) or min((st.from_regex(pattern, fullmatch=True).example() for _ in range(3)), key=len)


def example(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Any:
    """The least that a schema takes."""
    if ref := schema.get("$ref"):
        return example(whole["$defs"][ref.rpartition("/")[2]], whole)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if options := schema.get("anyOf"):
        return example(next(o for o in options if o.get("type") != "null"), whole)
    match schema.get("type"):
        case "object":
            return {name: example(schema["properties"][name], whole) for name in schema.get("required", ())}
        case "array":
            items = schema.get("items") or (schema.get("prefixItems") or [{"type": "string"}])[0]
            return [example(items, whole)] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
    formats = {"date": "2026-03-02", "date-time": "2026-03-02T09:00:00+08:00"}
    if form := formats.get(schema.get("format", "")):
        return form
    return _text(schema["pattern"]) if "pattern" in schema else "x" * max(1, schema.get("minLength", 1))


@cache
def least(command: type[Command]) -> Mapping[str, Any]:
    schema = command.model_json_schema()
    found: Mapping[str, Any] = example(schema, schema)
    return found


def body(command: type[Command], role: str, center: str) -> bytes:
    said = {**least(command)} | {"id": "1", "case": f"SMFW-{center}-20260302-0001-8", "actor": f"{role}:X01"}
    return json.dumps(said).encode()


class Handler:
    async def handle(self, _command: Command) -> Answer:
        return Answer()


async def asked(command: type[Command], role: str, center: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await takes(command, Handler(), HERE)(body(command, role, center)))  # type: ignore[arg-type]
    return answer


def test_the_table_is_every_desk_and_every_command_on_it_says_who_may():
    listed = [command for _, command in TABLE]
    desks = [command for name in SERVICES for command in parts_of(name).desk]
    assert {*listed} == {*desks, *END_OF_USE, *LETTER.commands}
    own = [command for command in listed if command not in LETTER.commands]
    assert len(own) == len({*own}), "asked of one service only"
    assert all(listed.count(command) == len(SERVICES) for command in LETTER.commands), "letters: of every service"
    assert len(listed) > 50


@pytest.mark.parametrize("service", SERVICES)
def test_every_command_has_its_word_in_both_languages(service):
    words = catalogue()["codes_command"]
    inside = {command for decider in parts_of(service).deciders for command in decider.commands} - {TickClock}
    commands = {command.__name__ for command in {*desk_of(service), *inside}}
    assert {name for name in commands if words.get(name, {}).keys() != {"zh", "en"}} == set()


def test_every_role_that_is_named_is_a_role_of_the_center():
    assert {role for _, command in TABLE for role in command.roles} <= catalogue()["roles"].keys()


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_what_is_declared_and_nothing_else(role):
    for _, command in TABLE:
        answer = await asked(command, role, HERE)
        assert answer.get("rule") in {None, "ROLE"}, (command, answer)
        assert answer["accepted"] is (role in command.roles), command


@pytest.mark.parametrize("role", ROLES)
async def test_nobody_may_anything_of_another_center(role):
    for _, command in TABLE:
        answer = await asked(command, role, ELSEWHERE)
        assert (answer["accepted"], answer["rule"]) == (False, "ROLE"), command


async def test_history_is_the_importers_alone():
    _, command = TABLE[0]
    told = json.loads(body(command, "importer", HERE)) | {"origin": "ledger"}
    for origin, taken in (("ledger", True), ("live", False)):
        answer = json.loads(await takes(command, Handler(), HERE)(json.dumps(told | {"origin": origin}).encode()))  # type: ignore[arg-type]
        assert answer["accepted"] is taken


@pytest.mark.parametrize(("key", "center"), [
    ("SMFW-620105-20260302-0001-8", "620105"), ("SMFW-620105-20260302-0001-8.2", "620105"),
    ("620105-20260302", "620105"), ("620105", "620105"), ("A04", None), ("0a" * 16, None), ("1234567", None),
])  # fmt: skip
def test_a_key_says_which_center_it_is_of(key, center):
    assert center_of(key) == center
