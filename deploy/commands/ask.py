"""`doorstep ask SERVICE QUESTION field=value …`: ask a service; the answer is JSON."""

import argparse
import asyncio
import json

from nats.errors import Error as NatsError

from deploy.commands import help_for, say
from deploy.commands.tell import parsed, request, site, told
from deploy.facts import SERVICES
from deploy.running import Running
from shared.messages import Answer
from shared.sealed import NotSealed, VaultClient

QUESTIONS = {
    "case_history": '{"case": "SMFW-…"}', "facts": '{"after": 0, "limit": 100}', "status": "{}",
    "digest": '{"first": 1, "last": 20000}', "whereabouts": '{"actor": "dispatcher:F04"}',
    # of intake
    "progress": '{"number": "SMFW-…", "tail": "the last four digits of the phone number"}',
    "catalogue": "{}", "guide": '{"matter": "MT-…"}', "batch": '{"number": "PL-…"}', "review": "{}",
    "enterprise_visits": '{"window": "620105-…"}',
    # of the audit
    "checkpoint": '{"service": "visits"}', "proof": '{"fact": "/620105/visits/…"}', "seal": "{}",
}  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", choices=[*SERVICES, "audit"], help=help_for("service"))
    parser.add_argument("question", choices=[*QUESTIONS], help=help_for("question"))
    parser.add_argument("fields", nargs="*", metavar="FIELD=VALUE", help=help_for("fields"))


def main(args: argparse.Namespace) -> int:
    running = site()
    if running is None:
        return 3
    subject = f"ask.{running.center}.{args.service}.{args.question}"
    try:
        reply = asyncio.run(_ask(running, subject, args))
    except NotSealed as refused:
        return told(Answer(accepted=False, rule=refused.rule, reason=refused.reason, reason_en=refused.reason_en))
    except (NatsError, OSError, TimeoutError):
        say("no_answer", service=args.service)
        return 3
    print(json.dumps(json.loads(reply), ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
    return 0


async def _ask(running: Running, subject: str, args: argparse.Namespace) -> bytes:
    """What is personal is encrypted to the vault before it leaves this process."""
    fields = parsed(args.fields)
    if args.question == "progress" and "tail" in fields:
        digits = next(field.partition("=")[2] for field in args.fields if field.startswith("tail="))
        async with running.console() as connection:
            fields["tail"] = await VaultClient(connection, running.center).tail_envelope(digits)
    return await request(running, subject, json.dumps(fields).encode())
