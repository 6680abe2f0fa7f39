"""Who may say and hear what on the bus: every subject that a service should reach, and that it should not, is tried."""

from contextlib import asynccontextmanager

import nats
import pytest
from nats.errors import Error as NatsError

from deploy.keys import ADMIN, CONSOLE
from deploy.permissions import ONLY_LISTEN, of_site
from deploy.sites.settings import Settings
from deploy.supervisor import Site, services_here

pytestmark = pytest.mark.nats
CENTER = "620105"
SERVICES = [*services_here(), "identity"]
FACTS = [name for name in SERVICES if name not in ONLY_LISTEN]
HEARS = {  # DOMAIN 7, as the reactions say it: written down once more here, so that a change is seen
    "vault": {"intake"}, "intake": {"visits", "feedback"}, "scheduling": {"intake", "visits", "feedback", "scheduling"},
    "visits": {"intake", "scheduling"}, "feedback": {"intake", "scheduling", "visits", "feedback"},
}  # fmt: skip


def stream(service):
    return f"FACTS-{CENTER}-{service}"


def consumer_on(service):
    return f"$JS.API.CONSUMER.CREATE.{stream(service)}"


FORBIDDEN = [  # to every service
    f"ask.{CENTER}.intake.register_request", "facts.620102.{own}.case.x.v1", "$JS.API.STREAM.CREATE.NEW",
    "$JS.API.STREAM.DELETE.FACTS-620105-{own}", "$JS.API.STREAM.PURGE.FACTS-620105-{own}",
    "$JS.API.STREAM.UPDATE.FACTS-620105-{own}", "$JS.API.STREAM.MSG.DELETE.FACTS-620105-{own}",
    "$JS.EVENT.ADVISORY.forged", f"status.{CENTER}", "_INBOX_console.x", "$SYS.REQ.SERVER.PING",
]  # fmt: skip


def cases():
    for own in FACTS:
        for other in FACTS:
            yield own, f"facts.{CENTER}.{other}.case.x.v1", own == other
            yield own, consumer_on(other), other in HEARS[own]
            yield own, f"$JS.API.STREAM.INFO.{stream(other)}", other in HEARS[own] or other == own
        yield from ((own, subject.replace("{own}", own), False) for subject in FORBIDDEN)
    for name in ("vault.compare_phone_tail", "vault.public_key", "scheduling.case_history", "visits.case_history"):
        yield "intake", f"ask.{CENTER}.{name}", True
        yield "visits", f"ask.{CENTER}.{name}", False
    yield "intake", f"ask.{CENTER}.vault.open_sealed", False
    for other in FACTS:
        yield "audit", consumer_on(other), True
        yield "audit", f"ask.{CENTER}.{other}.facts", True
        yield "audit", f"ask.{CENTER}.{other}.digest", True
        yield "audit", f"facts.{CENTER}.{other}.case.x.v1", False
        yield "audit", f"ask.{CENTER}.{other}.case_history", False
        for tool in (ADMIN, CONSOLE):
            yield tool, f"facts.{CENTER}.{other}.case.x.v1", False
    for subject in (
        f"ask.{CENTER}.visits.depart",
        f"ask.{CENTER}.audit.seal",
        f"facts.{CENTER}.identity.case.x.v1",
        consumer_on("visits"),
        f"$JS.API.STREAM.INFO.{stream('visits')}",
        f"ask.{CENTER}.vault.open_sealed",
    ):
        yield "identity", subject, False
    yield "identity", f"ask.{CENTER}.audit.note", True
    yield CONSOLE, f"ask.{CENTER}.visits.depart", True
    yield CONSOLE, f"$JS.API.STREAM.DELETE.{stream('visits')}", False
    yield ADMIN, f"ask.{CENTER}.visits.depart", False


def hearing():
    for own in SERVICES:
        yield own, f"ask.{CENTER}.{own}.anything", True
        yield own, f"_INBOX_{own}.x", True
        yield own, f"ask.{CENTER}.{SERVICES[SERVICES.index(own) - 1]}.anything", False
        yield own, f"_INBOX_{SERVICES[SERVICES.index(own) - 1]}.x", False
        yield own, "_INBOX.>", False
        yield own, f"facts.{CENTER}.>", False
        yield own, ">", False


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    Settings("center", CENTER, (CENTER,), sign_in="127.0.0.1:0").write(folder)
    with Site(folder, CENTER, []) as site:
        yield site


@asynccontextmanager
async def told(site, name):
    """A connection, and what the server said against what it did."""
    said = list[str]()

    async def hear(error):
        said.append(str(error).lower())

    connection = await site.bus(name).connect(error_cb=hear)
    try:
        yield connection, said
    finally:
        await connection.close()


def test_what_the_services_declare_is_what_the_process_says():
    allowed, begins = of_site(CENTER, CENTER, SERVICES), "$JS.API.CONSUMER.CREATE.FACTS-620105-"
    heard = {
        own: {each.removeprefix(begins) for each in allowed[own].publish if each.startswith(begins) and each[-1] != ">"}
        for own in FACTS
    }
    assert heard == HEARS


async def test_every_subject_is_said_by_those_who_may_and_by_nobody_else(site):
    wrong = []
    for name in [*SERVICES, ADMIN, CONSOLE]:
        async with told(site, name) as (connection, said):
            for who, subject, may in cases():
                if who != name:
                    continue
                said.clear()
                await connection.publish(subject, b"", reply=connection.new_inbox())
                await connection.flush()
                await connection.flush()  # the first answer may come before what is said against it is passed on
                refused = any("permissions violation" in each and f'"{subject}"'.lower() in each for each in said)
                if refused is may:
                    wrong.append((who, subject, may))
    assert not wrong
    assert len(list(cases())) > 150


async def test_every_subject_is_heard_by_those_who_may_and_by_nobody_else(site):
    wrong = []
    for name in SERVICES:
        async with told(site, name) as (connection, said):
            for who, subject, may in hearing():
                if who != name:
                    continue
                said.clear()
                await connection.subscribe(subject)
                await connection.flush()
                await connection.flush()  # the first answer may come before what is said against it is passed on
                if any("permissions violation" in each for each in said) is may:
                    wrong.append((who, subject, may))
    assert not wrong


async def test_nobody_without_a_key_is_let_in(site):
    with pytest.raises((NatsError, OSError)):
        await nats.connect(site.nats_url, allow_reconnect=False, max_reconnect_attempts=1)
    assert all((site.folder / "keys" / f"{name}.nk").stat().st_mode & 0o777 == 0o600 for name in [*SERVICES, ADMIN])
