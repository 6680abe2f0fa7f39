"""From a form and a case's facts to a page to print: one HTML file that needs nothing from elsewhere."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import Any

from deploy.forms.catalogue import Form, Forms, Table
from deploy.forms.values import (
    LINE,
    Document,
    Unsaid,
    Values,
    about,
    codes,
    day_words,
    moment_words,
    word_of_case,
    worded,
)
from shared.calendar import SHANGHAI
from shared.identifiers import parse_case_number
from shared.phrases import ServiceLanguage
from shared.rules import Rules

KNOWN_BEFORE = ("request_registered.v1", "request_data_completed.v1", "request_confirmed.v1", "team_assigned.v1")
RULED_ROWS, LONG = 5, 14  # a longer form is set closer, to stay on one page
CSS = (Path(__file__).parent / "form.css").read_text("utf-8")
BLANK = re.compile(r"\{[^}]*\}")
RULED = '<span class="blank"></span>'


class NoGround(Exception):
    """The case has no fact that this form rests on."""


def ground_of(form: Form, facts: Sequence[Document]) -> Document:
    """The last of the facts that the form rests on. Raises `NoGround`."""
    found = next((fact for fact in reversed(facts) if fact["type"] in form.grounds), None)
    if found is None:
        raise NoGround
    return found


def number_of(form: Form, facts: Sequence[Document]) -> str:
    """The number that was given to the paper, else the case's own under the paper's prefix, with its check character.

    A second visit's papers and a second complaint's have `.2` behind it.
    """
    name, _, attribute = form.number.partition(".")
    given = [fact["data"].get(attribute) for fact in facts if fact["type"] == f"{name}.v1"]
    if given and given[-1]:
        return str(given[-1])
    ground = ground_of(form, facts)
    count = ground["data"].get("round") or ground["subject"].rpartition("/")[2].partition(".")[2] or 1
    own = str(replace(parse_case_number(word_of_case(facts)), kind=form.prefix))
    return own if int(count) == 1 else f"{own}.{count}"


def blank_of(form: Form, facts: Sequence[Document]) -> tuple[Form, list[Document]]:
    """The same form, to be taken along: of the case it names only what is known before the visit."""
    known = [fact for fact in facts if fact["type"] in KNOWN_BEFORE]
    rows = [(label.removeprefix("?"), text) for label, text in form.rows]
    return replace(form, grounds=KNOWN_BEFORE, number="", rows=rows, explain=""), known


def render(
    form: Form, facts: Sequence[Document], rules: Rules, language: ServiceLanguage, forms: Forms, on: date,
    opened: Mapping[str, Mapping[str, str]] | None = None,
) -> str:  # fmt: skip
    """`on`: when it is printed. `opened`: whom -> what the vault gave out; without it what is personal is a line."""
    ground = ground_of(form, facts)
    whole, facts = facts, about(facts, ground)
    values = Values(facts, ground, rules, language, opened or {})
    parts = [_paragraphs(form.says, values), _rows(form, values), _list(form, facts)]
    if form.table:
        parts.append(_table(form.table, facts, whole, rules))
    parts += [_paragraphs(_explained(form, facts), values), _paragraphs(form.after, values), _signs(form, values)]
    center, title = _html(language.center["center"]["zh"]), _html(form.title)
    blank, long = form.grounds is KNOWN_BEFORE, " long" if len(form.rows) > LONG else ""
    moment = datetime.fromisoformat(ground["time"])
    if form.seal:
        day = "年　　月　　日" if blank else day_words(moment.astimezone(SHANGHAI).date())
        parts.append(f'<div class="seal"><p>{center}（盖章）</p><p>{day}</p></div>')
    rests = "空白文书，供现场填写" if blank else f"依据记录：{ground['id']} · {moment_words(moment)}"
    foot = f"{rests} · 文书版本 {forms.version} · {day_words(on)}打印"
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        f'<style>{CSS.replace("PAPER", form.paper)}</style></head>\n<body class="{form.paper}{long}">'
        f"<header><p>{center}</p><h1>{title}</h1></header>"
        f'<div class="number">编号：<b>{_html(number_of(form, facts))}</b></div>\n'
        + "\n".join(filter(None, parts))
        + f"\n<footer>{_html(foot)}</footer></body></html>\n"
    )


def _html(text: str) -> str:
    return escape(text).replace(LINE, RULED)


def _cell_html(text: str) -> str:
    return '<td class="empty"></td>' if text == LINE else f"<td>{_html(text)}</td>"


def _paragraphs(texts: Sequence[str], values: Values) -> str:
    """One that begins with `@` is the salutation."""
    filled = [values.fill(text) for text in texts]
    marked = [(' class="to"' if text.startswith("@") else "", text.removeprefix("@")) for text in filled if text]
    return "".join(f"<p{mark}>{_html(text)}</p>" for mark, text in marked)


def _rows(form: Form, values: Values) -> str:
    lines = []
    for label, text in form.rows:
        if label.startswith("?") and values.fill(BLANK.search(text)[0]) == LINE:  # type: ignore[index]
            continue
        says = values.fill(text)
        tall = ' class="tall"' if label in form.tall else ""
        lines.append(f"<tr{tall}><th>{_html(label.removeprefix('?'))}</th>{_cell_html(says)}</tr>")
    return f'<table class="rows">{"".join(lines)}</table>' if lines else ""


def _list(form: Form, facts: Sequence[Document]) -> str:
    items = [each for place in form.lists for each in codes(facts, place)]
    if form.grounds is KNOWN_BEFORE:
        items = [LINE] * RULED_ROWS if form.lists else []
    if not items:
        return ""
    lines = [f"<tr><td>{number}</td>{_cell_html(item)}<td>□</td></tr>" for number, item in enumerate(items, 1)]
    return f'<table class="list"><tr><th>序号</th><th>材料</th><th>已备</th></tr>{"".join(lines)}</table>'


def _table(table: Table, facts: Sequence[Document], whole: Sequence[Document], rules: Rules) -> str:
    """A column with an `@` is what was noted on the paper afterwards."""
    head = "".join(f"<th>{_html(label)}</th>" for label, _ in table.columns)
    found = [fact for fact in facts if fact["type"] in table.of]
    lines = [[_cell(fact, name, whole, rules) for _, name in table.columns] for fact in found]
    lines += [[LINE] * len(table.columns)] * table.empty
    body = "".join("<tr>" + "".join(map(_cell_html, line)) + "</tr>" for line in lines)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(fact: Document, name: str, facts: Sequence[Document], rules: Rules) -> str:
    if not name.startswith("@"):
        return str(worded(name, fact["data"].get(name), rules))
    kinds, item = name[1:].split("|"), fact["data"]["item"]
    later = [
        datetime.fromisoformat(each["time"]) for each in facts
        if each["type"] in kinds and each["data"]["item"] == item and each["time"] >= fact["time"]
    ]  # fmt: skip
    return f"{min(later).astimezone(SHANGHAI):%m-%d %H:%M}" if later else str(Unsaid())


def _explained(form: Form, facts: Sequence[Document]) -> list[str]:
    name, _, attribute = form.explain.partition(".")
    codes_: Any = next((f["data"].get(attribute) for f in reversed(facts) if f["type"] == f"{name}.v1"), None)
    listed = codes_ if isinstance(codes_, list) else [codes_]
    return [form.explains[code] for code in listed if code in form.explains]


def _signs(form: Form, values: Values) -> str:
    lines = "".join(
        f'<div>{_html(values.fill(label))}：<span></span><span class="day">年　　月　　日</span></div>'
        for label in form.signs
    )
    return f'<div class="signs">{lines}</div>' if lines else ""
