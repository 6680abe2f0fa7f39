"""Personal data of a case, opened by the vault for an auditor: it records the opening as a fact in the case first."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from deploy.export.opening import GONE
from deploy.facts import Document
from deploy.running import noted
from shared.sealed import NotSealed, VaultClient

FIELDS = ("name", "id_kind", "id_number", "phone", "address")
Opened = Mapping[str, Mapping[str, str]]


class NotRunning(Exception):
    """The site does not run, so nobody could record the opening."""


def people(facts: Sequence[Document]) -> dict[str, str]:
    """Whom the case is about -> token, by `person` and `agent`."""
    registered = [fact["data"] for fact in facts if fact["type"] == "request_registered.v1"]
    return {who: data[who] for data in registered[:1] for who in ("person", "agent") if data.get(who)}


def open_for(
    folder: Path, facts: Sequence[Document], case: str, actor: str, fields: Sequence[str], purpose: str
) -> Opened:
    """Who -> field -> value. Raises `NotRunning`, and `NotSealed` where the vault says no."""
    running = noted(folder)
    if not running or not running.alive:
        raise NotRunning
    tokens = people(facts)

    async def asked() -> Opened:
        async with running.console(connect_timeout=5) as connection:
            vault, wish = VaultClient(connection, running.center), f"audit:{uuid4().hex[:16]}"
            return {
                who: await _opened(vault, f"{wish}:{who}", actor, case, token, fields, purpose)
                for who, token in tokens.items()
            }

    return asyncio.run(asked())


async def _opened(
    vault: VaultClient, wish: str, actor: str, case: str, token: str, fields: Sequence[str], purpose: str
) -> Mapping[str, str]:
    try:
        return (await vault.open(wish, actor, case, [token], fields, purpose))[token]
    except NotSealed as no:
        if no.why not in GONE:
            raise
        return dict.fromkeys(fields, GONE[no.why])
