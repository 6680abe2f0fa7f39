"""The page of a case for an auditor: what, who, why and under which rule, what clocks ran, who could see what."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.auditing.asof import Ticking
from deploy.auditing.case_data import CaseView
from deploy.auditing.life import Cause, Step
from deploy.auditing.seen import View
from deploy.history import STYLES
from deploy.history_lines import Line, folded, read
from deploy.notices import Notice
from deploy.wrapped import Wrapped
from shared.words import Language, sentence, word

WIDE = 110  # columns: from here on the situations and the running clocks stand beside each step
NARROW = {"n": 3, "when": 6, "who": 12, "why": 9, "rule": 8}
BROAD = {"n": 3, "when": 6, "who": 16, "why": 14, "rule": 9, "clocks": 18}
LATE = timedelta(minutes=1)


def says(key: str, language: Language, **about: object) -> str:
    return sentence("audit_case", key, about, language)


def page(view: CaseView, language: Language, width: int, *, whole: bool = False) -> RenderableType:
    """`whole`: with what the services keep for each other, and limits that were set or kept."""
    listed = [step for step in view.steps if whole or not folded(step.fact)]
    parts: list[RenderableType] = [_title(view.number, language), *_head(view, language)]
    parts += _days(listed, language, wide=width >= WIDE)
    if left := len(view.steps) - len(listed):
        parts += [Text(""), Wrapped(Text(says("folded", language, count=left), style="dim"))]
    parts += _section("clocks_then", view, language, _clocks(view.steps[-1].clocks if view.steps else (), view.at,
                                                           language))  # fmt: skip
    parts += _section("seen_then", view, language, _views(view.views, language))
    parts.append(Wrapped(Text(says("derived", language), style="dim")))
    for name, found in (("told", view.told), ("told_staff", view.inside)):
        parts += _told(name, found, language)
    parts += [Text(""), Text(says("rules", language), style="bold"), _rules(listed, language)]
    parts += [Text(""), Wrapped(Text(says("foot", language), style="dim"))]
    return Group(*parts)


def _title(number: str, language: Language) -> Rule:
    return Rule(Text(f"{says('title', language)} {number}", style="bold"), align="left", characters="─")


def _head(view: CaseView, language: Language) -> list[RenderableType]:
    facts = [step.fact for step in view.steps]
    registered = next((step.fact for step in view.steps if step.fact["type"] == "request_registered.v1"), None)
    head: list[RenderableType] = []
    if registered:
        moment = f"{read(registered, language).time:%Y-%m-%d %H:%M}"
        head.append(Wrapped(sentence("history", "about", registered["data"] | {"at": moment}, language)))
    late = [step for step in view.steps if step.delay and step.delay > LATE]
    longest = max(late, key=lambda step: step.delay or LATE, default=None)
    head.append(Wrapped(says(
        "head", language, count=len(facts), services=len({fact["source"] for fact in facts}),
        versions=sorted({fact["rules"] for fact in facts}), late=len(late),
        longest=duration(longest.delay, language) if longest and longest.delay else None,
        deviations=sum(fact["type"] == "rule_deviated.v1" for fact in facts),
        breaches=sum(fact["type"] == "deadline_breached.v1" for fact in facts),
    )))  # fmt: skip
    if view.as_of:
        about = {"at": f"{view.as_of:%Y-%m-%d %H:%M}", "later": view.later, "late": view.late}
        head.append(Wrapped(Text(says("as_of", language, **about), style="bold yellow")))
    if view.situations:
        now = (f"{noun(stream, language)} {word('codes_situation', name, language)}"
               for stream, name in view.situations.items())  # fmt: skip
        head.append(Wrapped(says("stands", language, situations=("；" if language == "zh" else "; ").join(now))))
    return head


def noun(stream: str, language: Language) -> str:
    kind = stream.partition("/")[0]
    said = word("audit_noun", kind, language)
    return said if said != kind else kind.replace("_", " ")


def _days(steps: Sequence[Step], language: Language, *, wide: bool) -> list[RenderableType]:
    widths = BROAD if wide else NARROW
    names = ["n", "when", "what", "who", "why", "rule", *(["clocks"] if wide else [])]
    parts: list[RenderableType] = [Text(""), table_of(names, widths, language), Rule(characters="─", style="dim")]
    for day, of_day in groupby(((read(step.fact, language), step) for step in steps), lambda pair: pair[0].time.date()):
        said = sentence("history", "on", {"on": str(day), "weekday": day.isoweekday()}, language)
        table = table_of(names, widths, language, head=False)
        before: tuple[Ticking, ...] = ()
        for line, step in of_day:
            row = [str(step.number), f"{line.time:%H:%M}" + ("" if line.exact else "≈"),
                   _what(line, step, language, wide=wide), Wrapped(line.who), Wrapped(why(step.cause, language)),
                   Wrapped(_rule(step))]  # fmt: skip
            if wide:
                row.append(Wrapped(Text(_running(step.clocks, before), style="dim")))
                before = step.clocks
            table.add_row(*row)
        parts += [Text(said, style="bold"), table]
    return parts


def _what(line: Line, step: Step, language: Language, *, wide: bool) -> RenderableType:
    said: list[RenderableType] = [Wrapped(Text(line.says, style=STYLES.get(line.kind, "")))]
    if step.delay and step.delay > LATE:
        about = {"at": f"{line.recorded:%m-%d %H:%M}", "delay": duration(step.delay, language)}
        said.append(Wrapped(Text(says("recorded", language, **about), style="yellow")))
    if wide and step.turn:
        was, now = (word("codes_situation", name, language) for name in step.turn)
        said.append(Wrapped(Text(f"{noun(step.fact['subject'], language)}：{was} → {now}", style="dim")))
    return Group(*said)


def why(cause: Cause, language: Language) -> str:
    match cause.kind:
        case "fact" if cause.line is None:
            return says("why_elsewhere", language)
        case "clock" if cause.line is None:
            return says("why_clock_alone", language, name=cause.by)
        case _:
            return says(f"why_{cause.kind}", language, name=cause.by, line=cause.line)


def _rule(step: Step) -> str:
    if not step.rule:
        return ""
    return f"{step.rule.name} {step.rule.grade}".strip() + ("" if step.rule.of_version else " *")


def _running(clocks: Sequence[Ticking], before: Sequence[Ticking]) -> str:
    """Codes alone: when each is due is told where it is set. A dot: as in the line before."""
    if clocks and clocks == before:
        return "·"
    return " ".join(dict.fromkeys(each.clock + ("‖" if each.suspended else "") for each in clocks))


def _clocks(clocks: Sequence[Ticking], at: datetime, language: Language) -> RenderableType | None:
    if not clocks:
        return Text(says("no_clocks", language), style="dim")
    table = table_of(("clock", "due", "left"), {"due": 22, "left": 20}, language)
    for each in clocks:
        over = each.due < at
        how = "suspended" if each.suspended else "over" if over else "to_go"
        left = says(how, language, time=duration(abs(each.due - at), language))
        unsure = sentence("history", "provisional", {}, language) if each.provisional else ""
        table.add_row(Wrapped(word("codes_clock", each.clock, language)), f"{each.due:%Y-%m-%d %H:%M}{unsure}",
                      Text(left, style="red" if over and not each.suspended else ""))  # fmt: skip
    return table


def _views(views: Sequence[View], language: Language) -> Table:
    """Roles that see the same stand in one row."""
    table = table_of(("role", "reads", "opens"), {"role": 22, "reads": 20}, language)
    rows: dict[tuple[str, str], list[str]] = {}
    for view in views:
        reads = says("reads_facts", language, count=view.facts) if view.facts else (
            says("reads_messages", language, count=view.messages))  # fmt: skip
        joined = "；" if language == "zh" else "; "
        opened = joined.join(
            says("opens", language, purpose=purpose, fields=list(fields)) for purpose, fields in view.opens.items()
        )
        rows.setdefault((reads, opened or says("opens_nothing", language)), []).append(view.role)
    for (reads, opened), roles in rows.items():
        table.add_row(Wrapped(sentence("audit_case", "roles", {"role": roles}, language)), Wrapped(reads),
                      Wrapped(opened))  # fmt: skip
    return table


def _section(name: str, view: CaseView, language: Language, content: RenderableType | None) -> list[RenderableType]:
    heading = Text(says(name, language, at=f"{view.at:%Y-%m-%d %H:%M}"), style="bold")
    return [Text(""), heading, content] if content else []


def _told(name: str, found: Sequence[Notice], language: Language) -> list[RenderableType]:
    if not found:
        return []
    table = table_of(("when", "text"), {"when": 11}, language)
    for notice in found:
        text = Text(notice.text)
        if not notice.told:
            text.append(word("history", "not_again", language), style="dim")
        table.add_row(f"{notice.time:%m-%d %H:%M}", Wrapped(text))
    return [Text(""), Text(word("history", name, language), style="bold"), table]


def _rules(steps: Sequence[Step], language: Language) -> Table:
    table = table_of(("rule", "text", "lines"), {"rule": 12, "lines": 12}, language)
    lines: dict[str, list[int]] = {}
    for step in steps:
        if step.rule:
            lines.setdefault(step.rule.name, []).append(step.number)
    by_name = {step.rule.name: step.rule for step in steps if step.rule}
    for name in sorted(lines):
        rule = by_name[name]
        text = Text(rule.text or says("no_text", language))
        text.append(f"  {rule.source}" if rule.source else "", style="dim")
        shown = ", ".join(map(str, lines[name][:6])) + (" …" if len(lines[name]) > 6 else "")
        table.add_row(_rule(next(step for step in steps if step.rule and step.rule.name == name)), Wrapped(text),
                      Wrapped(shown))  # fmt: skip
    return table


def duration(time: timedelta, language: Language) -> str:
    minutes = int(time.total_seconds()) // 60
    parts = {"days": minutes // 1440, "hours": minutes // 60 % 24, "minutes": minutes % 60}
    told = [says(f"t_{name}", language, n=n) for name, n in parts.items() if n][:2]
    return ("" if language == "zh" else " ").join(told) or says("t_minutes", language, n=0)


def table_of(names: Sequence[str], widths: Mapping[str, int], language: Language, *, head: bool = True) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True, show_header=head, padding=(0, 1, 0, 0))
    for name in names:
        width = widths.get(name)
        table.add_column(says(f"col_{name}", language), width=width, ratio=None if width else 1, overflow="fold",
                         justify="right" if name == "n" else "left")  # fmt: skip
    return table
