"""`doorstep tell SERVICE COMMAND field=value …`: send any command from the shell; its schema is its help."""

import argparse
import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from nats.errors import Error as NatsError
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from deploy.commands import help_for, language, say, var
from deploy.desks import desk_of
from deploy.facts import SERVICES
from deploy.running import Running, noted
from deploy.session import acting
from shared.calendar import SHANGHAI
from shared.messages import Answer, Command
from shared.messaging import invalid
from shared.sealed import NotSealed, VaultClient

ENVELOPE = {"id", "happened_at", "timing", "origin", "overrides"}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", nargs="?", choices=[*SERVICES], help=help_for("service"))
    parser.add_argument("asked", nargs="?", metavar="COMMAND", help=help_for("asked"))
    parser.add_argument("fields", nargs="*", metavar="FIELD=VALUE", help=help_for("fields"))
    parser.add_argument("--as", dest="actor", metavar="ROLE:ID", help=help_for("as"))
    parser.add_argument("--id", help=help_for("id"))
    parser.add_argument("--schema", action="store_true", help=help_for("schema"))


def commands_of(service: str) -> Mapping[str, type[Command]]:
    """What people may ask of a service, by the name it has on the bus."""
    return {command.asked(): command for command in desk_of(service)}


def site() -> Running | None:
    running = next((at for name in ("live", "played") if (at := noted(var() / name)) and at.alive), None)
    if running is None:
        say("not_running")
    return running


def main(args: argparse.Namespace) -> int:
    if not args.service or not args.asked:
        _list(args.service)
        return 0
    wish = commands_of(args.service).get(args.asked)
    if wish is None:
        say("unknown_command", service=args.service, command=args.asked)
        _list(args.service)
        return 2
    if args.schema or not args.fields:
        print(json.dumps(wish.model_json_schema(), ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
        return 0
    running = site()
    if running is None:
        return 3
    body = {
        "id": args.id or f"shell:{uuid4().hex}",
        "actor": args.actor or acting(wish.roles, "clerk:F01"),
        **parsed(args.fields),
    }
    try:
        return told(asyncio.run(send(running, args.service, wish, body)))
    except ValidationError as error:
        return told(invalid(error))
    except NotSealed as refused:
        return told(Answer(accepted=False, rule=refused.rule, reason=refused.reason, reason_en=refused.reason_en))
    except (NatsError, OSError, TimeoutError):
        say("no_answer", service=args.service)
        return 3


async def send(running: Running, service: str, wish: type[Command], body: dict[str, Any]) -> Answer:
    """Seals what is personal before it leaves this process, checks the command's form, and asks."""
    async with running.console() as connection:
        sealed = await _sealed(VaultClient(connection, running.center), wish, body)
        wish.model_validate_json(json.dumps(sealed))
        subject = f"ask.{running.center}.{service}.{wish.asked()}"
        return Answer.model_validate_json((await connection.request(subject, json.dumps(sealed).encode(), 5)).data)


async def _sealed(vault: VaultClient, wish: type[Command], body: dict[str, Any]) -> dict[str, Any]:
    """`applicant={"name": …, "id_number": …, "phone": …, "address": …}` and texts may be given in the clear here."""
    found = dict(body)
    for name, value in body.items():
        field = wish.model_fields.get(name)
        if isinstance(value, dict) and "name" in value and name in {"applicant", "agent", "enterprise"}:
            number = value.get("id_number", "")
            kind = value.get("id_kind", "id_card" if number else "none")
            person = await vault.seal_person(
                f"{body['id']}:{name}", body["actor"], value["name"], kind, number,
                 str(value.get("phone", "")), value.get("address", ""), on=datetime.now(SHANGHAI).date(),
            )  # fmt: skip
            found[name] = person.model_dump()
        elif isinstance(value, str) and field and "sealed" in str(field) and not value.startswith("sealed:"):
            found[name] = await vault.seal_text(f"{body['id']}:{name}", body["actor"], value)
    return found


def parsed(fields: list[str]) -> dict[str, Any]:
    """`level=2 codes='["H01"]'`: JSON where it is JSON, else text."""
    found: dict[str, Any] = {}
    for field in fields:
        name, _, value = field.partition("=")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


async def request(running: Running, subject: str, body: bytes) -> bytes:
    async with running.console() as connection:
        return bytes((await connection.request(subject, body)).data)


def told(answer: Answer) -> int:
    """Shows an answer; exit code 0 for yes, 1 for no."""
    if answer.accepted:
        say("accepted", case=answer.case or "—", count=len(answer.facts))
        for fact in answer.facts:
            print(f"  {fact}")  # noqa: T201  # this is the answer
        return 0
    say("refused", rule=answer.rule, reason=answer.reason if language() == "zh" else answer.reason_en)
    return 1


def _list(service: str | None) -> None:
    zh = language() == "zh"
    shown = Table(header_style="bold")
    for heading in ("服务", "指令", "字段", "可由") if zh else ("service", "command", "fields", "may be asked by"):
        shown.add_column(heading)
    for name in [service] if service else SERVICES:
        for asked, wish in commands_of(name).items():
            fields = [f"{n}{'' if f.is_required() else '?'}" for n, f in wish.model_fields.items() if n not in ENVELOPE]
            shown.add_row(name, asked, " ".join(fields), " ".join(wish.roles))
    Console().print(shown)
