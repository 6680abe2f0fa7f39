"""`doorstep audit log`: what the audit itself noted: who read and took what, who signed in, backups, keys, rules."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.auditing.access import reader
from deploy.auditing.book import Period, book
from deploy.auditing.commands import options, show_json
from deploy.auditing.commands.case import noted_before
from deploy.auditing.verify import PROVED, USAGE
from deploy.commands import help_for, language
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered
from deploy.facts import Document
from deploy.history_lines import who
from deploy.wrapped import Wrapped
from services.audit.events import FACTS, HistoryRead
from shared.calendar import SHANGHAI
from shared.words import Language, blank, word


def add(parser: argparse.ArgumentParser) -> None:
    kinds = [fact.type.partition(".")[0] for fact in FACTS]
    parser.add_argument("--kind", action="append", default=[], choices=kinds, help=help_for("audit_log_kind"))
    parser.add_argument("--period", metavar="PERIOD", help=help_for("audit_log_period"))
    reader(parser)
    options(parser)


@answered
def main(args: argparse.Namespace) -> int:
    try:
        period = Period.parse(args.period) if args.period else None
    except ValueError:
        raise NoAnswer("audit_bad_period", USAGE, period=args.period) from None
    with book(folder_of(args)) as of_site:
        found = [
            fact for fact in of_site.looks()
            if (not args.kind or fact["type"].partition(".")[0] in args.kind)
            and (period is None or period.holds(fact["time"]))
        ]  # fmt: skip
    noted_before(args, None, HistoryRead(asked="log", period=str(period) if period else None))
    if args.json:
        show_json({"noted": found})
    else:
        Console().print(log_page(found, language()))
    return PROVED


def log_page(found: Sequence[Document], lang: Language) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True, padding=(0, 1, 0, 0))
    for name, ratio in (("when", None), ("who", 2), ("what", 2), ("about", 5)):
        table.add_column(word("audit_log", f"col_{name}", lang), ratio=ratio, width=None if ratio else 16)
    for fact in found:
        about = [f"{word('audit_log', name, lang)} {_said(name, value, lang)}" for name, value in fact["data"].items()
                 if value not in (None, "", [], {})]  # fmt: skip
        table.add_row(
            f"{datetime.fromisoformat(fact['time']).astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            Wrapped(who(fact["actor"], lang)), Wrapped(word("audit_log", fact["type"], lang)),
            Wrapped(("；" if lang == "zh" else "; ").join(about)),
        )  # fmt: skip
    return table


def _said(name: str, value: Any, lang: Language) -> str:
    match name:
        case "documents":
            return " ".join(f"{each['name']} {each['revision']}" for each in value)
        case "cases" if isinstance(value, list):
            return str(len(value))
        case "digest":
            return f"{value[:16]}…"
        case "how":
            return word("sign_in", f"how_{value}", lang)
        case "change":
            return word("codes_account", value, lang)
        case "why":
            return word("why", value, lang).partition("。" if lang == "zh" else ".")[0]
        case "at":
            return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return blank("role" if name == "roles" else name, value, lang)
