"""The process lived, on a screen: many cases together, or the steps of one."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.auditing.conformance import Lived, Turned
from deploy.auditing.variants import Broken, Of, Order, Picture, StepCounts, Variant, Waited
from deploy.commands.report import percent
from deploy.wrapped import Wrapped
from shared.calendar import SHANGHAI
from shared.words import Language, sentence, word

SHOWN, NAMED, CASE_WIDE = 10, 2, 28
STEP, ABOUT = "procedure_step", "audit_conformance"
STYLES = {"skipped": "red", "not_recorded": "dim", "open": "dim", "not_owed": "dim"}


def page(
    found: Picture, lives: Sequence[Lived], what: str, day: timedelta, lang: Language, *, whole: bool = False
) -> RenderableType:
    """`day`: how long the office is open on one; `whole`: every variant and every case."""
    judged, kept = (sum(getattr(life, name) for life in lives) for name in ("judged", "kept"))
    head = {
        "cases": len(lives), "variants": len(found.variants), "judged": judged, "kept": kept,
        "fitness": percent(kept / judged if judged else None), "whole": sum(each.whole for each in found.centers),
        "skipped": sum(len(each.skipped) for each in found.steps),
        "turned": sum(len(each.cases) for each in found.orders),
        "deviated": sum(len(each.cases) for each in found.deviations),
    }  # fmt: skip
    parts: list[RenderableType] = [*_title(what, lang), Wrapped(sentence(ABOUT, "head", head, lang))]
    limit = None if whole else NAMED
    parts += _part("variants", _variants(found.variants, lang, whole=whole), lang)
    if not whole and len(found.variants) > SHOWN:
        parts.append(_dim(sentence(ABOUT, "more", {"count": len(found.variants) - SHOWN}, lang)))
    parts += _part("steps", _steps(found.steps, lang), lang)
    skipped = [each for each in found.steps if each.skipped]
    parts += _part("skipped_cases", _skipped(skipped, limit, lang) if skipped else None, lang)
    parts += _part("deviations", _deviations(found, limit, lang, str if whole else None), lang)
    parts += _part("loops", _loops(found, limit, lang) if found.loops else None, lang)
    parts += _part("waits", _waits(found.waits, day, lang) if found.waits else None, lang)
    parts.append(_dim(word(ABOUT, "waits_how", lang)))
    parts += _part("lowest", _lowest(lives, lang, whole=whole), lang)
    parts += _part("centers", _centers(found, lang), lang)
    return Group(*parts, Text(""), _dim(word(ABOUT, "how", lang)))


def case_page(life: Lived, what: str, day: timedelta, found: Picture, lang: Language) -> RenderableType:
    times = {point.fact: point for point in life.points}
    table = _table(["step", "duty", "state", "when", "facts"], [], lang)
    for verdict in life.verdicts:
        visit = verdict.visit if len(life.visits) > 1 else None
        point = next((times[fact] for fact in verdict.facts if fact in times), None)
        when = f"{point.time.astimezone(SHANGHAI):%m-%d %H:%M}" if point else ""
        table.add_row(
            _step(verdict.step, lang, visit), life.procedure.by_id[verdict.step].duty,
            Text(word(ABOUT, verdict.state, lang), style=STYLES.get(verdict.state, "")),
            f"≈{when}" if point and not point.exact else when, Wrapped(" ".join(map(_short, verdict.facts))),
        )  # fmt: skip
    head = {"judged": life.judged, "kept": life.kept, "fitness": percent(life.fitness), "skipped": len(life.skipped),
            "turned": len(life.turned), "deviated": len(life.deviations)}  # fmt: skip
    return Group(
        *_title(what, lang), Wrapped(sentence(ABOUT, "head_case", head, lang)),
        *_part("path", Wrapped(_path(life.variant, lang)), lang), *_part("steps", table, lang),
        *_part("deviations", _deviations(found, None, lang, _short), lang),
        *_part("loops", _loops(found, None, lang) if found.loops else None, lang),
        *_part("waits", _waits(found.waits, day, lang) if found.waits else None, lang),
        _dim(word(ABOUT, "waits_how", lang)), Text(""), _dim(word(ABOUT, "how", lang)),
    )  # fmt: skip


def _title(what: str, lang: Language) -> list[RenderableType]:
    return [Rule(Text(sentence(ABOUT, "title", {"what": what}, lang), style="bold"), align="left", characters="─")]


def _part(name: str, content: RenderableType | None, lang: Language) -> list[RenderableType]:
    return [Text(""), Text(word(ABOUT, name, lang), style="bold"), content or _dim(word(ABOUT, "nothing", lang))]


def _dim(text: str) -> RenderableType:
    return Wrapped(Text(text, style="dim"))


def _table(words: Sequence[str], numbers: Sequence[str], lang: Language, *, last: str = "") -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0), expand=bool(last))
    for name in words:
        table.add_column(word(ABOUT, f"col_{name}", lang))
    for name in numbers:
        table.add_column(word(ABOUT, f"col_{name}", lang), justify="right", no_wrap=True)
    if last:
        table.add_column(word(ABOUT, f"col_{last}", lang), ratio=1)
    return table


def _step(name: str, lang: Language, visit: int | None = None) -> str:
    said = word(STEP, name, lang)
    return said + (sentence(ABOUT, "visit", {"visit": visit}, lang) if visit else "")


def _path(steps: Sequence[str], lang: Language) -> str:
    arrow = "→" if lang == "zh" else " → "
    return arrow.join(word(STEP, step, lang) for step in steps)


def _variants(found: Sequence[Variant], lang: Language, *, whole: bool) -> Table:
    table = _table([], ["count", "share"], lang, last="path")
    for each in found if whole else found[:SHOWN]:
        cases = [_dim(" ".join(each.cases))] if whole else []
        table.add_row(str(len(each.cases)), percent(each.share), Group(Wrapped(_path(each.steps, lang)), *cases))
    return table


def _number(number: int) -> str:
    return str(number) if number else "·"


def _steps(found: Sequence[StepCounts], lang: Language) -> Table:
    table = _table(["step", "duty"], ["done", "skipped", "turned", "not_recorded", "open"], lang)
    for each in found:
        skipped, turned = _number(len(each.skipped)), _number(len(each.turned))
        table.add_row(
            _step(each.step, lang), each.duty, _number(each.done),
            Text(skipped, style="red" if each.skipped else ""), Text(turned, style="red" if each.turned else ""),
            _number(each.not_recorded), _number(each.open),
        )  # fmt: skip
    return table


def _skipped(found: Sequence[StepCounts], limit: int | None, lang: Language) -> Table:
    table = _table(["step", "duty"], ["count"], lang, last="case")
    for each in found:
        table.add_row(_step(each.step, lang), each.duty, str(len(each.skipped)), _cases(each.skipped, limit, lang))
    return table


def _cases(found: Sequence[Of], limit: int | None, lang: Language) -> RenderableType:
    names = list(dict.fromkeys(of.case for of in found))
    more = [sentence(ABOUT, "and_more", {"count": len(names)}, lang)] if limit and len(names) > limit else []
    return Wrapped(" ".join([*names[:limit], *more]))


def _deviations(found: Picture, limit: int | None, lang: Language, said: Callable[[str], str] | None) -> Table | None:
    """`said`: how a fact is named; none: the cases are, and not the facts."""
    broken = [(each.rule, _broken(each, lang), each.cases) for each in found.deviations]
    turned = [("", _turned(each, lang), each.cases) for each in found.orders]
    table = _table(["duty", "what"], ["times"], lang, last="facts" if said else "case")
    table.columns[1].ratio, table.columns[3].ratio, table.columns[3].width = 1, None, CASE_WIDE
    table.columns[3].overflow = "fold"
    for rule, says, cases in (*broken, *turned):
        named = "\n".join(said(fact) for of in cases for fact in of.facts) if said else _cases(cases, limit, lang)
        table.add_row(rule, Wrapped(says), str(len(cases)), named)
    return table if broken or turned else None


def _broken(each: Broken, lang: Language) -> str:
    return f"{word(ABOUT, each.how, lang)}：{sentence('why', each.why, dict(each.about), lang)}"


def _turned(each: Order | Turned, lang: Language) -> str:
    return sentence(ABOUT, "turned", {"step": _step(each.step, lang), "before": _step(each.before, lang)}, lang)


def _loops(found: Picture, limit: int | None, lang: Language) -> Table:
    table = _table(["loop", "duty"], ["count", "times", "most"], lang, last="case")
    for each in found.loops:
        most = sorted(each.cases, key=lambda of: (-len(of.facts), of.case))
        table.add_row(
            word("procedure_loop", each.loop, lang), each.duty, str(len(each.cases)), str(each.times),
            str(each.most), _cases(most, limit, lang),
        )  # fmt: skip
    return table


def _waits(found: Sequence[Waited], day: timedelta, lang: Language) -> Table:
    table = _table(["from", "clock"], ["exact", "median", "p90", "longest"], lang)
    table.columns[0].overflow = "fold"
    table.columns[1].no_wrap = True
    table.add_column(word(ABOUT, "col_case", lang), no_wrap=True)
    for each in found:
        whole = day if each.office else timedelta(days=1)
        times = (long(time, whole, lang) for time in (each.median, each.p90, each.longest))
        table.add_row(
            f"{_step(each.since, lang)}—{_step(each.step, lang)}", each.clock + "*" * each.office,
            f"{each.exact}/{each.exact + each.not_recorded}", *times, each.longest_case,
        )  # fmt: skip
    return table


def long(time: timedelta, day: timedelta, lang: Language) -> str:
    """A wait as people say it: `day` is as long as one of those that it is counted in."""
    unit, name = next(
        ((unit, name) for unit, name in ((day, "days"), (timedelta(hours=1), "hours")) if time >= unit),
        (timedelta(minutes=1), "minutes"),
    )
    return sentence(ABOUT, name, {"n": f"{time / unit:.0f}" if name == "minutes" else f"{time / unit:.1f}"}, lang)


def _lowest(lives: Sequence[Lived], lang: Language, *, whole: bool) -> Table | None:
    """The cases that fit least: what they skipped, and what they did too early."""
    unfit = sorted((life.fitness, life.case, life) for life in lives if life.fitness is not None and life.fitness < 1)
    table = _table(["case"], ["fitness", "steps"], lang, last="what")
    for fitness, case, life in unfit if whole else unfit[:SHOWN]:
        skipped = [f"{word(ABOUT, 'skipped', lang)} {_step(each.step, lang)}" for each in life.skipped]
        turned = [_turned(each, lang) for each in life.turned]
        table.add_row(case, percent(fitness), f"{life.kept}/{life.judged}", Wrapped("；".join([*skipped, *turned])))
    return table if unfit else None


def _centers(found: Picture, lang: Language) -> Table:
    table = _table(["center"], ["count", "fitness", "whole", "skipped", "turned", "deviated"], lang)
    for each in found.centers:
        faults = (str(number) for number in (each.whole, each.skipped, each.turned, each.deviated))
        table.add_row(each.center, str(each.cases), percent(each.fitness), *faults)
    return table


def _short(fact: str) -> str:
    """A fact's id without the case that the page is about."""
    center, service, noun, *_, version = fact.strip("/").split("/")
    return f"{service}/{noun}/{version}" if center else fact
