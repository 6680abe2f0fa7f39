"""What is wrong with a ledger, as a table for people and as plain rows for a file; Chinese first, English on demand."""

import io
from collections.abc import Iterator, Sequence
from typing import Literal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.ledger.problems import Problem
from deploy.ledger.reading import Ledger

Language = Literal["zh", "en"]

_WORDS = {
    "zh": {
        "row": "行",
        "serial": "序号",
        "column": "列",
        "rule": "规则",
        "severity": "处理",
        "sentence": "问题",
        "do": "怎么办",
        "error": "未录入",
        "note": "提示",
        "title": "台账",
        "summary": "录入 {rows} 行；{refused} 行有错误未录入；空行 {empty} 行；提示 {notes} 条。",
        "digest": "文件摘要 SHA-256",
    },
    "en": {
        "row": "Row",
        "serial": "No.",
        "column": "Column",
        "rule": "Rule",
        "severity": "Result",
        "sentence": "Problem",
        "do": "What to do",
        "error": "not taken",
        "note": "note",
        "title": "Ledger",
        "summary": "{rows} rows taken; {refused} rows not taken; {empty} empty; {notes} notes.",
        "digest": "SHA-256 of the file",
    },
}
_FIELDS = ("row", "serial", "column", "rule", "severity", "sentence", "do")
_NARROW = 100


def plain_rows(problems: Sequence[Problem], language: Language = "zh") -> Iterator[tuple[str, ...]]:
    """Heading first; for `csv.writer`. Errors before notes, in the order of the file."""
    words = _WORDS[language]
    yield tuple(words[name] for name in _FIELDS)
    for problem in sorted(problems, key=lambda found: (found.severity != "error", found.row)):
        sentence, do = (problem.zh, problem.do_zh) if language == "zh" else (problem.en, problem.do_en)
        severity = words[problem.severity]
        yield str(problem.row), problem.serial, problem.column, problem.rule, severity, sentence, do


def summary(ledger: Ledger, language: Language = "zh") -> str:
    return _WORDS[language]["summary"].format(
        rows=len(ledger.rows),
        refused=len({problem.row for problem in ledger.errors}),
        empty=ledger.empty_rows,
        notes=len(ledger.problems) - len(ledger.errors),
    )


def report(ledger: Ledger, language: Language = "zh", width: int = 120) -> RenderableType:
    """A rich renderable. On a narrow page, what to do stands under the problem instead of beside it."""
    words = _WORDS[language]
    head = Text(f"{ledger.title or words['title']}\n{summary(ledger, language)}", style="bold")
    foot = Text(f"{words['digest']} {ledger.digest[:16]}…", style="dim")
    if not ledger.problems:
        return Group(head, foot)
    narrow = width < _NARROW
    heading, *lines = plain_rows(ledger.problems, language)
    table = Table(box=box.SIMPLE_HEAD, width=width, padding=(0, 1, 0, 0))
    for name, title in zip(_FIELDS[: 6 if narrow else 7], heading, strict=False):
        long = name in {"sentence", "do"}
        table.add_column(
            Text(f"{title} / {heading[-1]}" if narrow and name == "sentence" else title),
            justify="right" if name in {"row", "serial"} else "left",
            ratio=1 if long else None,
            max_width=None if long else (10 if narrow else 16),
            overflow="fold",
        )
    for *short, sentence, do in lines:
        style = "red" if short[4] == words["error"] else "yellow"
        cells = [Text(value) for value in short]
        cells[4].stylize(style)
        if narrow:
            table.add_row(*cells, Text.assemble(sentence, ("\n→" + do, "dim")))
        else:
            table.add_row(*cells, Text(sentence), Text(do))
    return Group(head, table, foot)


def report_text(ledger: Ledger, language: Language = "zh", width: int = 120) -> str:
    """The same without colours, for a file or a test."""
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    console.print(report(ledger, language, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
