"""`/healthz/live`, `/healthz/ready` and `/metrics`, on a port of its own beside the bus.

Live: the event loop turns and the writer thread answers. Ready: broker, store, inboxes and outbox do their work; if
one does not, the answer is 503 and says which. Both are asked of the parts themselves, when somebody asks.
"""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

log = structlog.get_logger()
PATIENCE = 2.0  # seconds: who asks more often than this waits in vain is not live
LISTEN, TOLD = "HEALTH_LISTEN", "HEALTH_TOLD"  # host:port (0: any free one), and the file that tells which it became


class Asked(NamedTuple):
    """What can be asked of a service: each part with what is wrong with it ("" if nothing), its figures, and more."""

    live: Callable[[], Awaitable[Mapping[str, str]]]
    ready: Callable[[], Awaitable[Mapping[str, str]]]
    figures: Callable[[], Awaitable[bytes]]
    more: Sequence[BaseRoute] = ()


def app(asked: Asked) -> Starlette:
    def check(of: Callable[[], Awaitable[Mapping[str, str]]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(_request: Request) -> Response:
            try:
                async with asyncio.timeout(PATIENCE):
                    parts = await of()
            except TimeoutError:
                parts = {"answer": f"none within {PATIENCE:g} s"}
            wrong = {name: why for name, why in parts.items() if why}
            body = json.dumps({"ok": not wrong, "parts": dict.fromkeys(parts, "ok") | wrong}).encode()
            return Response(body, 503 if wrong else 200, media_type="application/json")

        return answer

    async def figures(_request: Request) -> Response:
        return Response(await asked.figures(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(
        routes=[
            Route("/healthz/live", check(asked.live)),
            Route("/healthz/ready", check(asked.ready)),
            Route("/metrics", figures),
            *asked.more,
        ]
    )


class Quiet(uvicorn.Server):
    """Signals are the service's own business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@asynccontextmanager
async def listening(asked: Asked, env: Mapping[str, str] = os.environ) -> AsyncIterator[None]:
    """While the service runs, where the environment says; a service whose port is taken does its work all the same."""
    async with served(asked, env[LISTEN]) as address:
        if address:
            log.info("health", address=address)
        else:
            log.error("health cannot listen", address=env[LISTEN])
        if address and (told := env.get(TOLD)):
            with open(f"{told}.new", "w", encoding="utf-8") as file:  # noqa: ASYNC230, PTH123  # once, some bytes
                file.write(address)
            os.replace(f"{told}.new", told)  # noqa: PTH105
        yield


@asynccontextmanager
async def served(asked: Asked, where: str) -> AsyncIterator[str]:
    """The address; "" where nobody can listen."""
    host, _, port = where.rpartition(":")
    try:
        listens = socket.create_server((host, int(port)))
    except OSError:
        yield ""
        return
    server = Quiet(uvicorn.Config(app(asked), log_config=None, access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listens]))
    while not server.started and not serving.done():  # noqa: ASYNC110  # the library has no event for it
        await asyncio.sleep(0.01)
    name = listens.getsockname()
    try:
        yield f"http://{name[0]}:{name[1]}"
    finally:
        server.should_exit = True
        with contextlib.suppress(Exception):
            await asyncio.wait_for(serving, 2)
