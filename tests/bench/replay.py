"""`python -m tests.bench.replay [--facts 1000000]`: what reading the past again costs, beside the library's own way.

A golden month's facts, with case numbers of other years, until there are as many as asked. The peer is a stock
application of the `eventsourcing` library: its recorder, its table, its `Mapper` with its JSON transcoder and a
`DomainEvent` of the same content, read by `select_notifications` in pages and folded by the same deciders. Ours reads
the rows of our table and folds by `deploy.auditing.folding`. Both must come to the same situations. One process,
one core; figures are facts per second of wall time and of processor time.
"""

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
from eventsourcing.persistence import InfrastructureFactory, JSONTranscoder, Mapper, StoredEvent
from eventsourcing.persistence import DatetimeAsISO, DecimalAsStr, UUIDAsHex

from deploy.auditing.book import Book
from deploy.auditing.case_data import case_view, source
from deploy.auditing.folding import Folding
from deploy.desks import parts_of
from deploy.facts import SERVICES
from services.audit.ledger import Ledger
from shared.recorders import open_recorder
from shared.transparency.checkpoint import origin_of
from shared.transparency.tree import DEFAULT, check_levels, levels
from tests.bench.conditions import conditions
from tests.history.golden import documents, months
from tests.servers import postgres_server

PAGE, SITE, ASKED = 5000, "620105", 200
Row = tuple[str, int, str, bytes]  # stream, version, kind, document


class Happened:
    """What a stock application would store of a fact: the same content, in the library's own form."""

    originator_id: str
    originator_version: int

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


class Rate(NamedTuple):
    wall: int  # facts per second
    cpu: int


def facts(count: int) -> Iterator[Row]:
    """The golden month again and again: streams of cases by another year, other streams by another key."""
    month = list(documents(months()[-1]))
    heads = [json.loads(document) for document in month]
    made = 0
    for copy in range(count // len(month) + 1):
        for document, said in zip(month, heads, strict=True):
            if made == count:
                return
            made += 1
            stream, version = said["subject"], said["id"].rpartition("/")[2]
            number = f"SMFW-{SITE}-{2100 + copy}"
            renamed = stream.replace(f"SMFW-{SITE}-2026", number)
            renamed = renamed if renamed != stream else f"{stream}.{copy}"
            moved = document.replace(f"SMFW-{SITE}-2026".encode(), number.encode())
            if renamed.endswith(f".{copy}"):
                moved = moved.replace(f'/{stream}/{version}"'.encode(), f'/{renamed}/{version}"'.encode(), 1)
                moved = moved.replace(f'"subject":"{stream}"'.encode(), f'"subject":"{renamed}"'.encode(), 1)
            yield renamed, int(version), said["type"], moved


def timed(count: int, work: Callable[[], Any]) -> tuple[Rate, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return Rate(round(count / (time.perf_counter() - wall)), round(count / (time.process_time() - cpu))), result


def mapper() -> Mapper[Any]:
    transcoder = JSONTranscoder()
    for each in (DatetimeAsISO(), DecimalAsStr(), UUIDAsHex()):
        transcoder.register(each)
    return Mapper(transcoder)


def stock(row: Row, of: Mapper[Any]) -> StoredEvent:
    said = json.loads(row[3])
    said |= {"time": datetime.fromisoformat(said["time"]), "recordedat": datetime.fromisoformat(said["recordedat"])}
    return of.to_stored_event(Happened(originator_id=row[0], originator_version=row[1], kind=row[2], **said))  # type: ignore[arg-type]  # its form


def folded_by_stock(recorder: Any, folding: Folding, kinds: Mapping[str, Any]) -> dict[str, Any]:
    states, of, start = dict[str, Any](), mapper(), 1
    while page := recorder.select_notifications(start, PAGE):
        for notification in page:
            event: Any = of.to_domain_event(notification)
            stream, decider = event.originator_id, folding.deciders[event.originator_id.partition("/")[0]]
            states[stream] = decider.evolve(
                states.get(stream, decider.initial), kinds[event.kind].model_validate(event.data)
            )
        start = page[-1].id + 1
    return states


def fill(folder: Path, postgres: Mapping[str, str], kind: str, count: int) -> tuple[dict[str, str], dict[str, str]]:
    """Ours and the stock store, each in its own table."""
    envs = []
    for side in ("ours", "peer"):
        if kind == "sqlite":
            env = {"SQLITE_DBNAME": str(folder / f"{side}.sqlite"), "PERSISTENCE_MODULE": "eventsourcing.sqlite"}
        else:
            name = f"replay{side}{uuid4().hex[:8]}"
            with psycopg.connect(where(postgres, "postgres"), autocommit=True) as db:
                db.execute(f"CREATE DATABASE {name}".encode())
            env = {**postgres, "POSTGRES_DBNAME": name, "PERSISTENCE_MODULE": "eventsourcing.postgres"}
        envs.append(env)
    ours, peer = envs[0] | {"PERSISTENCE_MODULE": f"shared.recorders.{kind}"}, envs[1] | {"ORIGINATOR_ID_TYPE": "text"}
    factory, _ = open_recorder(ours)
    factory.close()
    stock_factory = InfrastructureFactory[Any].construct(peer)
    recorder, of = stock_factory.application_recorder(), mapper()
    numbered = enumerate(facts(count), 1)
    if kind == "sqlite":
        with closing(sqlite3.connect(ours["SQLITE_DBNAME"])) as db:
            db.executemany("INSERT INTO stored_events VALUES (?,?,?,?,?)", ((n, *row) for n, row in numbered))
            db.commit()
    else:
        with (
            psycopg.connect(where(ours, ours["POSTGRES_DBNAME"])) as db,
            db.cursor().copy("COPY stored_events FROM STDIN") as copy,
        ):
            for n, row in numbered:
                copy.write_row((n, *row))
    rows = facts(count)
    while page := list(islice(rows, PAGE)):
        recorder.insert_events([stock(row, of) for row in page])
    stock_factory.close()
    return ours, peer


def where(env: Mapping[str, str], name: str) -> str:
    return f"host={env['POSTGRES_HOST']} port={env['POSTGRES_PORT']} user={env['POSTGRES_USER']} dbname={name}"


def rows_of(env: Mapping[str, str]) -> Iterator[tuple[str, str, bytes]]:
    if "SQLITE_DBNAME" in env:
        with closing(sqlite3.connect(f"file:{env['SQLITE_DBNAME']}?mode=ro", uri=True)) as db:
            yield from db.execute("SELECT originator_id, topic, state FROM stored_events ORDER BY rowid")
        return
    with psycopg.connect(where(env, env["POSTGRES_DBNAME"])) as db, db.cursor("facts") as cursor:
        cursor.itersize = PAGE
        yield from cursor.execute(
            "SELECT originator_id, topic, state FROM stored_events ORDER BY notification_id", binary=True
        )


def replay(folder: Path, postgres: Mapping[str, str], kind: str, count: int) -> dict[str, Any]:
    folding = Folding(*map(parts_of, SERVICES))
    kinds = {fact.type: fact for each in folding.deciders.values() for fact in each.facts}
    ours, peer = fill(folder, postgres, kind, count)
    factory = InfrastructureFactory[Any].construct(peer)
    recorder = factory.application_recorder()
    theirs, expected = timed(count, lambda: folded_by_stock(recorder, folding, kinds))
    factory.close()
    mine, found = timed(count, lambda: folding.states(rows_of(ours)))
    assert found == expected, "not the same situations"
    return {
        "stock": theirs._asdict(),
        "ours": mine._asdict(),
        "streams": len(found),
        "times as fast (wall)": round(mine.wall / theirs.wall, 2),
        "times as fast (cpu)": round(mine.cpu / theirs.cpu, 2),
    }


def tree(count: int) -> dict[str, Any]:
    """Leaves hashed, the tree built, then every leaf's way to the root checked: all of them share their nodes."""
    stored = [row[3] for row in facts(count)]

    def built_and_checked() -> bytes:
        whole = levels([DEFAULT.leaf(each) for each in stored])
        check_levels([[DEFAULT.leaf(each) for each in stored], *whole[1:]])
        return whole[-1][0]

    rate, _ = timed(count, built_and_checked)
    return rate._asdict()


def pages(folder: Path, count: int) -> dict[str, Any]:
    """Milliseconds of all that `case N` works out before it draws, from a ledger of so many facts."""
    ledger = Ledger(folder / "audit.sqlite")
    logs = {name: ledger.log(SITE, name, origin_of(SITE, name, DEFAULT)) for name in SERVICES}
    trees, waiting = {name: log.tree(DEFAULT) for name, log in logs.items()}, {name: list[bytes]() for name in SERVICES}
    cases = dict[str, None]()
    for stream, _, _, document in facts(count):
        service = document.partition(b'"source":"')[2].partition(b'"')[0].rpartition(b"/")[2].decode()
        waiting[service].append(document)
        if stream.startswith("request/"):
            cases[stream.partition("/")[2]] = None
        if len(waiting[service]) == PAGE:
            logs[service].add(trees[service], waiting[service])
            waiting[service] = []
    for service, rest in waiting.items():
        logs[service].add(trees[service], rest)
    book, took = Book(ledger), list[float]()
    asked = list(cases)[:: max(1, len(cases) // ASKED)]
    for number in (asked[0], *asked):
        began = time.perf_counter()
        assert case_view(number, source(book, number), "zh").steps
        took.append((time.perf_counter() - began) * 1000)
    ledger.close()
    cuts = quantiles(took[1:], n=100)
    return {"cases asked": len(asked), "p50 ms": round(cuts[49], 1), "p99 ms": round(cuts[98], 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["sqlite", "postgres", "tree", "case"], action="append")
    args = parser.parse_args()
    only = args.only or ["sqlite", "postgres", "tree", "case"]
    with tempfile.TemporaryDirectory(prefix="doorstep-replay-") as name, postgres_server(Path(name)) as postgres:
        folder = Path(name)
        tell("conditions", {"at": datetime.now(UTC).isoformat(), "facts": args.facts, **conditions(folder, postgres)})
        for kind in (each for each in ("sqlite", "postgres") if each in only):
            tell(kind, replay(folder, postgres, kind, args.facts))
        if "tree" in only:
            tell("tree", tree(args.facts))
        if "case" in only:
            tell("case", pages(folder, args.facts))


def tell(what: str, seen: Any) -> None:
    print(json.dumps({what: seen}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
