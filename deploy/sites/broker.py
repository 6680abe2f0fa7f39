"""The broker of a site as its settings say: who is let in, what they may, and the line to the hub."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError

from deploy.broker import Accept, Broker, Cluster, Dial, over_the_line
from deploy.certificates import Tls
from deploy.gathering import LINE, REFERENCE, answer_of, city_stream, gather, open_line, reference_at_center, reset_of
from deploy.keys import ADMIN, CONSOLE, seed_path
from deploy.permissions import ONLY_LISTEN, Allowed, of_admin, of_service, of_site, reads
from deploy.provision import Mode, Provisioned, provision, repaired, stream_name
from deploy.sites.settings import Settings
from shared.bus import ONCE, Bus

SERVICES_OF_A_CENTER = ("vault", "intake", "scheduling", "visits", "feedback")
ROUTES = "routes.conf"  # in keys/, of a server that is one of three
TOGETHER = 60.0  # seconds
LINES = "lines.json"  # at the hub: center -> public keys of its line


def with_facts(services: Sequence[str]) -> list[str]:
    return [service for service in services if service not in ONLY_LISTEN]


def allowed(settings: Settings, services: Sequence[str]) -> dict[str, Allowed]:
    if settings.kind == "center":
        found = of_site(settings.site, settings.center, services)
        if not settings.dial:
            return found
        admin = found[ADMIN]
        line = [f"$JS.API.CONSUMER.INFO.{stream_name(settings.site, each)}.{LINE}" for each in with_facts(services)]
        more = {
            CONSOLE: (*line, f"$JS.API.STREAM.INFO.{REFERENCE}"),
            "audit": (f"ask.{settings.hub}.audit.countersign",),
        }
        replies = {"audit": (f"_INBOX_{settings.site}_audit.>",)}  # the only one to which the line brings any
        return found | {
            name: Allowed((*found[name].publish, *subjects), (*found[name].subscribe, *replies.get(name, ())),
                          found[name].answers)
            for name, subjects in more.items() if name in found
        } | {ADMIN: admin}  # fmt: skip
    streams = [city_stream(center) for center in settings.centers]
    reading = tuple(subject for stream in streams for subject in reads(stream))
    getting = tuple(f"$JS.API.STREAM.MSG.GET.{stream}" for stream in streams)
    again = [reset_of(center, each) for center in settings.centers for each in with_facts(SERVICES_OF_A_CENTER)]
    answers = [answer_of(center) for center in settings.centers]
    heard = ("_INBOX_audit.>", f"ask.{settings.site}.audit.*", f"status.{settings.site}")
    return {
        ADMIN: Allowed((*of_admin().publish, "reference.>", *again, *answers), (*of_admin().subscribe, *answers)),
        CONSOLE: Allowed(
            (f"ask.{settings.site}.>", f"status.{settings.site}", "$JS.API.INFO", "$JS.API.STREAM.LIST",
             *reading, *getting),
            (f"_INBOX_{CONSOLE}.>",),
        ),
        "audit": Allowed(("$JS.API.STREAM.LIST", *reading, *getting), heard, answers=True),
        **{each: of_service(each, settings.site, settings.site, services) for each in services if each == "identity"},
    }  # fmt: skip


def lines(folder: Path) -> dict[str, list[str]]:
    path = folder / LINES
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {center: [said] if isinstance(said, str) else list(said) for center, said in known.items()}


def broker(
    folder: Path, settings: Settings, services: Sequence[str], keys: Mapping[str, str], listen: str, name: str
) -> Broker:
    tls = Path("tls")  # from the folder in which the broker is started
    line = Tls(tls / "line.crt", tls / "line.key", tls / "ca.crt")
    client = Tls(tls / "client.crt", tls / "client.key", tls / "ca.crt")
    accept = dial = cluster = None
    if settings.accept:
        known = lines(folder)
        may = {center: over_the_line(center, settings.site, SERVICES_OF_A_CENTER) for center in known}
        accept = Accept(settings.accept, line, known, may)
    if settings.dial:
        dial = Dial(settings.dial.split(","), line, seed_path(folder, "line"))
    if settings.cluster:
        cluster = Cluster(settings.site, settings.cluster, line, folder / "keys" / ROUTES)
    return Broker(
        name, settings.site, listen, Path("nats"), keys, allowed(settings, services),
        client if settings.tls else None, settings.monitor or None, accept, dial, cluster,
    )  # fmt: skip


async def _together(jetstream: JetStreamContext) -> None:
    """Until two of three have found each other. Raises `TimeoutError`."""
    async with asyncio.timeout(TOGETHER):
        while True:
            try:
                await jetstream.account_info()
                return
            except (NatsError, JetStreamError):
                await asyncio.sleep(0.2)


async def make_streams(bus: Bus, settings: Settings, services: Sequence[str], mode: Mode) -> list[Provisioned]:
    """All that a site's broker has to hold; may be repeated."""
    if settings.kind == "hub":
        connection = await bus.connect(connect_timeout=5, **ONCE)
        try:
            gathered = dict.fromkeys(settings.centers, with_facts(settings.services or SERVICES_OF_A_CENTER))
            if settings.cluster:
                await _together(connection.jetstream())
            return await gather(connection.jetstream(), gathered, len(settings.peers) + 1)
        finally:
            await connection.close()
    done = await provision(bus, settings.site, with_facts(services), mode)
    if settings.dial:
        connection = await bus.connect(connect_timeout=5, **ONCE)
        try:
            await open_line(connection.jetstream(), settings.site, with_facts(services))
            done.append(await repaired(connection.jetstream(), reference_at_center(settings.site, settings.hub)))
        finally:
            await connection.close()
    return done
