"""`doorstep ask SERVICE QUESTION field=value …`: ask a service; the answer is JSON."""

import argparse
import asyncio
import json

from nats.errors import Error as NatsError

from deploy.commands import help_for, say
from deploy.commands.tell import parsed, request, site
from deploy.facts import SERVICES

QUESTIONS = {
    "case_history": '{"case": "SMFW-…"}', "facts": '{"after": 0, "limit": 100}', "status": "{}",
    "whereabouts": '{"actor": "dispatcher:F04"}',
}  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", choices=[*SERVICES], help=help_for("service"))
    parser.add_argument("question", choices=[*QUESTIONS], help=help_for("question"))
    parser.add_argument("fields", nargs="*", metavar="FIELD=VALUE", help=help_for("fields"))


def main(args: argparse.Namespace) -> int:
    running = site()
    if running is None:
        return 3
    subject = f"ask.{running.center}.{args.service}.{args.question}"
    try:
        reply = asyncio.run(request(running.nats_url, subject, json.dumps(parsed(args.fields)).encode()))
    except (NatsError, OSError, TimeoutError):
        say("no_answer", service=args.service)
        return 3
    print(json.dumps(json.loads(reply), ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
    return 0
