"""What is done to a stream by one with every right over the broker is found, and the command that is named helps."""

import asyncio
import re
import shutil
import time
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple
from uuid import uuid4

import pytest

from deploy.auditing.reconcile import reconcile
from deploy.auditing.verify import FOUND, PROVED, trusted, verify
from deploy.cli import main
from deploy.keys import ADMIN
from deploy.processes import free_port
from deploy.provision import stream_name
from deploy.running import end
from deploy.sites.making import make_center
from deploy.sites.settings import NAME
from deploy.sites.stores import on_servers, store_of
from deploy.supervisor import Site
from tests.audit.by_sql import connected, sql
from tests.audit.conftest import STORES
from tests.faults.settling import settled
from tests.faults.trial import CENTER, people

pytestmark = [pytest.mark.long, pytest.mark.nats, pytest.mark.timeout(300)]
STREAM = stream_name(CENTER, "intake")


class Message(NamedTuple):
    subject: str
    headers: dict[str, str]
    data: bytes


@pytest.fixture(scope="module", params=STORES)
def lived(request, tmp_path_factory):
    """A live center that was stopped, on either store; nobody has harmed it yet."""
    folder = tmp_path_factory.mktemp("harmed") / "site"
    make_center(folder, CENTER, store=request.param, listen="127.0.0.1:0")
    if request.param == "postgres":
        databases(folder, request.getfixturevalue("postgres"))
    asyncio.run(life(folder))
    return folder


def databases(folder, server):
    """One for each process, empty or as those of the folder that was copied; and the env files that name them."""
    with closing(connected(server | {"POSTGRES_DBNAME": "postgres"})) as db:
        where = f'"{server["POSTGRES_HOST"]}:{server["POSTGRES_PORT"]}"'
        settings = folder / NAME
        settings.write_text(re.sub("database = .*", f"database = {where}", settings.read_text("utf-8")), "utf-8")
        for path in (folder / "env").iterdir():
            before = store_of(folder, path.stem).env["POSTGRES_DBNAME"]
            name, template = f"t{uuid4().hex}", "template0" if before.startswith("doorstep_") else before
            db.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            kept = [line for line in path.read_text().splitlines() if not line.startswith("POSTGRES")]
            said = server | {"POSTGRES_DBNAME": name, "POSTGRES_PASSWORD": "not-asked-for"}
            path.write_text("\n".join([*kept, *(f"{key}={value}" for key, value in said.items())]) + "\n")


async def life(folder):
    async with Site(folder, CENTER) as site, people(site, folder.parent, 1) as outside, site.console() as connection:
        await outside.work(2, 4)
        await settled(site, connection, 60)


@pytest.fixture
def folder(lived, request, tmp_path):
    """A copy, to do with as one likes."""
    folder = shutil.copytree(lived, tmp_path / "site")
    if on_servers(folder):
        databases(folder, request.getfixturevalue("postgres"))
    return folder


async def harm(site, what):
    """Reads the stream, makes it anew without its bolts, and does `what` to it."""
    admin, intake = await site.bus(ADMIN).connect(), await site.bus("intake").connect()
    try:
        jetstream = admin.jetstream()
        info = await jetstream.stream_info(STREAM)
        read = [await jetstream.get_msg(STREAM, seq) for seq in range(1, info.state.last_seq + 1)]
        messages = [Message(one.subject, {"Nats-Msg-Id": one.headers["Nats-Msg-Id"]}, one.data) for one in read]
        await jetstream.delete_stream(STREAM)
        await jetstream.add_stream(replace(info.config, deny_delete=False, deny_purge=False))
        for one in what.before(messages):
            await intake.jetstream().publish(one.subject, one.data, headers=one.headers)
        await what.after(jetstream, len(messages))
        return len(messages)
    finally:
        await admin.close()
        await intake.close()


class Harm:
    """`ranges`: which positions the stream then lacks or has otherwise, of so many; `repair`: what the command says."""

    state, repair = "missing", "./doorstep rebuild"

    def before(self, messages):
        return messages

    async def after(self, jetstream, count):
        pass


class Removed(Harm):
    """One message, overwritten on the disk."""

    async def after(self, jetstream, count):
        assert await jetstream.delete_msg(STREAM, 5)  # nats-py asks for the secure way

    def ranges(self, count):
        return [(5, 5)]


class Purged(Harm):
    """All of them."""

    async def after(self, jetstream, count):
        assert await jetstream.purge_stream(STREAM)

    def ranges(self, count):
        return [(1, count)]


class PurgedAtTheHead(Harm):
    """As if they had aged out; they are of today."""

    async def after(self, jetstream, count):
        assert await jetstream.purge_stream(STREAM, seq=8)

    def ranges(self, count):
        return [(1, 7)]


class CutOff(Harm):
    """The stream holds fewer than it did, and says so."""

    repair = "./doorstep up"

    def before(self, messages):
        return messages[:-3]

    def ranges(self, count):
        return [(count - 2, count)]


class Changed(Harm):
    """A byte of one fact."""

    state = "differs"

    def before(self, messages):
        other = messages[6]._replace(data=messages[6].data.replace(b'"live"', b'"love"'))
        assert other != messages[6]
        return [*messages[:6], other, *messages[7:]]

    def ranges(self, count):
        return [(7, 7)]


class Swapped(Changed):
    """Two facts under each other's names."""

    def before(self, messages):
        one, other = messages[3], messages[8]
        messages[3], messages[8] = one._replace(data=other.data), other._replace(data=one.data)
        return messages

    def ranges(self, count):
        return [(4, 4), (9, 9)]


def harmed(folder, what):
    """How many facts there were. The broker alone is up: nobody mends anything meanwhile."""
    with Site(folder, CENTER, []) as site:
        count = asyncio.run(harm(site, what))
        found = {three.service: three for three in reconcile(folder)}
        said = main(["audit", "reconcile", "--folder", str(folder)])
    states = ("same", what.state, "same")
    assert [tuple(each) for each in found["intake"].ranges] == [(*each, states) for each in what.ranges(count)]
    assert [name for name, three in found.items() if three.ranges] == ["intake"]
    assert said == FOUND
    return count


@pytest.mark.parametrize("what", [Removed(), Purged(), PurgedAtTheHead(), CutOff(), Changed(), Swapped()],
                         ids=lambda what: type(what).__name__)  # fmt: skip
def test_what_was_done_to_a_stream_is_named_with_the_command_that_puts_it_right(folder, what, capsys):
    count = harmed(folder, what)
    told = capsys.readouterr().out
    for first, last in what.ranges(count):
        assert f"{first}–{last}" in told
    assert what.repair in next(line for line in told.splitlines() if "./doorstep" in line)
    standings = verify(folder, trusted(folder, CENTER, None, None))
    assert [each.findings for each in standings if each.findings] == [], "stores and ledger are what they were"


def test_an_untouched_site_agrees(folder, capsys):
    assert main(["audit", "reconcile", "--folder", str(folder)]) == PROVED
    capsys.readouterr()


def test_a_store_that_was_harmed_is_told_from_a_stream_that_was(folder, capsys):
    with Site(folder, CENTER, []):
        changed = "UPDATE stored_events SET state = CAST(replace(state, '\"live\"', '\"love\"') AS BLOB)"
        sql(folder / "intake.sqlite", f"{changed} WHERE rowid = 6")
        found = {three.service: three for three in reconcile(folder)}
        assert [tuple(each) for each in found["intake"].ranges] == [(6, 6, ("differs", "same", "same"))]
        assert main(["audit", "reconcile", "--folder", str(folder)]) == FOUND
    assert "从备份恢复" in capsys.readouterr().out


@pytest.mark.parametrize("what", [Removed(), Changed(), CutOff()], ids=lambda what: type(what).__name__)
def test_the_command_that_is_named_puts_it_right(folder, what, capsys):
    harmed(folder, what)
    path = folder / "site.toml"  # commands that come from elsewhere find it again
    path.write_text(path.read_text("utf-8").replace("127.0.0.1:0", f"127.0.0.1:{free_port()}"), "utf-8")
    try:
        assert main([what.repair.removeprefix("./doorstep "), *(["-d"] if what.repair.endswith("up") else []),
                     "--folder", str(folder)]) == 0  # fmt: skip
        until = time.monotonic() + 60
        while (code := main(["audit", "reconcile", "--folder", str(folder)])) != PROVED and time.monotonic() < until:
            time.sleep(0.5)
        assert code == PROVED, capsys.readouterr().out
    finally:
        end(folder)
