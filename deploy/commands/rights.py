"""`doorstep rights`: who may ask for what, from what the commands themselves declare."""

import argparse
import json

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.commands import help_for, language
from deploy.desks import desk_of
from deploy.facts import SERVICES
from shared.messages import Command
from shared.words import Language, catalogue, word


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", nargs="?", choices=[*SERVICES], help=help_for("service"))
    parser.add_argument("--role", help=help_for("role"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


def rights(services: list[str], role: str | None = None) -> list[tuple[str, type[Command]]]:
    return [
        (service, command) for service in services for command in desk_of(service)
        if command.roles and (not role or role in command.roles)
    ]  # fmt: skip


def main(args: argparse.Namespace) -> int:
    lang = language()
    found = rights([args.service] if args.service else [*SERVICES], args.role)
    if args.json:
        rows = [{"service": service, "command": command.asked(), "roles": command.roles} for service, command in found]
        print(json.dumps(rows, ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
        return 0
    Console().print(table(found, lang))
    return 0


def table(found: list[tuple[str, type[Command]]], lang: Language) -> Table:
    zh = lang == "zh"
    shown = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, expand=True)
    for name in ("服务", "请求", "谁可以（仅限本中心）") if zh else ("service", "command", "who may (own center only)"):
        shown.add_column(name, overflow="fold")
    last = ""
    for service, command in found:
        says = word("codes_command", command.__name__, lang) if command.__name__ in catalogue()["codes_command"] else ""
        roles = ("、" if zh else ", ").join(word("roles", role, lang) for role in command.roles)
        shown.add_row("" if service == last else service, f"{command.asked()} {says}".strip(), roles)
        last = service
    return shown
