"""What is personal in the cases, opened by the vault for the archive: each opening is a fact there.

Where the site is not running, only the broker and the vault are started, in the mode of the store, and ended again.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from deploy.export.cases import Case
from deploy.export.row import Opened
from deploy.play.engine import Engine
from deploy.processes import until
from deploy.running import Running, noted
from deploy.sites.stores import store_of
from deploy.supervisor import Site
from shared.recorders import open_recorder
from shared.sealed import NotSealed, VaultClient

PURPOSE = "archive"
FIELDS = ("name", "id_number", "phone", "address", "text")
AT_ONCE = 8
MOST = 50  # tokens in one opening
TRIES = 600
GONE = {"shredded": "（已销毁）", "restricted": "（停止使用）"}  # and the case is exported all the same
TEXTS = {
    "request_registered.v1": ("ledger_text",), "complaint_received.v1": ("text",),
    "complaint_record_completed.v1": ("text",),
    "evaluation_submitted.v1": ("text",), "evaluation_supplemented.v1": ("text",),
    "return_visit_completed.v1": ("remark",), "incident_reported.v1": ("note",),
}  # fmt: skip


def mode_of(folder: Path) -> Literal["live", "played"]:
    """Which time the vault's store belongs to."""
    factory, recorder = open_recorder(store_of(folder, "vault").env)
    try:
        return "played" if recorder.meta("mode") == "played" else "live"
    finally:
        factory.close()


def vault_of(folder: Path, center: str) -> AbstractContextManager[Site | None]:
    """The site that runs there, or one with nothing but the vault."""
    if (running := noted(folder)) and running.alive:
        return nullcontext()
    return Site(folder, center, ["vault"], mode=mode_of(folder))


def open_all(folder: Path, center: str, cases: Sequence[Case], actor: str, last: datetime) -> dict[str, Opened]:
    """By case number. `last`: of a played month, the moment at which its time stands. Raises `NotSealed` for a no."""
    with vault_of(folder, center) as site:
        running = noted(folder)
        if site is None and not (running and until(lambda: bool((now := noted(folder)) and now.up), 30)):
            raise NotSealed("UNAVAILABLE", "", "", "", retry=True)
        assert running
        return asyncio.run(_open_all(running, cases, actor, last))


async def _open_all(running: Running, cases: Sequence[Case], actor: str, last: datetime) -> dict[str, Opened]:
    async with running.console(connect_timeout=5) as connection:
        if running.mode == "played":
            await Engine(connection, running.center, ["vault"], lambda _now, _done: None).statuses(last, advance=False)
        client, turns, run = VaultClient(connection, running.center), asyncio.Semaphore(AT_ONCE), uuid4().hex[:16]

        async def one(case: Case) -> tuple[str, Opened]:
            async with turns:
                return case.number, await opened(client, f"export:{run}:{case.number}", actor, case)

        return dict(await asyncio.gather(*map(one, cases)))


async def opened(client: VaultClient, name: str, actor: str, case: Case) -> Opened:
    said = case.registered
    person, agent = said["person"], said.get("agent")
    tokens = [person, *([agent] if agent else []), *_texts(case)]
    found: dict[str, Mapping[str, str]] = {}
    for at in range(0, len(tokens), MOST):
        found |= await _asked(client, f"{name}:{at}", actor, case.number, tokens[at : at + MOST])
    texts = {token: one["text"] for token, one in found.items() if "text" in one}
    return Opened(found[person], found[agent] if agent else {}, texts)


async def _asked(
    client: VaultClient, name: str, actor: str, case: str, tokens: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    """All at once; one by one where one of them may not be opened any more."""
    for left in reversed(range(TRIES)):
        try:
            return await client.open(name, actor, case, tokens, FIELDS, PURPOSE)
        except NotSealed as no:
            if no.retry and left:
                await asyncio.sleep(0.05)
            elif no.why in GONE and len(tokens) == 1:
                return {tokens[0]: dict.fromkeys(FIELDS[:-1], GONE[no.why])}
            elif no.why in GONE:
                break
            else:
                raise
    alone = [await _asked(client, f"{name}:{n}", actor, case, [token]) for n, token in enumerate(tokens)]
    return {token: each for one in alone for token, each in one.items()}


def _texts(case: Case) -> Iterable[str]:
    """Each once: a fact may repeat another's."""
    tokens: dict[str, Any] = {}
    for fact in case.facts:
        for name in TEXTS.get(fact["type"], ()):
            if token := fact["data"].get(name):
                tokens[token] = None
    return tokens
