"""`doorstep sheet [DAY]`: what each team takes along on a day, for the terminal and for paper; 80 columns."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from deploy.commands import SAMPLE_CENTER, help_for, language
from deploy.commands.case import folder_of
from deploy.commands.looking import answered
from deploy.day_sheet import Sheet, Visit, sheet
from deploy.facts import Site
from deploy.history import rules_of
from shared.calendar import SHANGHAI
from shared.words import Language, sentence, word

WIDTH = 80


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("day", nargs="?", type=date.fromisoformat, help=help_for("day"))
    parser.add_argument("--staff", metavar="A01", help=help_for("staff"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


@answered
def main(args: argparse.Namespace) -> int:
    facts = Site(folder_of(args)).all()
    center = facts[0]["source"].split("/")[1] if facts else SAMPLE_CENTER
    found = sheet(facts, args.day or datetime.now(SHANGHAI).date(), rules_of(center), args.staff)
    if args.json:
        print(json.dumps(found.document(), ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
    else:
        show(Console(width=WIDTH, file=sys.stdout, highlight=False, no_color=bool(os.environ.get("NO_COLOR"))), found,
             language())  # fmt: skip
    return 0


def show(console: Console, found: Sheet, lang: Language) -> None:
    head = sentence("sheet", "head", {"on": str(found.day), "weekday": found.day.isoweekday()}, lang)
    console.print(Text(head, style="bold"))
    if not found.teams and not found.unassigned:
        console.print(word("sheet", "nobody", lang))
    for staff, visits in found.teams.items():
        members = "、".join(staff[1:]) if lang == "zh" else ", ".join(staff[1:])
        team = sentence("sheet", "team", {"lead": staff[0], "others": members or "—", "count": len(visits)}, lang)
        _part(console, team, visits, lang)
    if found.unassigned:
        _part(console, word("sheet", "unassigned", lang), found.unassigned, lang)
    console.print(Text(word("sheet", "foot", lang), style="dim"))


def _part(console: Console, title: str, visits: Sequence[Visit], lang: Language) -> None:
    console.print()
    console.rule(Text(title, style="bold"), align="left", characters="─")
    for visit in visits:
        _line(console, visit, lang)


def _line(console: Console, visit: Visit, lang: Language) -> None:
    state = "ended" if visit.ended else "released" if visit.released else "not_released"
    marks = [word("sheet", name, lang) for name in ("risk", "urgent") if getattr(visit, name)]
    first = Text(f"□ {visit.start}–{visit.end}  {visit.case}  ")
    first.append(" ".join(marks), style="bold red")
    first.append(f" {word('sheet', state, lang)}")
    console.print(first, overflow="fold")
    stop = "、" if lang == "zh" else ", "
    listed = {
        "matter": word("codes_matter", visit.matter, lang),
        "area": word("codes_area", visit.area, lang) if visit.area else "",
        "needs": stop.join(word("codes_needs", need, lang) for need in visit.needs),
        "bring": stop.join(word("codes_item", item, lang) for item in visit.bring),
        "check": stop.join(word("codes_check", item, lang) for item in visit.check),
        "away": stop.join(visit.away),
    }
    for name, says in listed.items():
        if says:
            style = "bold red" if name == "away" else ""
            line = Text(sentence("sheet", name, {"says": says}, lang), style=style, overflow="fold")
            console.print(Padding(line, (0, 0, 0, 4), expand=False))
