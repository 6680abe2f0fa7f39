"""`doorstep audit conformance`: the process really lived against the standard's procedure."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from rich.console import Console

from deploy.auditing.access import reader
from deploy.auditing.book import book
from deploy.auditing.commands import options, show_json
from deploy.auditing.conformance import Lived
from deploy.auditing.conformance_page import case_page, page
from deploy.auditing.noting import noted, period_of, period_option
from deploy.auditing.procedure import Procedure, Step, procedure
from deploy.auditing.variants import Of, Picture, Waited, center_of, office_day, picture
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED
from deploy.commands import help_for, language
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered, number_of
from deploy.facts import Document
from deploy.history_lines import known_center, rules_of
from services.audit.events import HistoryRead
from shared.rules import Rules
from shared.words import word

IN_OFFICE_TIME = {"wd", "same_day"}


def add(parser: argparse.ArgumentParser) -> None:
    period_option(parser)
    parser.add_argument("--case", dest="number", metavar="N", help=help_for("audit_conformance_case"))
    parser.add_argument("--center", metavar="C", help=help_for("audit_conformance_center"))
    parser.add_argument("--all", action="store_true", help=help_for("audit_conformance_all"))
    reader(parser)
    options(parser)


@answered
def main(args: argparse.Namespace) -> int:
    folder, period, lang = folder_of(args), period_of(args.period), language()
    number = number_of(args) if args.number else None
    with book(folder) as of_site:
        found = {number: of_site.case(number)} if number else of_site.cases(period)
    lives = lived(found, args.center)
    if not lives:
        raise NoAnswer("audit_no_cases", NOT_PROVED)
    noted(folder, args.actor, HistoryRead(asked="conformance", period=args.period), number)
    rules = _rules(lives[0].case)
    steps = procedure()
    seen = picture(lives, steps, dict.fromkeys(_in_office_time(steps, rules), rules.calendar))
    what = " ".join(filter(None, [number or (str(period) if period else ""), args.center]))
    day = office_day(rules.calendar)
    if args.json:
        show_json(as_json(lives, seen, rules))
    elif number:
        Console().print(case_page(lives[0], what, day, seen, lang))
    else:
        Console().print(page(seen, lives, what, day, lang, whole=args.all))
    return PROVED if all(life.whole for life in lives) else FOUND


def lived(cases: Mapping[str, Sequence[Document]], center: str | None = None) -> list[Lived]:
    chosen = {number: facts for number, facts in cases.items() if facts and center in {None, center_of(number)}}
    return [Lived(number, facts, procedure(), _major(number, facts)) for number, facts in chosen.items()]


def _rules(case: str) -> Rules:
    return rules_of(known_center(center_of(case)))


def _major(case: str, facts: Sequence[Document]) -> bool:
    """True intention is asked of the old in these (V-06)."""
    matters = _rules(case).matters
    said = {fact["data"].get("matter") for fact in facts}
    return any(matters[code].major for code in said & matters.keys())


def _in_office_time(steps: Procedure, rules: Rules) -> set[str]:
    limits = {step.clock: rules.limits.get(step.clock) for step in steps.steps if step.clock}
    return {clock for clock, limit in limits.items() if limit and limit.unit in IN_OFFICE_TIME}


def as_json(lives: Sequence[Lived], found: Picture, rules: Rules) -> dict[str, Any]:
    return {
        "fitness_is": word("audit_conformance", "how", "en"),
        "procedure": [_step(step, rules) for step in procedure().steps],
        "centers": [each._asdict() | {"fitness": each.fitness} for each in found.centers],
        "variants": [each._asdict() | {"count": len(each.cases)} for each in found.variants],
        "steps": [
            each._asdict() | {"skipped": _of(each.skipped), "turned": _of(each.turned)} for each in found.steps
        ],
        "loops": [each._asdict() | {"cases": _of(each.cases)} for each in found.loops],
        "waits": [_wait(each) for each in found.waits],
        "deviations": [
            each._asdict() | {"about": dict(each.about), "cases": _of(each.cases)} for each in found.deviations
        ],
        "out_of_order": [each._asdict() | {"cases": _of(each.cases)} for each in found.orders],
        "cases": [_case(life) for life in lives],
    }  # fmt: skip


def _of(found: Sequence[Of]) -> list[dict[str, Any]]:
    return [each._asdict() for each in found]


def _wait(each: Waited) -> dict[str, Any]:
    """Times in minutes."""
    return {name: round(value / timedelta(minutes=1), 1) if isinstance(value, timedelta) else value
            for name, value in each._asdict().items()}  # fmt: skip


def _step(step: Step, rules: Rules) -> dict[str, Any]:
    duty = rules.rules[step.duty]
    return {"id": step.id, "stage": step.stage, "after": step.after, "duty": step.duty, "text": duty.zh,
            "grade": duty.grade, "duty_source": duty.source, "source": step.source, "mandatory": not step.free,
            "conditional": bool(step.when or step.given or step.major), "clock": step.clock or None}  # fmt: skip


def _case(life: Lived) -> dict[str, Any]:
    return {"case": life.case, "fitness": life.fitness, "variant": life.variant,
            "steps": [each._asdict() for each in life.verdicts]}  # fmt: skip
