"""`python -m services.identity`."""

import asyncio
import hashlib
import os
import signal
import socket
import time
import tomllib
from contextlib import nullcontext
from pathlib import Path

import structlog
import uvicorn
import uvloop

from services.identity.accounts import Accounts
from services.identity.app import SignIn
from services.identity.desk import Desk
from services.identity.provider import Provider, Settings
from services.identity.sessions import Sessions
from services.identity.table import SecretUnsafe, Table
from shared import tracing
from shared.actors import Issuer, renewing
from shared.bus import Bus
from shared.health import Quiet, listening
from shared.logs import write_json_lines

log = structlog.get_logger()


def settings() -> Settings:
    path = Path(os.environ["SIGN_IN_SETTINGS"])
    try:
        return Settings.model_validate(tomllib.loads(path.read_text("utf-8")) if path.exists() else {})
    except ValueError as wrong:  # pydantic's and tomllib's are of this kind
        raise SystemExit(f"登录设置有误，未启动 / the sign-in is not set up: {path}: {wrong}") from None


def sign_in(said: Settings, listens: socket.socket) -> SignIn:
    center, keys = os.environ["CENTER"], Path(os.environ["KEYS"])
    issuer = Issuer.of(os.environ)
    if issuer is None:
        raise SystemExit("没有签名密钥，未启动 / there is no key to sign with: NATS_SEED")
    try:
        table = Table(Path(os.environ["SQLITE_DBNAME"]), keys / "identity.key")
    except SecretUnsafe as unsafe:
        raise SystemExit(f"登录密钥不完整或不安全，未启动 / the key of the sign-in: {unsafe}") from None
    host, port = listens.getsockname()[:2]
    scheme = "https" if os.environ.get("SIGN_IN_CERT") else "http"
    secret = keys / "oidc.secret"
    provider = (
        Provider(said.oidc, secret.read_text("utf-8").strip() if secret.exists() else None) if said.oidc else None
    )
    sessions = Sessions(table, longest=said.hours * 3600, idle=said.idle_minutes * 60)
    return SignIn(
        Desk(table, Accounts(table, center), sessions, issuer, time.time), center=center,
        url=said.url or f"{scheme}://{host}:{port}", bus=Bus.of("identity", os.environ), provider=provider,
        cookie_secret=hashlib.sha256(b"way" + (keys / "identity.key").read_bytes()).hexdigest(),
        token=renewing(issuer, "identity", ["system"], how="service"),
    )  # fmt: skip


async def serve(said: Settings) -> None:
    host, _, port = os.environ["SIGN_IN"].rpartition(":")
    try:
        listens = socket.create_server((host, int(port)))
    except OSError as taken:
        raise SystemExit(f"登录页的端口不可用 / the sign-in's port cannot be had: {taken}") from None
    service = sign_in(said, listens)
    config = uvicorn.Config(
        service.web, log_config=None, access_log=False, lifespan="off", server_header=False, proxy_headers=False,
        ssl_certfile=os.environ.get("SIGN_IN_CERT") or None, ssl_keyfile=os.environ.get("SIGN_IN_KEY") or None,
    )  # fmt: skip
    server, stop = Quiet(config), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    health = service.asked(lambda: server.started and not serving.done())
    async with listening(health) if os.environ.get("HEALTH_LISTEN") else nullcontext():
        serving, noting = asyncio.create_task(server.serve(sockets=[listens])), asyncio.create_task(service.note())
        stopped = asyncio.create_task(stop.wait())
        _tell(listens, "https" if config.ssl_certfile else "http")
        await asyncio.wait({serving, noting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        noting.cancel()
        await asyncio.wait({serving, noting}, timeout=5)
        await service.close()
    if not stop.is_set():
        raise SystemExit("登录服务意外结束 / the sign-in ended by itself")


def _tell(listens: socket.socket, scheme: str) -> None:
    """Where the page is, for who works at this machine."""
    host, port = listens.getsockname()[:2]
    log.info("sign-in", address=f"{scheme}://{host}:{port}")
    if told := os.environ.get("SIGN_IN_TOLD"):
        new = Path(f"{told}.new")
        new.write_text(f"{scheme}://{host}:{port}", "utf-8")
        new.replace(told)


if __name__ == "__main__":
    write_json_lines("identity")
    tracing.begin("identity", os.environ)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings()))
