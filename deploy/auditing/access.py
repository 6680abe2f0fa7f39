"""What an auditor opens or takes is noted in the audit's own log: by the service where it runs, else beside it."""

import argparse
import asyncio
import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from deploy.auditing.ledgers import has_ledger, ledger_of
from deploy.commands import help_for
from deploy.facts import NothingHere
from deploy.running import Running, noted
from deploy.session import acting
from services.audit.access import READERS, Note, keep_aside
from shared.database import DatabaseFailed
from shared.decisions import UNAVAILABLE
from shared.messages import Answer, Fact
from shared.standing import AWAY


class NotNoted(Exception):
    """It could not be noted, so it must not be shown. The sentence says why."""


def reader(parser: argparse.ArgumentParser) -> None:
    default = os.environ.get("DOORSTEP_AS") or acting(sorted(READERS), "auditor:local")
    parser.add_argument("--as", dest="actor", default=default, metavar="ROLE:ID", help=help_for("as"))


def note(folder: Path, actor: str, fact: Fact, case: str | None = None) -> None:
    """Before anything is shown. `fact`: one of `services.audit.events`; `case`: its number, if it is about one case.

    Raises `NotNoted`, `NothingHere`, and `Refused` where the actor is no auditor.
    """
    wish = Note(actor=actor, case=case, type=fact.type, data=fact.model_dump(mode="json"))
    if (running := noted(folder)) and running.alive:
        try:
            answer = asyncio.run(_asked(running, wish))
        except AWAY:
            answer = UNAVAILABLE
        if not answer.accepted:
            raise NotNoted(f"{answer.reason} / {answer.reason_en}")
        return
    if not has_ledger(folder):
        raise NothingHere
    try:
        with closing(ledger_of(folder, read_only=False)) as ledger:
            center = next((log.site for log in ledger.logs()), "")
            keep_aside(ledger, center, wish, datetime.now(UTC))
    except DatabaseFailed as failure:  # as a role that may only read
        raise NotNoted(str(failure)) from None


async def _asked(running: Running, wish: Note) -> Answer:
    async with running.console() as connection:
        reply = await connection.request(f"ask.{running.center}.audit.note", wish.model_dump_json().encode(), timeout=5)
        return Answer.model_validate_json(reply.data)
