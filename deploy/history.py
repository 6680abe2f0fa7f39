"""One request's whole life on one page: when, what, who, why and under which rule; and what its clocks say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.commands import SAMPLE_CENTER
from deploy.notices import language_of, notices
from deploy.supervisor import CENTERS
from shared.calendar import SHANGHAI
from shared.rules import Rules, load_rules
from shared.words import Language, catalogue, sentence, word

Document = Mapping[str, Any]
CLOCKS_ONLY = {"deadline_set.v1", "deadline_cancelled.v1"}
ACTOR = re.compile(r"[a-z_]+:[A-Z]\d\d")
ALARMING = {"deadline_breached.v1", "urge_issued.v1", "supervision_opened.v1", "circular_issued.v1"}


@dataclass(frozen=True)
class Line:
    """A fact as people read it."""

    time: datetime
    recorded: datetime
    exact: bool
    service: str
    kind: str
    says: str
    who: str
    rule: str

    @property
    def late_entry(self) -> bool:
        return self.exact and (self.recorded - self.time).total_seconds() > 60


@cache
def rules_of(center: str) -> Rules:
    return load_rules(CENTERS / center)


def read(fact: Document, language: Language) -> Line:
    data = dict(fact["data"])
    center = fact["source"].split("/")[1]
    if fact["type"] == "rule_deviated.v1":
        data["sentence"] = sentence("why", data["why"], data.get("about", {}), language)
    return Line(
        time=datetime.fromisoformat(fact["time"]).astimezone(SHANGHAI),
        recorded=datetime.fromisoformat(fact["recordedat"]).astimezone(SHANGHAI),
        exact=fact.get("timing", "exact") == "exact",
        service=fact["source"].rpartition("/")[2],
        kind=fact["type"],
        says=sentence("facts", fact["type"], {key: _plain(value, language) for key, value in data.items()}, language),
        who=_who(fact["actor"], language),
        rule=_rule(fact, center, language),
    )


def _plain(value: Any, language: Language) -> Any:
    """Sealed data stays sealed; moments and periods are shown as people say them; numbers and codes as they are."""
    if isinstance(value, str):
        if value.startswith("sealed:"):
            return {"zh": "［已加密］", "en": "[sealed]"}[language]
        if len(value) > 16 and value[4:5] == "-" and "T" in value:
            return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%m-%d %H:%M}"
        return _who(value, language) if ACTOR.fullmatch(value) else value
    if isinstance(value, dict):
        if {"day", "start", "end"} <= value.keys():
            return f"{value['day']} {value['start']}–{value['end']}"
        if {"code", "copies"} <= value.keys():
            mark = {True: {"zh": "原件", "en": " original"}, False: {"zh": "复印件", "en": " copy"}}
            original = mark.get(value.get("original"), {}).get(language, "")  # type: ignore[arg-type]  # None: not said
            return f"{word('codes_item', value['code'], language)}{original}×{value['copies']}"
        if "sealed" in value:
            return {"zh": "［已加密］", "en": "[sealed]"}[language]
        return "、".join(f"{key} {_plain(each, language)}" for key, each in value.items())
    if isinstance(value, list):
        return [_plain(each, language) for each in value]
    return value


def _who(actor: str, language: Language) -> str:
    role, _, name = actor.partition(":")
    says = word("roles", role, language)
    return says if role in {"system", "importer"} or name == "self" else f"{says} {name}"


def _rule(fact: Document, center: str, language: Language) -> str:
    """The rule that a fact stands under, with its grade: its own, or the one the catalogue names for its kind."""
    stands_under = word("rule_of", fact["type"]) if fact["type"] in catalogue().get("rule_of", {}) else ""
    name = fact["data"].get("rule") or fact["data"].get("clock") or stands_under
    rules = rules_of(center if (CENTERS / center).is_dir() else SAMPLE_CENTER)
    variants = (limit for key, limit in rules.limits.items() if key.partition(".")[0] == name)
    known = rules.rules.get(name) or rules.limits.get(name) or next(variants, None)
    grade = {"zh": "级", "en": ""}[language]
    return f"{name}（{known.grade}{grade}）" if known else name


def table(facts: Sequence[Document], language: Language, *, clocks: bool = False) -> Table:
    zh = language == "zh"
    shown = Table(show_edge=False, pad_edge=False, header_style="bold", expand=True, box=SIMPLE_HEAD)
    shown.add_column("时间" if zh else "when", no_wrap=True, width=12)
    shown.add_column("经过" if zh else "what", ratio=1, overflow="fold")
    shown.add_column("何人" if zh else "who", max_width=16)
    shown.add_column("依据" if zh else "rule", max_width=12)
    for fact in facts:
        if fact["type"] in CLOCKS_ONLY and not clocks:
            continue
        line = read(fact, language)
        style = {"rule_deviated.v1": "yellow"}.get(line.kind, "red" if line.kind in ALARMING else "")
        what = Text(line.says, style=style)
        if line.late_entry:
            note = f"（{line.recorded:%m-%d %H:%M} 补录）" if zh else f" (recorded {line.recorded:%m-%d %H:%M})"
            what.append(note, style="dim")
        when = f"{line.time:%m-%d %H:%M}" + ("" if line.exact else "≈")
        shown.add_row(when, what, line.who, line.rule)
    return shown


def messages(facts: Sequence[Document], language: Language) -> list[RenderableType]:
    """What the citizen was told, in full."""
    center = facts[0]["source"].split("/")[1]
    folder = CENTERS / (center if (CENTERS / center).is_dir() else SAMPLE_CENTER)
    found = notices(facts, rules_of(folder.name), language_of(folder), language)
    if not found:
        return []
    zh = language == "zh"
    shown = Table(show_edge=False, pad_edge=False, header_style="bold", expand=True, box=SIMPLE_HEAD)
    shown.add_column("时间" if zh else "when", no_wrap=True, width=12)
    shown.add_column("告知服务对象" if zh else "the applicant is told", ratio=1, overflow="fold")
    for notice in found:
        history = {"zh": "（台账历史，未再发送）", "en": " (a ledger's history: not sent again)"}[language]
        text = Text(notice.text)
        if not notice.told:
            text.append(history, style="dim")
        shown.add_row(f"{notice.time:%m-%d %H:%M}", text)
    return [shown]


def page(case: str, facts: Sequence[Document], language: Language, *, clocks: bool = False) -> RenderableType:
    zh = language == "zh"
    services = list(dict.fromkeys(fact["source"].rpartition("/")[2] for fact in facts))
    deviations = sum(fact["type"] == "rule_deviated.v1" for fact in facts)
    breaches = {f["data"]["clock"] for f in facts if f["type"] == "deadline_breached.v1"}
    withdrawn = {f["data"]["clock"] for f in facts if f["type"] == "deadline_breach_withdrawn.v1"}
    broken = "、".join(sorted(word("codes_clock", clock, language) for clock in breaches - withdrawn))
    if zh:
        head = (
            f"事实 {len(facts)} 条，出自 {len(services)} 个服务（{'、'.join(services)}）；"
            f"偏离规则 {deviations} 处；超期：{broken or '无'}"
        )
        foot = (
            "≈ 台账未记录时刻，按最近的已记录时刻排列；括号内为规则等级（A 法规 … I 推定，可配置）。个人信息均已加密。"
        )
    else:
        head = (
            f"{len(facts)} facts from {len(services)} services ({', '.join(services)}); "
            f"{deviations} deviations; breached: {broken or 'none'}"
        )
        foot = (
            "≈ the ledger does not say when; shown at the latest moment it does say. In brackets the rule's grade "
            "(A statute … I inferred, configurable). Personal data is sealed."
        )
    told = [Text(""), *messages(facts, language)]
    body = Group(Text(head), Text(""), table(facts, language, clocks=clocks), *told, Text(""), Text(foot, style="dim"))
    return Panel(body, title=f"{'办件' if zh else 'case'} {case}", title_align="left")


def show(console: Console, case: str, facts: Sequence[Document], language: Language, *, clocks: bool = False) -> None:
    console.print(page(case, facts, language, clocks=clocks))
