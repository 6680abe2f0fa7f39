"""A center's checkpoints to its hub, over the line; while that is down, sealing goes on and they go later."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.audit.posting import Send
from shared.transparency.note import Verifier
from shared.transparency.witness import Reply

PATIENCE = 10.0


class Hub(NamedTuple):
    """Who countersigns: its name on the bus, and the key that it signs with."""

    name: str
    key: Verifier

    @classmethod
    def of(cls, env: Mapping[str, str], keys: Path) -> "Hub | None":
        """From HUB and `hub.pub`, which came with what was brought from there. Raises `NoteInvalid`."""
        path = keys / "hub.pub"
        if not env.get("HUB") or not path.exists():
            return None
        return cls(env["HUB"], Verifier.parse(path.read_text("utf-8").strip()))


def sending(nats: Client, site: str, hub: str, key: str) -> Send:
    """To be called from a thread; the connection belongs to the loop that runs now."""
    loop, inbox = asyncio.get_running_loop(), f"_INBOX_{site}_audit"

    async def ask(body: str) -> Reply:
        came: asyncio.Future[Msg] = loop.create_future()

        async def heard(message: Msg) -> None:
            if not came.done():
                came.set_result(message)

        reply = f"{inbox}.{nats.new_inbox().rpartition('.')[2]}"
        listening = await nats.subscribe(reply, cb=heard, max_msgs=1)
        try:
            content = json.dumps({"key": key, "body": body}).encode()
            await nats.publish(f"ask.{hub}.audit.countersign", content, reply)
            async with asyncio.timeout(PATIENCE):
                said: dict[str, Any] = json.loads((await came).data)
            return Reply(int(said["status"]), str(said["body"]), str(said["content_type"]))
        finally:
            await listening.unsubscribe()

    def send(_what: str, body: str) -> Reply:
        return asyncio.run_coroutine_threadsafe(ask(body), loop).result(PATIENCE + 5)

    return send
