"""What the viewer shows: facts as people read them, with causes, rules and clocks. What is sealed stays sealed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.auditing.case_data import CaseView
from deploy.auditing.case_page import noun, why
from deploy.auditing.life import Step
from deploy.auditing.rules_text import Cited
from deploy.history_lines import folded, read
from shared.calendar import SHANGHAI
from shared.words import word

HERE = Path(__file__).parent
SERVICES = ("intake", "scheduling", "visits", "feedback", "vault")
Places = Mapping[str, str]  # fact -> where its bytes are in the capsule


def page(title: str, about: Mapping[str, Any], views: list[CaseView], places: Places) -> bytes:
    """The viewer with its data in it: one file that loads nothing. A single case's payloads are in it too."""
    rules: dict[Cited, int] = {}
    data = {
        "title": title, "about": about,
        "services": {name: word("audit_capsule", f"service_{name}") for name in SERVICES},
        "cases": [_case(view, places, rules, whole=len(views) == 1) for view in views],
        "rules": [rule._asdict() for rule in rules],
    }  # fmt: skip
    said = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    html = (HERE / "viewer.html").read_text("utf-8")
    parts = {"title": title, "style": (HERE / "viewer.css").read_text("utf-8"),
             "script": (HERE / "viewer.js").read_text("utf-8"), "data": said}  # fmt: skip
    for name, part in parts.items():
        html = html.replace(f"<!--{name}-->", part, 1)
    return html.encode()


def _case(view: CaseView, places: Places, rules: dict[Cited, int], *, whole: bool) -> dict[str, Any]:
    stands = [f"{noun(stream, 'zh')} {word('codes_situation', name)}" for stream, name in view.situations.items()]
    return {"n": view.number, "stands": stands, "steps": list(_steps(view, places, rules, whole=whole))}


def _steps(view: CaseView, places: Places, rules: dict[Cited, int], *, whole: bool) -> Iterator[dict[str, Any]]:
    before: list[list[Any]] = []
    for step in view.steps:
        told = _step(step, rules, places)
        clocks = [
            [word("codes_clock", each.clock), f"{each.due.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}", each.suspended]
            for each in step.clocks
        ]  # fmt: skip
        if clocks != before:
            told["clocks"] = before = clocks
        if whole:
            told["data"] = step.fact["data"]
        yield told


def _step(step: Step, rules: dict[Cited, int], places: Places) -> dict[str, Any]:
    fact, line = step.fact, read(step.fact, "zh")
    found: dict[str, Any] = {
        "id": fact["id"], "at": places.get(fact["id"], ""), "t": f"{line.time:%Y-%m-%dT%H:%M}", "service": line.service,
        "kind": line.kind, "says": line.says, "who": line.who, "actor": fact["actor"], "why": why(step.cause, "zh"),
    }  # fmt: skip
    if line.late_entry:
        found["recorded"] = f"{line.recorded:%Y-%m-%dT%H:%M}"
    if not line.exact:
        found["about"] = 1
    if step.cause.line:
        found["cause"] = step.cause.line
    if step.rule:
        found["rule"] = rules.setdefault(step.rule, len(rules))
    if step.turn:
        found["turn"] = [noun(fact["subject"], "zh"), *(word("codes_situation", name) for name in step.turn)]
    if folded(fact):
        found["minor"] = 1
    return found
