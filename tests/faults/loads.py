"""The scenarios of a center under stress: too many commands, facts that nobody can read, a database that dies."""

import asyncio
import json
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from nats.errors import Error as NatsError

from deploy.auditing.verify import trusted, verify
from deploy.console import Console
from deploy.supervisor import Site
from shared.command_handler import MOST
from tests.bench.flow import percentile
from tests.faults import checker
from tests.faults.faults import JUNK, stop_at_once
from tests.faults.flood import Flood
from tests.faults.ledger import Notebook
from tests.faults.trial import CENTER, Result, everybody, judged, left_behind, people
from tests.servers import free_port, home_of, postgres_server

PEOPLE = 4
MANY = 200  # in flight, where as many are served as can be
CALM = 120.0  # seconds after the flood in which answers must take no longer than before
POISON_CASE = "SMFW-620105-20260302-9999-X"


async def overload(folder: Path, seed: int, *, times: int = 10, seconds: int = 60, again: int = 1000,
                   models: int = 1) -> Result:  # fmt: skip
    """So many times as many commands as can be served, for so long, while four people go on with their work.

    `again`: so many of those who were turned away come once more. `models`: 0 leaves out the rebuild, which takes long.
    """
    result = Result("overload", seed)
    async with Site(folder / "site", CENTER) as site, people(site, folder, seed) as outside:
        await outside.work(PEOPLE, 20)
        notebook = Notebook(folder / f"outside-{seed + 1}.jsonl")
        async with site.console() as connection:
            flood = Flood(connection, CENTER, outside.cases, notebook, f"flood{seed}")
            await flood.listen()
            measured = [await flood.closed(MANY, min(5, seconds)) for _ in range(3)]
            served, before = (max(figures) for figures in zip(*measured, strict=True))  # a machine may stand still
            working = asyncio.create_task(outside.work(PEOPLE))
            began = time.monotonic()
            sent = await flood.open(max(times * served, 2.5 * MOST / seconds), seconds)  # more than may wait, at least
            offered = len(sent) / (time.monotonic() - began)
            await flood.all_answered()
            outside.stopped = True
            await working
            away = flood.turned_away(sent)
            result.figures |= {
                "served before, at best of three, commands/s": round(served),
                "p99 before, at worst (s)": round(before, 3),
                "offered, commands/s": round(offered), "answers": dict(flood.rules(sent)),
                "accepted in the flood, commands/s": round((len(sent) - len(away)) / seconds),
                "p99 of those accepted (s)": round(percentile(flood.waits(sent), 0.99), 3),
            }  # fmt: skip
            result.expect(bool(away), "stuck", "nothing was turned away: it was no overload")
            result.expect(not flood.unclear(sent), "stuck", "turned away without a sentence in both languages")
            began = time.monotonic()
            while (after := (await flood.closed(MANY, 1))[1]) > 2 * before and time.monotonic() - began < CALM:
                pass
            result.figures["seconds until p99 was as before"] = round(time.monotonic() - began - 1, 1)
            result.expect(after <= 2 * before, "stuck", f"p99 is {after:.2f} s, {before:.2f} s before")
            await flood.again(away[:again], MANY)
            result.figures["came again, and their answers"] = dict(flood.rules(away[:again]))
            result.expect(flood.answered_twice == 0, "twice", f"{flood.answered_twice} were answered twice")
        flood.write()
        notebook.close()
        await judged(result, site, [outside], folder)
    left_behind(result, site, everybody([outside]), models=bool(models))
    return result


async def poison(folder: Path, seed: int, *, cases: int = 12) -> Result:
    """Facts in a store that nobody can read, and junk at every door: their neighbours notice nothing."""
    result = Result("poison", seed)
    where = folder / "site"
    async with Site(where, CENTER) as site, people(site, folder, seed) as outside:
        await outside.work(PEOPLE, cases // 2)
        await judged(result, site, [outside], folder)
    planted = {"intake": plant(where / "intake.sqlite")}
    began = time.monotonic()
    async with Site(where, CENTER) as site, people(site, folder, seed + 1) as after:
        await after.one_case()
        result.figures["seconds from the start to the first case that went through"] = round(
            time.monotonic() - began, 1
        )
        answered = await junk(site)
        await after.work(PEOPLE, cases // 2)
        seen = await judged(result, site, [outside, after], folder, planted=planted)
    dead = [letter for store in seen.stores.values() for letter in store.letters if letter.state == "dead"]
    result.figures |= {"planted": len(planted["intake"]), "dead letters": len(dead), "junk answered": answered}
    result.expect({letter.position for letter in dead} == set(planted["intake"]), "stuck",
                  f"dead letters of {sorted({letter.position for letter in dead})}")  # fmt: skip
    stopped = after.begun + 1 - len(after.cases)  # by a rule, and by nothing else
    result.expect(stopped <= after.refused, "stuck", f"{stopped} cases did not go through, {after.refused} refused")
    result.violations += checker.markers(where, everybody([outside, after]))
    found = [finding for one in verify(where, trusted(where, CENTER, None, None)) for finding in one.findings]
    result.figures["what verify says"] = [f"{each.where} {each.kind} {each.first}" for each in found]
    named = {each.first for each in found}
    result.expect(min(planted["intake"]) in named and named <= planted["intake"], "tree", f"verify names {named}")
    return result


def plant(store: Path) -> frozenset[int]:
    """At the end of a store that nobody has open: no JSON; JSON of another shape; a version that nobody knows yet."""
    with closing(sqlite3.connect(store)) as file:
        topic, good = file.execute(
            "SELECT topic, state FROM stored_events WHERE topic LIKE '%request_confirmed.v1%' ORDER BY rowid LIMIT 1"
        ).fetchone()
        fact = json.loads(good)
        fact |= {"id": f"/{CENTER}/intake/request/{POISON_CASE}/2", "case": POISON_CASE}
        shaped = {key: value for key, value in fact.items() if key != "data"} | {"data": {"nobody": "knows"}}
        first = file.execute("SELECT max(rowid) FROM stored_events").fetchone()[0] + 1
        for n, state in enumerate((b"{ no json", json.dumps(shaped).encode(), b"[" * 5000)):
            row = (f"request/{POISON_CASE}", n + 1, topic, state)
            file.execute(
                "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)", row
            )
        file.commit()
    return frozenset(range(first, first + 3))


async def junk(site: Site) -> int:
    """Everything of `JUNK` to every desk; how many answers came, each a refusal."""
    answers = 0
    async with site.console() as connection:
        for service in site.services:
            for body in JUNK:
                answers += await _refused(connection, f"ask.{CENTER}.{service}.register_request", body)
    return answers


async def _refused(connection: Console, subject: str, body: bytes) -> bool:
    try:
        answer = json.loads((await connection.request(subject, body)).data)
    except NatsError:  # not a desk of this service
        return False
    return answer["accepted"] is False and not answer.get("retry")


async def postgres_down(folder: Path, seed: int, *, times: int = 10, crowd: int = PEOPLE) -> Result:
    """All stores on one PostgreSQL that is stopped at once, in the midst of commits, again and again."""
    result, chance = Result("postgres_down", seed), random.Random(seed)  # noqa: S311  # no secret
    (folder / "postgres").mkdir()
    port = free_port()
    where = {"HOST": "127.0.0.1", "PORT": str(port), "USER": "postgres", "PASSWORD": "", "CONNECT_TIMEOUT": "2"}

    def env(service: str) -> dict[str, str]:
        return {f"POSTGRES_{key}": value for key, value in where.items()} | {
            "PERSISTENCE_MODULE": "shared.recorders.postgres", "POSTGRES_DBNAME": service}  # fmt: skip

    services = ["vault", "intake", "scheduling", "visits", "feedback"]
    async with Site(folder / "site", CENTER, services, env=env) as site:
        at = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
        with database(folder, port), psycopg.connect(at, autocommit=True) as admin:
            for service in services:
                admin.execute(f"CREATE DATABASE {service}".encode())
        async with people(site, folder, seed) as outside:
            working = asyncio.create_task(outside.work(crowd))
            for n in range(times):
                with database(folder, port):
                    await asyncio.sleep(chance.uniform(1.0, 4.0) + 4 * (n == 0))
                    stop_at_once(home_of(folder / "postgres") / "pg")
                    await asyncio.sleep(chance.uniform(0.1, 1.0))
            with database(folder, port):
                await asyncio.sleep(2)
                outside.stopped = True
                await working
                again = await outside.say_all_again()
                stores = {service: env(service) for service in services}
                await judged(result, site, [outside], folder, elsewhere=stores)
                result.figures |= {"stopped at once": times, "answered otherwise when all was sent again": again}
                log = (home_of(folder / "postgres") / "pg.log").read_text("utf-8", "replace")
                result.expect(log.count("immediate shutdown request") >= times, "stuck", "it was not stopped at once")
    return result


@contextmanager
def database(folder: Path, port: int) -> Iterator[None]:
    with postgres_server(folder / "postgres", port, durable=True):
        yield
