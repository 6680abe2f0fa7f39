"""One request's whole life on one page: when, what, who, why and under which rule; and what its clocks say."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy import history_clocks
from deploy.history_lines import Document, Line, folded, known_center, read, rules_of, shown
from deploy.notices import Notice, language_of, notices
from deploy.supervisor import CENTERS
from deploy.wrapped import Wrapped
from shared.words import Language, sentence, word

__all__ = ["Line", "page", "read", "rules_of", "show"]
ALARMING = {"deadline_breached.v1", "urge_issued.v1", "supervision_opened.v1", "circular_issued.v1"}
STYLES = dict.fromkeys(ALARMING, "red") | {
    "rule_deviated.v1": "yellow", "deadline_warned.v1": "yellow", "deadline_met.v1": "yellow",
}  # fmt: skip


def show(
    console: Console, case: str, facts: Sequence[Document], language: Language, *, clocks: bool = False,
    whole: bool = False,
) -> None:  # fmt: skip
    console.print(page(case, facts, language, clocks=clocks, whole=whole))


def page(
    case: str, facts: Sequence[Document], language: Language, *, clocks: bool = False, whole: bool = False
) -> RenderableType:
    """`whole`: with what is folded otherwise. `clocks`: and what became of each time limit."""
    listed = list(facts) if whole else shown(facts)
    parts: list[RenderableType] = [
        Rule(Text(f"{word('history', 'title', language)} {case}", style="bold"), align="left", characters="─"),
        *(Wrapped(text) for text in _head(facts, language)),
        *_days([read(fact, language) for fact in listed], language),
    ]
    left = 0 if whole else sum(map(folded, facts))
    if clocks:
        parts += [Text(""), _clocks(facts, language)]
    parts += _messages(facts, language)
    parts.append(Text(""))
    if left:
        parts.append(Wrapped(Text(sentence("history", "folded", {"count": left}, language), style="dim")))
    parts.append(Wrapped(Text(word("history", "foot", language), style="dim")))
    return Group(*parts)


def _head(facts: Sequence[Document], language: Language) -> list[str]:
    registered = next((fact for fact in facts if fact["type"] == "request_registered.v1"), None)
    first = []
    if registered:
        moment = f"{read(registered, language).time:%Y-%m-%d %H:%M}"
        first.append(sentence("history", "about", registered["data"] | {"at": moment}, language))
    runs = history_clocks.runs(facts)
    moved = {
        "broken": [run for run in runs if run.late],
        "suspended": [run for run in runs if any(move == "suspended" for _, move, _ in run.course)],
        "extended": [run for run in runs if any(move == "extended" for _, move, _ in run.course)],
    }
    counted = {
        "count": len(facts),
        "services": len({fact["source"] for fact in facts}),
        "deviations": sum(fact["type"] == "rule_deviated.v1" for fact in facts),
    } | {name: list(dict.fromkeys(history_clocks.name(run, language) for run in some)) for name, some in moved.items()}
    return [*first, sentence("history", "head", counted, language)]


def _days(lines: Sequence[Line], language: Language) -> list[RenderableType]:
    """A heading for each day, so that a line needs the time alone; the columns are as wide in all of them."""
    names = ("when", "what", "who", "rule")
    parts: list[RenderableType] = [Text(""), _table(names, language), Rule(characters="─", style="dim")]
    for day, of_day in groupby(lines, lambda line: line.time.date()):
        on = sentence("history", "on", {"on": str(day), "weekday": day.isoweekday()}, language)
        table = _table(names, language, head=False)
        for line in of_day:
            table.add_row(f"{line.time:%H:%M}" + ("" if line.exact else "≈"), Wrapped(_what(line, language)),
                          Wrapped(line.who), Wrapped(line.rule.replace("（", " ").rstrip("级）")))  # fmt: skip
        parts += [Text(on, style="bold"), table]
    return parts


def _what(line: Line, language: Language) -> Text:
    what = Text(line.says, style=STYLES.get(line.kind, ""))
    if line.late_entry:
        what.append(sentence("history", "recorded", {"at": f"{line.recorded:%m-%d %H:%M}"}, language), style="dim")
    return what


def _table(names: Sequence[str], language: Language, *, head: bool = True) -> Table:
    shown_ = Table(box=None, pad_edge=False, header_style="bold", expand=True, show_header=head, padding=(0, 1, 0, 0))
    widths = {"when": 6, "who": 16, "rule": 10, "from": 11, "due": 11, "clock": 16, "outcome": 16}
    for name in names:
        width = widths.get(name)
        shown_.add_column(word("history", name, language), width=width, ratio=None if width else 1, overflow="fold")
    return shown_


def _clocks(facts: Sequence[Document], language: Language) -> Table:
    table = _table(("clock", "from", "due", "course", "outcome"), language)
    for run in history_clocks.runs(facts):
        unsure = word("history", "provisional", language) if run.provisional else ""
        moment = "%m-%d %H:%M" if run.due.year == run.starts.year else "%Y-%m-%d"
        table.add_row(
            Wrapped(history_clocks.name(run, language)), f"{run.starts:%m-%d %H:%M}",
            Wrapped(f"{run.due:{moment}}{unsure}"), Wrapped(history_clocks.course(run, language)),
            Wrapped(Text(history_clocks.outcome(run, language), style="red" if run.late else "")),
        )  # fmt: skip
    return table


def _messages(facts: Sequence[Document], language: Language) -> list[RenderableType]:
    """What the citizen was told, in full; apart from it, whom else it was passed on to."""
    folder = CENTERS / known_center(facts[0]["source"].split("/")[1])
    said = language_of(folder)
    found = notices(facts, rules_of(folder.name), said, language)
    inside = [notice for notice in found if said.messages[notice.kind].to == "staff"]
    told = [notice for notice in found if notice not in inside]
    return [*_told("told", told, language), *_told("told_staff", inside, language)]


def _told(name: str, found: Sequence[Notice], language: Language) -> list[RenderableType]:
    if not found:
        return []
    table = _table(("from", name), language)
    table.columns[0].header = word("history", "when", language)
    for notice in found:
        text = Text(notice.text)
        if not notice.told:
            text.append(word("history", "not_again", language), style="dim")
        table.add_row(f"{notice.time:%m-%d %H:%M}", Wrapped(text))
    return [Text(""), table]
