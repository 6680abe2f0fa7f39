"""`doorstep run [LEDGER]`: start everything, play the ledger's month through the services, show what came of it."""

import argparse
import asyncio
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy import history
from deploy.auditing.demonstration import sealed, show_verified
from deploy.commands import ROOT, SAMPLE_CENTER, help_for, language, say, var
from deploy.commands.report import show_indicators, show_outcomes, show_rows
from deploy.facts import Site as Facts
from deploy.ledger.problems import LedgerUnreadable
from deploy.ledger.reading import Ledger, read_ledger
from deploy.play.engine import Engine, Story, Untaken
from deploy.play.story import Teller, last_moment
from deploy.supervisor import CENTERS, AlreadyRunning, Site
from shared.calendar import SHANGHAI
from shared.rules import load_rules
from shared.sealed import VaultClient

SAMPLE = ROOT / "deploy" / "samples" / "ledger-2026-03.csv"
FINISHED, MARK = "finished.json", "ledger.json"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ledger", nargs="?", type=Path, default=SAMPLE, help=help_for("ledger"))
    parser.add_argument("--center", default=SAMPLE_CENTER, help=help_for("center_code"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--fresh", action="store_true", help=help_for("fresh"))
    parser.add_argument("--show", default=None, metavar="SERIAL", help=help_for("show"))


def main(args: argparse.Namespace) -> int:
    zh = language() == "zh"
    if not args.ledger.is_file():
        say("no_ledger", path=args.ledger)
        return 2
    if not (CENTERS / args.center).is_dir():
        say("unknown_center", center=args.center)
        return 2
    try:
        ledger = read_ledger(args.ledger)
    except LedgerUnreadable as unreadable:
        say(
            "bad_ledger", cause=f"{unreadable.zh}；{unreadable.do_zh}" if zh else f"{unreadable.en}; {unreadable.do_en}"
        )
        return 2
    folder = (args.folder or var() / "played").resolve()
    prepare(folder, ledger, fresh=args.fresh)
    started = time.monotonic()
    try:
        with Site(folder, args.center, mode="played") as site:
            stories, engine = asyncio.run(play(ledger, site))
    except AlreadyRunning:
        say("already", folder=folder)
        return 3
    except (KeyboardInterrupt, SystemExit):
        say("interrupted")
        return 130
    (folder / FINISHED).write_text(json.dumps({"digest": ledger.digest}), "utf-8")
    tell(folder, ledger, stories, engine, args.show, time.monotonic() - started)
    if "audit" in site.services:
        show_verified(folder, site.site)
    return 0


def prepare(folder: Path, ledger: Ledger, *, fresh: bool) -> None:
    """A run that was broken off goes on; a finished one, or one of another ledger, is put aside (one is kept)."""
    mark = folder / MARK
    same = mark.exists() and json.loads(mark.read_text("utf-8"))["digest"] == ledger.digest
    if mark.exists() and same and not fresh and not (folder / FINISHED).exists():
        say("continuing", folder=folder)
    elif mark.exists():
        aside = folder.with_name(folder.name + ".previous")
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
        say("fresh_start", folder=aside)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps({"digest": ledger.digest}), "utf-8")
    rows = [asdict(problem) for problem in ledger.problems]
    (folder / "rows.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")


async def play(
    ledger: Ledger, site: Site, watch: Callable[[Engine], None] = lambda _: None
) -> tuple[list[Story], Engine]:
    """Every row's commands in time order through the desks of the services."""
    async with site.console(max_reconnect_attempts=-1, reconnect_time_wait=0, allow_reconnect=True) as connection:
        rules = load_rules(CENTERS / site.center)
        teller = Teller(VaultClient(connection, site.center), rules, site.center, ledger.digest)
        stories = [teller.story(row) for row in ledger.rows]
        steps = sum(len(story.steps) for story in stories)
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[now]}"),
            TimeElapsedColumn(), console=Console(stderr=True),
        ) as progress:  # fmt: skip
            bar = progress.add_task("走台账" if language() == "zh" else "playing", total=steps, now="")

            def moved(now: datetime, done: int) -> None:
                progress.update(bar, completed=done, now=f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")

            engine = Engine(connection, site.center, site.services, moved)
            watch(engine)
            await engine.play(stories, last_moment(stories))
            if "audit" in site.services:
                heads = {status["service"]: status["head"] for status in await engine.statuses(None)}
                if not await sealed(engine.ask, site.center, heads):
                    say("audit_late")
            progress.update(bar, completed=steps)
    return stories, engine


def tell(
    folder: Path, ledger: Ledger, stories: list[Story], engine: Engine, serial: str | None, seconds: float
) -> None:
    console, lang, site = Console(), language(), Facts(folder)
    facts = site.all()
    say("played", rows=len(ledger.rows) + len(ledger.errors), cases=sum(bool(story.case) for story in stories),
        commands=engine.commands, seconds=round(seconds))  # fmt: skip
    show_outcomes(console, facts, lang)
    rows: list[dict[str, Any]] = [asdict(problem) for problem in ledger.problems]
    show_rows(console, rows, lang)
    if engine.untaken:
        say("untaken", count=len(engine.untaken))
        _untaken(console, engine.untaken)
    show_indicators(console, facts, lang)
    shown = next((story for story in stories if story.serial == serial), None) or telling(stories, facts)
    history.show(console, shown.case, site.case(shown.case), lang)
    say("look_next", number=shown.case, folder=folder)


def telling(stories: list[Story], facts: list[dict[str, Any]]) -> Story:
    """The case with the most to tell: the one with the most different kinds of fact."""
    kinds: dict[str, set[str]] = {}
    for fact in facts:
        kinds.setdefault(fact["case"], set()).add(fact["type"])
    return max(stories, key=lambda story: len(kinds.get(story.case, ())))


def _untaken(console: Console, untaken: list[Untaken]) -> None:
    zh = language() == "zh"
    shown = Table(header_style="bold", show_edge=False)
    for heading in ("行", "步骤", "规则", "原因") if zh else ("row", "step", "rule", "reason"):
        shown.add_column(heading)
    for step in untaken:
        shown.add_row(str(step.row), step.command, step.rule, step.reason if zh else step.reason_en)
    console.print(shown)
