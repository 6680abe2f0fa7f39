"""`doorstep teams NUMBER`: which teams could go to a case and when, the best first; and why others could not (S-13)."""

import argparse
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from deploy.commands import help_for, language
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered, number_of
from deploy.facts import Document, Site
from deploy.history import rules_of
from services.scheduling.app import SCHEDULING
from services.scheduling.booking import errand_of
from services.scheduling.day_plan import DayPlan
from services.scheduling.errand import Errand
from services.scheduling.roster import Roster, roster
from services.scheduling.situations import Appointment, Booked, Released
from services.scheduling.team import VISITING
from services.scheduling.team_proposals import TeamProposal, offers, stands_against, teams_for
from shared.calendar import SHANGHAI
from shared.contracts.common import Period
from shared.rules import Rules
from shared.words import Language, sentence, word

AHEAD, SHOWN = 5, 10  # working days looked at where no time is agreed; proposals shown


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help=help_for("number"))
    parser.add_argument("--day", type=date.fromisoformat, help=help_for("day"))
    parser.add_argument("--size", type=int, default=2, help=help_for("size"))
    parser.add_argument("--why", action="store_true", help=help_for("why_not"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


@answered
def main(args: argparse.Namespace) -> int:
    number = number_of(args)
    facts = [fact for fact in Site(folder_of(args)).all() if fact["source"].endswith("/scheduling")]
    known, rules = Known(facts), rules_of(number.split("-")[1])
    appointment = known.situation(f"appointment/{number}")
    if not isinstance(appointment, Appointment):
        raise NoAnswer("no_such_case", 4, number=number)
    agreed = appointment.period if isinstance(appointment, Booked | Released) and not args.day else None
    found, errand = known.proposals(number, appointment, agreed, rules, args.day, args.size)
    against = known.against(number, errand, rules) if args.why else {}
    if args.json:
        print(json.dumps(_document(found, against), ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
    else:
        show(Console(highlight=False), found, against, language())
    return 0


class Known:
    """Scheduling's own state, folded from its facts by its own deciders."""

    def __init__(self, facts: Iterable[Document]) -> None:
        deciders = {decider.name: decider for decider in SCHEDULING.deciders}
        kinds = {kind.type: kind for decider in SCHEDULING.deciders for kind in decider.facts}
        self._states: dict[str, Any] = {}
        for fact in facts:
            stream = fact["subject"]
            decider = deciders[stream.partition("/")[0]]
            state = self._states.get(stream, decider.initial)
            self._states[stream] = decider.evolve(state, kinds[fact["type"]].model_validate(fact["data"]))

    def situation(self, stream: str) -> Any:
        state = self._states.get(stream)
        return state.situation if state else None

    def proposals(
        self, number: str, appointment: Appointment, agreed: Period | None, rules: Rules, day: date | None, size: int
    ) -> tuple[Sequence[TeamProposal], Errand]:
        """For the time agreed, or the slots of the day asked for, or of the next working days."""
        center, everybody = number.split("-")[1], self.roster(number, rules)
        if agreed:
            errand = errand_of(appointment, agreed)
            return teams_for(errand, self.plan(center, agreed.day), everybody, rules, size, number), errand
        days = [day] if day else _next_days(rules)
        errand = errand_of(appointment, Period(day=days[0], start=rules.slots[0][0], end=rules.slots[0][1]))
        plans = {each: self.plan(center, each) for each in days}
        return offers(errand, plans, everybody, rules, days, size), errand

    def against(self, number: str, errand: Errand, rules: Rules) -> dict[str, list[tuple[str, str]]]:
        everybody, plan = self.roster(number, rules), self.plan(number.split("-")[1], errand.period.day)
        visitors = sorted(each.id for each in everybody.people.values() if VISITING in each.roles)
        found = {each: stands_against(each, errand, plan, everybody, rules, number) for each in visitors}
        return {each: [(breach.rule, sentence("why", breach.why, breach.about, language())) for breach in breaches]
                for each, breaches in found.items() if breaches}  # fmt: skip

    def plan(self, center: str, day: date) -> DayPlan:
        return self.situation(f"day_plan/{center}-{day:%Y%m%d}") or DayPlan()

    def roster(self, number: str, rules: Rules) -> Roster:
        prefix = f"staff_member/{number.split('-')[1]}-"
        records = {stream.removeprefix(prefix): state.situation for stream, state in self._states.items()
                   if stream.startswith(prefix)}  # fmt: skip
        return roster(rules, records)


def _next_days(rules: Rules) -> list[date]:
    today = datetime.now(SHANGHAI).date()
    days = (today + timedelta(days=n) for n in range(1, 60))
    return [day for day in days if rules.calendar.is_working(day)][:AHEAD]


def _document(found: Sequence[TeamProposal], against: dict[str, list[tuple[str, str]]]) -> dict[str, Any]:
    teams = [{"period": each.period.model_dump(mode="json"), "staff": each.staff, "area_changes": each.changes,
              "near": each.near, "visits": each.visits} for each in found]  # fmt: skip
    return {"teams": teams, "against": against}


def show(
    console: Console, found: Sequence[TeamProposal], against: dict[str, list[tuple[str, str]]], lang: Language
) -> None:
    if not found:
        console.print(word("teams", "none", lang))
    for each in found[:SHOWN]:
        about = {"on": f"{each.period.day} {each.period.start}–{each.period.end}", "lead": each.staff[0],
                 "others": "、".join(each.staff[1:]), "changes": each.changes, "near": each.near,
                 "visits": each.visits}  # fmt: skip
        console.print(Text(sentence("teams", "team", about, lang)))
    if len(found) > SHOWN:
        console.print(sentence("teams", "more", {"count": len(found) - SHOWN}, lang), style="dim")
    for member, reasons in against.items():
        for rule, reason in reasons:
            console.print(Text(f"✗ {member}  {rule}  {reason}"))
