"""`doorstep letters`: what could not be delivered, by cause, with the citizen's clock; and what is done about it.

Exit codes: 0 done or nothing there, 1 there are dead letters or an act was refused, 2 not understood, 3 no answer.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nats.errors import Error as NatsError
from rich.console import Console

from deploy.commands import help_for, language, say
from deploy.commands.looking import NoAnswer, answered
from deploy.commands.watch import running_of
from deploy.letters.asking import Declined, Desk, Found
from deploy.letters.pages import groups_page, letter_page, outcome_line
from deploy.session import acting
from shared.letters import LETTER
from shared.messages import Answer
from shared.words import word

ACTS = {"retry": "retry_letter", "discard": "discard_letter", "edit": "propose_edit", "approve": "approve_edit"}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", nargs="?", default="list", choices=["list", "show", "dry-run", *ACTS], help=help_for("letters_what")
    )
    parser.add_argument("id", nargs="?", help=help_for("letters_id"))
    parser.add_argument("--group", metavar="FINGERPRINT", help=help_for("letters_group"))
    parser.add_argument("--service", help=help_for("letters_service"))
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help=help_for("letters_set"))
    parser.add_argument("--edited", action="store_true", help=help_for("letters_edited"))
    parser.add_argument("--reason", default="", help=help_for("letters_reason"))
    parser.add_argument(
        "--as",
        dest="actor",
        default=acting(LETTER.commands[0].roles, "supervisor:S01"),
        metavar="ROLE:ID",
        help=help_for("letters_as"),
    )
    parser.add_argument("--json", action="store_true", help=help_for("letters_json"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))


@answered
def main(args: argparse.Namespace) -> int:
    running = running_of(args.folder)
    try:
        return asyncio.run(_asked(args, running))
    except Declined as declined:
        _say(args.id or args.group or "—", args.what, declined.answer)
        return 1
    except (NatsError, OSError, TimeoutError):
        raise NoAnswer("no_answer", 3) from None


async def _asked(args: argparse.Namespace, running: Any) -> int:
    async with running.console() as console:
        desk = Desk(console, running, args.actor)
        found = await desk.letters(args.service)
        for service in desk.silent:
            say("letters_silent", service=service)
        match args.what:
            case "list":
                return await _list(args, desk, found)
            case "show":
                return _show(args, await desk.whole(_chosen(args, found)[0]))
            case "dry-run":
                return await _tried(args, desk, _chosen(args, found))
        return await _act(args, desk, _chosen(args, found))


async def _list(args: argparse.Namespace, desk: Desk, found: Sequence[Found]) -> int:
    if args.json:
        _print([each.told | {"service": each.service, "clocks": each.clocks} for each in await desk.at_risk(found)])
    elif not found:
        say("letters_none")
    else:
        Console(highlight=False).print(groups_page(await desk.at_risk(found), language()))
    return 1 if any(each.told["state"] == "dead" for each in found) else 0


def _show(args: argparse.Namespace, letter: Found) -> int:
    if args.json:
        _print(letter.told)
    else:
        Console(highlight=False).print(letter_page(letter, language()))
    return 0


async def _tried(args: argparse.Namespace, desk: Desk, found: Sequence[Found]) -> int:
    outcomes = [(each, await desk.dry_run(each, edited=args.edited)) for each in found]
    if args.json:
        _print([{"id": each.id, **outcome} for each, outcome in outcomes])
    else:
        for each, outcome in outcomes:
            Console(highlight=False).print(outcome_line(each, outcome, language()), soft_wrap=True)
    return 0 if all(outcome["outcome"] in {"accepted", "nothing"} for _, outcome in outcomes) else 1


async def _act(args: argparse.Namespace, desk: Desk, found: Sequence[Found]) -> int:
    more: dict[str, Any] = {"reason": args.reason} if args.what in {"discard", "edit"} else {}
    if args.what == "edit":
        more["changes"] = dict(map(_change, args.set))
    answers = [(each, await desk.act(each, ACTS[args.what], more)) for each in found]
    for each, answer in answers:
        _say(each.id, ACTS[args.what], answer)
    return 0 if all(answer.accepted for _, answer in answers) else 1


def _say(id: str, act: str, answer: Answer) -> None:
    if answer.accepted:
        say("letters_done", id=id, act=word("letters", act, language()))
    else:
        reason = answer.reason_en if language() == "en" else answer.reason
        say("letters_refused", id=id, rule=answer.rule, reason=reason)


def _chosen(args: argparse.Namespace, found: Sequence[Found]) -> Sequence[Found]:
    if args.group:
        chosen = [each for each in found if each.told["fingerprint"] == args.group]
    elif args.id:
        chosen = [each for each in found if each.id == args.id]
    else:
        raise NoAnswer("letters_which", 2)
    if not chosen:
        raise NoAnswer("letters_unknown", 3, id=args.group or args.id)
    return chosen


def _change(said: str) -> tuple[str, Any]:
    """A value as JSON where it is JSON, else as text."""
    field, equals, value = said.partition("=")
    if not equals:
        raise NoAnswer("letters_set_wrong", 2, said=said)
    try:
        return field, json.loads(value)
    except ValueError:
        return field, value


def _print(said: Any) -> None:
    print(json.dumps(said, ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
