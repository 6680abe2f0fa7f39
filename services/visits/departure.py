"""What has to be so before a team leaves (N-01 … N-07, P-03, P-08, P-09). A paper ledger has no column for it."""

from collections.abc import Iterator
from datetime import timedelta

from services.visits.events import TeamDeparted
from services.visits.lists import obligatory, value
from services.visits.preparation import Preparation
from services.visits.rounds import Plan, Planned
from services.visits.watch import watched
from shared.contracts.visits import DepartTeam
from shared.decider import Context, Decision
from shared.deviation import Breach, admit
from shared.rules import Rules

WITHOUT_EXCEPTION = False
PRECHECK, KIT = "precheck", "kit"


def depart(command: DepartTeam, visit: Planned, preparation: Preparation, context: Context) -> Decision:
    plan, live = visit.plan, command.origin == "live"
    unapproved = None if visit.approved else Breach("N-06", "visit_not_approved", in_ledger=False)
    breaches = breaches_before_departure(preparation.of(plan), plan, context) if live else ()
    deviations = admit(command, context, unapproved, *breaches)
    back = plan.ends_at + timedelta(minutes=value(context.rules, "visits.way_back_minutes"))
    on_board = live and context.rules.in_force("N-06")
    return [
        TeamDeparted(
            expected_back=back if on_board else None,
            watched_from=max(plan.starts_at, visit.later or plan.starts_at, context.happened)
            if watched(command, context)
            else None,
        ),
        *deviations,
    ]


def breaches_before_departure(preparation: Preparation, plan: Plan, context: Context) -> Iterator[Breach]:
    yield from _risk(preparation, plan, context)
    yield from _lists(preparation, plan, context.rules)
    yield from _people(preparation, plan, context.rules)
    if preparation.transfer is None:
        yield Breach("N-03", "transfer_list_missing")
    elif preparation.transfer.keeper is None:
        if preparation.out:
            yield Breach("N-03", "transfer_list_unsigned")
    elif not preparation.transfer.signed or preparation.transfer.keeper in plan.team:
        yield Breach("N-03", "transfer_list_unsigned")
    health = preparation.health
    if health is None or health.on != plan.starts_at.date():
        yield Breach("N-05", "health_not_asked")
    elif health.answer != "well" and not health.protected:
        yield Breach("N-05", "postpone_or_protect", overridable=WITHOUT_EXCEPTION)


def _risk(preparation: Preparation, plan: Plan, context: Context) -> Iterator[Breach]:
    """Not older than the working day before; a high one is approved, and somebody comes along or it is elsewhere."""
    risk = preparation.risk
    if risk is None:
        yield Breach("N-04", "risk_not_assessed")
        return
    if risk.on < context.rules.calendar.previous_working_day(plan.starts_at.date()):
        yield Breach("N-04", "risk_too_old")
    if risk.level == "high":
        if not preparation.risk_approved:
            yield Breach("N-04", "risk_not_approved", overridable=WITHOUT_EXCEPTION)
        if not {"escort", "other_place"} & {*risk.measures}:
            yield Breach("N-04", "risk_without_escort", overridable=WITHOUT_EXCEPTION)


def _lists(preparation: Preparation, plan: Plan, rules: Rules) -> Iterator[Breach]:
    def open_items(*lists: str) -> list[str]:
        return [item for item in obligatory(rules, *lists) if item not in preparation.items]

    if unchecked := open_items(PRECHECK, f"{PRECHECK}:{plan.matter}"):
        yield Breach("N-01", "precheck_open", {"item": unchecked})
    ready = [d for d in preparation.devices.values() if d.clock_set and d.charged and d.storage_free]
    if lacking := open_items(KIT, f"{KIT}:{plan.matter}"):
        yield Breach("N-02", "kit_incomplete", {"item": lacking})
    elif not any(value(rules, f"device.{device.device}") for device in ready):
        yield Breach("N-02", "recorder_not_ready")
    if lacking := open_items("papers", f"papers:{plan.matter}"):
        yield Breach("N-07", "checklist_incomplete", {"item": lacking})


def _people(preparation: Preparation, plan: Plan, rules: Rules) -> Iterator[Breach]:
    checks = [preparation.staff.get(member) for member in plan.team]
    if not all(check and check.badge and check.dress and check.work_certificate for check in checks):
        yield Breach("P-08", "badge_dress_certificate")
    if any(check and not check.fit for check in checks):
        yield Breach("P-09", "not_fit", overridable=WITHOUT_EXCEPTION)
    elif not all(checks):
        yield Breach("P-09", "fitness_not_checked")
    matter, day = rules.matters.get(plan.matter), plan.starts_at.date()
    kind = matter.needs_certificate if matter else None
    registered = any(kind and rules.staff[who].certified(kind, day) for who in plan.team if who in rules.staff)
    carried = any(
        check and check.certificate == kind and check.certificate_until and check.certificate_until >= day
        for check in checks
    )
    if kind and not (registered or carried):
        yield Breach("P-03", "certificate_not_valid", {"certificate": kind}, overridable=WITHOUT_EXCEPTION)
