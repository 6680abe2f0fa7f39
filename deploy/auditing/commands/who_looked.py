"""`doorstep audit who-looked N`: who opened the personal data of a case, which auditors read it, what stands out."""

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.auditing.access import reader
from deploy.auditing.book import book
from deploy.auditing.commands import options, show_json
from deploy.auditing.commands.case import noted_before
from deploy.auditing.openings import MANY, Look, looks, that_day
from deploy.auditing.verify import NOT_PROVED, PROVED
from deploy.commands import help_for, language
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered, number_of
from deploy.history_lines import who
from deploy.wrapped import Wrapped
from services.audit.events import HistoryRead
from shared.words import Language, sentence, word


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help=help_for("number"))
    parser.add_argument("--many", type=int, default=MANY, metavar="N", help=help_for("audit_many"))
    reader(parser)
    options(parser)


@answered
def main(args: argparse.Namespace) -> int:
    number = number_of(args)
    with book(folder_of(args)) as of_site:
        facts, noted = of_site.case(number), of_site.looks(number)
        days = that_day(of_site.facts(["vault"]))
    if not facts:
        raise NoAnswer("audit_no_such_case", NOT_PROVED, number=number)
    noted_before(args, number, HistoryRead(asked="who-looked"))
    found = looks(facts, noted, days, args.many)
    if args.json:
        show_json({"case": number, "looks": [_as_json(look) for look in found]})
    else:
        Console().print(looks_page(number, found, language()))
    return PROVED


def _as_json(look: Look) -> dict[str, Any]:
    return look._asdict() | {"time": look.time.isoformat(), "role": look.role}


def looks_page(number: str, found: Sequence[Look], lang: Language) -> RenderableType:
    title = Text(sentence("audit_looked", "title", {"number": number}, lang), style="bold")
    parts: list[RenderableType] = [Rule(title, align="left", characters="─")]
    if not found:
        parts.append(Text(word("audit_looked", "none", lang)))
    else:
        counted = Counter(look.did for look in found)
        counts = {did: counted[did] for did in ("opened", "denied", "read")}
        marked = sum(bool(look.marks) for look in found)
        parts += [Wrapped(sentence("audit_looked", "counts", counts | {"marked": marked}, lang)), Text(""),
                  _table(found, lang)]  # fmt: skip
    return Group(*parts, Text(""), Wrapped(Text(word("audit_looked", "foot", lang), style="dim")))


def _table(found: Sequence[Look], lang: Language) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True, padding=(0, 1, 0, 0))
    widths = {"when": 11, "assigned": 8, "marks": 12}
    for name in ("when", "who", "did", "purpose", "fields", "assigned", "marks"):
        width = widths.get(name)
        table.add_column(word("audit_looked", f"col_{name}", lang), width=width, ratio=None if width else 1)
    for look in found:
        marks = "、" if lang == "zh" else ", "
        assigned = "not_needed" if look.assigned is None else "yes" if look.assigned else "no"
        table.add_row(
            f"{look.time:%m-%d %H:%M}", Wrapped(who(look.actor, lang)), Wrapped(_did(look, lang)),
            Wrapped(word("codes_purpose", look.purpose, lang)),
            Wrapped(sentence("audit_looked", "{fields}", {"fields": look.fields}, lang) if look.fields else ""),
            word("audit_looked", assigned, lang),
            Wrapped(Text(marks.join(_mark(mark, look, lang) for mark in look.marks), style="red")),
        )  # fmt: skip
    return table


def _did(look: Look, lang: Language) -> str:
    because = word("codes_because", look.about, lang) if look.did == "denied" else ""
    return sentence("audit_looked", f"did_{look.did}", {"because": because, "asked": look.about}, lang)


def _mark(mark: str, look: Look, lang: Language) -> str:
    return sentence("audit_looked", f"mark_{mark}", {"count": look.that_day}, lang)
