"""The stage of one measurement: a nats-server, a store for each of two service processes; all started, all ended."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import uuid4

import psycopg

from deploy.provision import provision
from shared.bus import Bus
from tests.bench.sample import CENTER
from tests.bench.stamps import read
from tests.servers import nats_server

Side = Literal["ours", "peer"]
Kind = Literal["sqlite", "postgres"]
ROOT = Path(__file__).parents[2]
MODULES = {"ours": "shared.recorders", "peer": "eventsourcing"}


@dataclass
class Stage:
    folder: Path
    url: str
    stores: dict[str, dict[str, str]] = field(default_factory=dict)
    committed: dict[str, dict[str, int]] = field(default_factory=dict)  # role -> case -> when; known after the end


def dsn(env: Mapping[str, str], dbname: str) -> str:
    return f"host={env['POSTGRES_HOST']} port={env['POSTGRES_PORT']} user={env['POSTGRES_USER']} dbname={dbname}"


def new_store(side: Side, kind: Kind, folder: Path, postgres: Mapping[str, str]) -> dict[str, str]:
    """An empty store, as the environment of a service would name it."""
    name = f"b{uuid4().hex}"
    module = {"PERSISTENCE_MODULE": f"{MODULES[side]}.{kind}"}
    if kind == "sqlite":
        return module | {"SQLITE_DBNAME": str(folder / f"{name}.sqlite")}
    with psycopg.connect(dsn(postgres, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return dict(postgres) | module | {"POSTGRES_DBNAME": name}


def drop_store(env: Mapping[str, str]) -> None:
    if name := env.get("POSTGRES_DBNAME"):
        with psycopg.connect(dsn(env, "postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def recorded(env: Mapping[str, str]) -> int:
    """Facts on disk, counted past every layer of either side."""
    if path := env.get("SQLITE_DBNAME"):
        with sqlite3.connect(path) as file:
            return int(file.execute("SELECT count(*) FROM stored_events").fetchone()[0])
    with psycopg.connect(dsn(env, env["POSTGRES_DBNAME"])) as connection:
        row = connection.execute("SELECT count(*) FROM stored_events").fetchone()
    return int(row[0]) if row else 0


@asynccontextmanager
async def stage(
    side: Side, kind: Kind, folder: Path, postgres: Mapping[str, str], tuning: Mapping[str, str] = {}
) -> AsyncIterator[Stage]:
    folder = folder / uuid4().hex
    folder.mkdir(parents=True)
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        url = ending.enter_context(nats_server(folder))
        await provision(Bus(url, "admin"), CENTER, ["first", "second"])
        here = Stage(folder, url)
        processes = {}
        for role in ("first", "second"):
            store = here.stores[role] = new_store(side, kind, folder, postgres)
            ending.callback(drop_store, store)
            env = dict(os.environ) | store | tuning | {"NATS_URL": url, "STAMPS": str(folder / f"{role}.stamps")}
            log = ending.enter_context((folder / f"{role}.log").open("wb"))
            run = [sys.executable, "-m", f"tests.bench.{side}", role]
            processes[role] = subprocess.Popen(run, env=env, cwd=ROOT, stdout=log, stderr=log)
            ending.callback(end, processes[role])
        try:
            yield here
        except BaseException as broken:
            logs = [(folder / f"{role}.log").read_text()[-600:] for role in processes]
            broken.add_note("\n".join(logs))
            raise
        for role, process in processes.items():
            process.terminate()
            process.wait(15)
            here.committed[role] = read(folder / f"{role}.stamps")
            if len(here.committed[role]) != (rows := recorded(here.stores[role])):
                raise AssertionError(f"{side} {role}: {len(here.committed[role])} stamped, {rows} on disk")


def end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
