"""What changed in a case between two moments, and what was opened, as tables."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.auditing.asof import Difference
from deploy.auditing.case_page import noun, says, table_of
from deploy.auditing.opening import Opened
from deploy.history import STYLES
from deploy.history_lines import read
from deploy.wrapped import Wrapped
from shared.calendar import SHANGHAI
from shared.words import Language, word


def difference_page(
    number: str, changed: Difference, first: datetime, second: datetime, language: Language
) -> RenderableType:
    title = Text(f"{says('title', language)} {number}", style="bold")
    between = {"first": _said(first), "second": _said(second)}
    counts = {name: len(getattr(changed, name)) for name in ("added", "situations", "clocks")}
    parts: list[RenderableType] = [
        Rule(title, align="left", characters="─"), Text(says("diff", language, **between), style="bold yellow"),
        Wrapped(says("diff_counts", language, **counts)),
    ]  # fmt: skip
    for name, table in (
        ("situations", _situations(changed, language)), ("clocks", _clocks(changed, language)),
    ):  # fmt: skip
        if table.row_count:
            parts += [Text(""), Text(says(f"diff_{name}", language), style="bold"), table]
    if changed.added:
        parts += [Text(""), _added(changed, language)]
    return Group(*parts)


def _situations(changed: Difference, language: Language) -> Table:
    table = table_of(("of", "before", "after"), {"of": 16}, language)
    for each in changed.situations:
        before = word("codes_situation", each.before, language) if each.before else says("not_there", language)
        table.add_row(noun(each.stream, language), Wrapped(before),
                      Wrapped(word("codes_situation", each.after, language)))  # fmt: skip
    return table


def _clocks(changed: Difference, language: Language) -> Table:
    table = table_of(("clock", "how", "due"), {"how": 20, "due": 16}, language)
    for each in changed.clocks:
        how = Text(says(f"moved_{each.how}", language), style="red" if each.how in {"breached", "late"} else "")
        table.add_row(Wrapped(word("codes_clock", each.clock, language)), how, _said(each.due))
    return table


def _added(changed: Difference, language: Language) -> Table:
    table = table_of(("when", "what", "who"), {"when": 11, "who": 16}, language)
    for fact in changed.added:
        line = read(fact, language)
        table.add_row(f"{line.time:%m-%d %H:%M}", Wrapped(Text(f"+ {line.says}", style=STYLES.get(line.kind, ""))),
                      Wrapped(line.who))  # fmt: skip
    return table


def opened_table(opened: Opened, purpose: str, language: Language) -> RenderableType:
    """What the vault gave out: on the screen only."""
    fields: Sequence[str] = list(dict.fromkeys(name for person in opened.values() for name in person))
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("")
    for name in fields:
        table.add_column(word("codes_fields", name, language), overflow="fold")
    for who, person in opened.items():
        table.add_row(says(f"is_{who}", language), *(Text(person.get(name, "")) for name in fields))
    said = word("codes_purpose", purpose, language)
    return Group(Text(says("opened", language, purpose=said), style="bold yellow"), table, Text(""))


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
