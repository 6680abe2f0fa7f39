"""A service says what its store holds by the digest of a range; at a running site reconciling opens no store."""

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from deploy.auditing import reconcile as reconciling
from deploy.auditing.asking import Digest, NotAnswered, asked_hashes, halved
from deploy.auditing.reconcile import reconcile
from deploy.cli import main
from deploy.commands import run
from deploy.permissions import of_service
from deploy.running import noted
from deploy.supervisor import Site
from shared import service
from shared.bus import Bus
from shared.clock import PlayedClock
from shared.recorders import open_recorder
from shared.transparency.tree import DEFAULT, SUITES, root_of
from tests.audit.by_sql import sql
from tests.audit.conftest import FACTS, documents
from tests.audit.test_readme import first_column
from tests.given import anning
from tests.journey.playing import CENTER, sample
from tests.machinery.conftest import sqlite
from tests.machinery.sample import UPPER

pytestmark = [pytest.mark.nats, pytest.mark.timeout(120)]
HASHES = [DEFAULT.leaf(str(n).encode()) for n in range(1, 1001)]
OTHER = DEFAULT.leaf(b"other")


def asking(store):
    """(a question that is answered from this, the questions that were asked); nothing stands for a missing fact."""
    questions = []

    async def ask(first, last):
        questions.append((first, last))
        there = [each for each in store[first - 1 : last] if each]
        return Digest(len(store), len(there), root_of(there))

    return ask, questions


async def test_one_fact_among_a_thousand_is_found_by_a_few_questions():
    store = [*HASHES[:699], OTHER, *HASHES[700:]]
    ask, questions = asking(store)
    assert await halved(ask, HASHES, DEFAULT) == store
    assert (700, 700) in questions
    assert len(questions) <= 2 + 2 * 10  # the head, the whole, and both halves ten times


@pytest.mark.parametrize(
    "store",
    [HASHES, [], HASHES[:640], [*HASHES, OTHER], [*HASHES[:9], b"", *HASHES[10:]], [b"", *HASHES[1:500], OTHER],
     [*HASHES[:300], HASHES[301], HASHES[300], *HASHES[302:]], [OTHER] * 1000],
    ids=["same", "empty", "cut", "longer", "taken_out", "three_ways", "swapped", "all"],
)  # fmt: skip
async def test_what_the_store_holds_is_told_by_its_digests_alone(store):
    ask, _ = asking(store)
    assert await halved(ask, HASHES, DEFAULT, widest=256) == store


@contextlib.contextmanager
def over(folder, name):
    """A service over that store, with nobody on the bus."""
    factory, recorder = open_recorder(sqlite(folder, name))
    upper = service.Service(UPPER, bus=Bus("nats://127.0.0.1:1", "upper"), center=CENTER, site=CENTER,
                            recorder=recorder, clock=PlayedClock(), rules=anning())  # fmt: skip
    try:
        yield upper
    finally:
        upper.handler._writer.shutdown()
        factory.close()


async def told(upper, **asked):
    said = json.loads(await upper._digest(json.dumps(asked).encode()))
    return said["head"], said["count"], bytes.fromhex(said["root"])


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
async def test_a_digest_is_the_root_over_the_stored_bytes(site, suite, monkeypatch):
    monkeypatch.setattr(service, "PAGE", 7)
    leaves = [suite.leaf(event.state) for event in documents("visits")]
    with over(site, "visits") as visits:
        for first, last in [(1, FACTS), (5, 30), (17, 17), (45, 99), (51, 60), (3, 2)]:
            inside = leaves[first - 1 : last]
            said = await told(visits, first=first, last=last, suite=suite.name)
            assert said == (FACTS, len(inside), root_of(inside, suite))
        assert (await told(visits, first=17, last=17, suite=suite.name))[2] == leaves[16]
        with pytest.raises(ValueError, match="suite"):
            await told(visits, first=1, last=2, suite="sm2")


async def test_a_digest_is_over_so_many_facts_at_most(site, monkeypatch):
    assert service.DIGESTED == 20_000
    monkeypatch.setattr(service, "DIGESTED", 20)
    leaves = [DEFAULT.leaf(event.state) for event in documents("visits")]
    with over(site, "visits") as visits:
        assert await told(visits, first=11, last=50) == (FACTS, 20, root_of(leaves[10:30]))
        assert await told(visits, first=11) == (FACTS, 20, root_of(leaves[10:30]))


async def test_where_a_row_was_taken_out_no_later_one_is_counted_for_it(site):
    sql(site / "visits.sqlite", "DELETE FROM stored_events WHERE rowid IN (17, 50)")
    leaves = [DEFAULT.leaf(event.state) for event in documents("visits")]
    with over(site, "visits") as visits:
        assert await told(visits, first=17, last=17) == (49, 0, root_of([]))
        assert await told(visits, first=16, last=18) == (49, 2, root_of([leaves[15], leaves[17]]))


def test_the_questions_that_the_audit_may_ask_are_those_of_its_readme():
    may = of_service("audit", CENTER, CENTER, ["audit", "visits"]).publish
    assert {each.rpartition(".")[2] for each in may if each.startswith("ask.")} == first_column("of a service")[0]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A site that runs, and whose stores somebody changed under it."""
    folder, ledger = tmp_path_factory.mktemp("digested") / "site", sample(3)
    run.prepare(folder, ledger, fresh=False)
    with Site(folder, CENTER, mode="played") as site:
        asyncio.run(run.play(ledger, site))
        text = "UPDATE stored_events SET state = replace(CAST(state AS TEXT), ':', ' :') WHERE rowid"
        sql(folder / "intake.sqlite", f"{text} IN (2, 3, 7)")
        sql(
            folder / "visits.sqlite",
            "DELETE FROM stored_events WHERE rowid > (SELECT max(rowid) FROM stored_events) - 2",
        )
        sql(folder / "vault.sqlite", "DELETE FROM stored_events WHERE rowid = 2")
        yield site


@pytest.fixture
def opened(monkeypatch):
    """The names of the databases that are opened in this process."""
    names, connect = set[str](), sqlite3.connect

    def noting(database, *args, **more):
        names.add(Path(str(database).partition("?")[0]).name)
        return connect(database, *args, **more)

    def never(*_):
        raise AssertionError("a store is read")

    monkeypatch.setattr(sqlite3, "connect", noting)
    monkeypatch.setattr(reconciling, "scan_store", never)
    return names


def test_at_a_running_site_the_services_are_asked_and_no_store_is_opened(running, opened):
    found = {three.service: three for three in reconcile(running.folder)}
    assert opened == {"audit.sqlite"}
    differs, missing = ("differs", "same", "same"), ("missing", "same", "same")
    assert [tuple(each) for each in found["intake"].ranges] == [(2, 3, differs), (7, 7, differs)]
    store, stream, kept = found["visits"].sizes
    assert (store + 2, stream) == (kept, kept)
    assert [tuple(each) for each in found["visits"].ranges] == [(kept - 1, kept, missing)]
    assert [tuple(each) for each in found["vault"].ranges] == [(2, 2, missing)]
    assert not found["scheduling"].ranges
    assert len(set(found["scheduling"].sizes)) == 1


def test_who_may_not_read_the_log_gets_no_digest(running):
    async def digest(actor):
        async with running.console() as connection:
            body = json.dumps({"actor": actor, "first": 1, "last": 2}).encode()
            return json.loads((await connection.request(f"ask.{CENTER}.visits.digest", body)).data)

    assert asyncio.run(digest("clerk:A01"))["rule"] == "ROLE"
    assert asyncio.run(digest("auditor:A01"))["count"] == 2


async def test_who_says_no_or_nothing_has_not_answered(running):
    for silent in ("audit", "nobody"):  # the first has no such question
        with pytest.raises(NotAnswered, match=silent):
            await asked_hashes(noted(running.folder), silent, [], DEFAULT)


def test_a_service_that_does_not_answer_leaves_it_open(running, monkeypatch, capsys):
    async def silent(*_):
        raise NotAnswered("visits")

    monkeypatch.setattr(reconciling, "asked_hashes", silent)
    assert main(["audit", "reconcile", "--folder", str(running.folder), "--en"]) == 3
    assert "visits does not answer" in capsys.readouterr().out


def test_asked_or_read_the_same_ranges_are_named(running):
    """The last one here: it ends the site."""
    asked = reconcile(running.folder)
    running.stop()
    assert noted(running.folder) is None
    assert reconcile(running.folder) == asked
    assert [three.service for three in asked if three.ranges] == ["intake", "vault", "visits"]
