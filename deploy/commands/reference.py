"""`doorstep reference publish|show|follow`: rules, calendars, catalogues, texts; sent by the hub, used by centers.

Exit codes: 0 done, 1 not sent, 2 not understood, 3 nothing there.
"""

import argparse
import asyncio
import json
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.auditing.access import NotNoted, note
from deploy.commands import help_for, language, say, var
from deploy.commands.backup import OPERATOR
from deploy.commands.doctor import site_folder
from deploy.commands.looking import NoAnswer, answered
from deploy.facts import NothingHere
from deploy.keys import ADMIN, bus_of
from deploy.reference.checking import Wrong
from deploy.reference.documents import ALL, Document
from deploy.reference.publishing import Refusing, SentMeanwhile, Wanted, publish, sent_last, wanted
from deploy.reference.taking import Taker, taken
from deploy.running import noted
from deploy.sites.beside import AWAY
from deploy.sites.settings import Settings, read
from deploy.sites.units import address
from deploy.supervisor import CENTERS, SAMPLE
from services.audit.events import ReferencePublished, SentDocument
from shared.bus import ONCE
from shared.words import catalogue, word


def add(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    sending = what.add_parser("publish", help=help_for("reference_publish"))
    sending.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=help_for("reference_paths"))
    sending.add_argument("--center", action="append", default=[], metavar="CODE", help=help_for("reference_center"))
    showing = what.add_parser("show", help=help_for("reference_show"))
    showing.add_argument("--json", action="store_true", help=help_for("json"))
    following = what.add_parser("follow", help=help_for("reference_follow"))
    for each in (sending, showing, following):
        each.add_argument("--folder", type=Path, help=help_for("folder"))


@answered
def main(args: argparse.Namespace) -> int:
    hub = var() / "hub"
    folder = args.folder or (hub if args.what == "publish" and (hub / "nats.conf").exists() else None)
    site = site_folder(folder)
    settings = read(site)
    if settings is None or not (settings.kind == "hub" or settings.dial):
        raise NoAnswer("reference_alone", 2, folder=site)
    if args.what == "publish":
        return _publish(args, site, settings)
    if args.what == "follow":
        return _follow(site, settings)
    return _sent(args, site, settings) if settings.kind == "hub" else _in_use(args, site)


def _publish(args: argparse.Namespace, hub: Path, settings: Settings) -> int:
    if settings.kind != "hub":
        raise NoAnswer("reference_no_hub", 2, folder=hub)
    if strange := [code for code in args.center if code not in settings.centers]:
        raise NoAnswer("reference_no_center", 2, codes=strange, known=list(settings.centers))
    try:
        wish = wanted(args.paths, args.center, settings.centers, CENTERS / SAMPLE)
        sent = asyncio.run(_send(hub, settings, wish))
    except Refusing as no:
        _show_wrong(no.wrong)
        raise NoAnswer("reference_not_sent", 1) from None
    except SentMeanwhile:
        raise NoAnswer("reference_again", 1) from None
    except AWAY as away:
        raise NoAnswer("reference_away", 1, cause=type(away).__name__) from None
    if not sent:
        say("reference_known")
        return 0
    _show(["audience", "name", "revision", "digest"], (each.about() for each in sent))
    fact = ReferencePublished(
        centers=tuple(args.center),
        documents=tuple(SentDocument(name=each.name, revision=each.revision, digest=each.digest) for each in sent),
    )
    try:
        note(hub, OPERATOR, fact)
    except (NotNoted, NothingHere):
        say("not_noted")
    say("reference_sent", documents=len(sent), audience=args.center or list(settings.centers))
    return 0


async def _send(hub: Path, settings: Settings, wish: Wanted) -> list[Document]:
    connection = await bus_of(hub, _url(hub, settings), ADMIN).connect(**ONCE)
    try:
        return await publish(connection.jetstream(), wish, OPERATOR)
    finally:
        await connection.close()


async def _known(hub: Path, settings: Settings) -> list[Document]:
    connection = await bus_of(hub, _url(hub, settings), ADMIN).connect(**ONCE)
    try:
        _, last = await sent_last(connection.jetstream())
        return [document for _, document in sorted(last.values(), key=lambda each: each[0])]
    finally:
        await connection.close()


def _url(site: Path, settings: Settings) -> str:
    running = noted(site)
    return running.nats_url if running and running.alive else address(settings)


def _sent(args: argparse.Namespace, hub: Path, settings: Settings) -> int:
    try:
        known = [each.about() for each in asyncio.run(_known(hub, settings))]
    except AWAY as away:
        raise NoAnswer("reference_away", 1, cause=type(away).__name__) from None
    if args.json:
        print(json.dumps(known, ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
        return 0
    if not known:
        raise NoAnswer("reference_nothing", 3)
    _show(["audience", "name", "revision", "sent_at", "by", "digest"], known)
    return 0


def _in_use(args: argparse.Namespace, site: Path) -> int:
    now = taken(site)
    if now is None:
        raise NoAnswer("reference_nothing", 3)
    if args.json:
        said = {"version": now.version, "since": now.since, "documents": now.documents,
                "refused": [each._asdict() for each in now.refused]}  # fmt: skip
        print(json.dumps(said, ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
        return 0
    if now.documents:
        _show(["name", "audience", "revision", "sent_at", "by", "digest"], now.documents)
    say("reference_in_use", version=now.version, since=now.since)
    if now.refused:
        _show_wrong(now.refused)
        say("reference_bad")
    return 0


def _follow(site: Path, settings: Settings) -> int:
    """For systemd and Compose, which keep it: until it is ended."""
    if settings.kind == "hub":
        raise NoAnswer("reference_alone", 2, folder=site)

    def tell(event: str, **about: Any) -> None:
        print(json.dumps({"event": event, **about}, ensure_ascii=False), flush=True)  # noqa: T201  # its log

    bus = bus_of(site, _url(site, settings), ADMIN)
    Taker(lambda: bus, site, site / settings.data, settings.center, tell).start()
    threading.Event().wait()
    return 0


def _show(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    shown = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in columns:
        shown.add_column(word("reference", f"col_{name}", language()), overflow="fold")
    for row in rows:
        said = row | {"digest": row["digest"][:16]}
        said |= {"audience": word("reference", "all", language())} if row["audience"] == ALL else {}
        shown.add_row(*(str(said[name]) for name in columns))
    Console(highlight=False).print(shown)


def _show_wrong(wrong: Iterable[Wrong]) -> None:
    shown, words = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False), catalogue()["reference"]
    for name in ("name", "key", "why"):
        shown.add_column(word("reference", f"col_{name}", language()), overflow="fold")
    for each in wrong:
        why = word("reference", f"why_{each.why}", language()) if f"why_{each.why}" in words else each.why
        shown.add_row(each.file, each.key, why)
    Console(highlight=False).print(shown, markup=False)
