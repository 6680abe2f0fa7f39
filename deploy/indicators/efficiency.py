"""办事效率: what was done in time, and how long it took."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from deploy.indicators.measure import Indicator, Month, days_between, judged, mean, ratio, worst
from deploy.outcomes import Document, Run
from shared.calendar import SHANGHAI

ON_TIME = {
    "reply_on_time": "T02", "decision_on_time": "T03", "visit_on_time": "T09", "punctuality": "T13",
    "delivery_on_time": "T18", "return_visit_first_try": "T19", "bad_rating_contacted_on_time": "T22",
    "bad_rating_mended_on_time": "T23", "complaint_on_time": "T26",
}  # fmt: skip
DECISION = "T17"
DONE_ON_SITE = "K01"


def efficiency(month: Month) -> Iterable[Indicator]:
    yield from _on_time(month.runs)
    yield from _completion(month)
    first = {case: found[0] for case, found in month.by_type["request_registered.v1"].items()}
    arrived = {case: found[0] for case, found in month.by_type["team_arrived.v1"].items() if case in first}
    yield mean("days_to_door", "days", {case: days_between(first[case], at) for case, at in arrived.items()})
    yield _visits_a_day(month)


def _on_time(runs: Iterable[Run]) -> Iterable[Indicator]:
    found = by_stream(runs)
    for id, clock in ON_TIME.items():
        yield judged(id, [(case, kept) for (case, _), kept in found.get(clock, {}).items()])


def by_stream(runs: Iterable[Run]) -> dict[str, dict[tuple[str, str], bool | None]]:
    """Clock -> case and stream -> kept if every start was. What still runs, or came to nothing, is not there."""
    found: dict[str, dict[tuple[str, str], list[bool | None]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        if run.kept is not None or run.state == "not_recorded":
            found[run.clock][run.case, run.subject].append(run.kept)
    return {clock: {stream: worst(kept) for stream, kept in streams.items()} for clock, streams in found.items()}


def _completion(month: Month) -> Iterable[Indicator]:
    """按时办结, 提前办结. Done on site is in time; from when something was delivered nothing is concluded."""
    instant = {fact["case"] for fact in month.each("matter_handled.v1") if fact["data"]["result"] == DONE_ON_SITE}
    decided = {case: kept for case, kept in month.kept.get(DECISION, {}).items() if case not in instant}
    yield ratio("completion_on_time", instant | set(decided), lambda case: case in instant or decided[case])
    yield ratio("completion_early", decided, lambda case: _early(month, case))


def _early(month: Month, case: str) -> bool | None:
    """On an earlier day than promised."""
    met = [fact["data"] for fact in month.all("deadline_met.v1", case) if fact["data"]["clock"] == DECISION]
    return _day(met[-1]["met_at"]) < _day(met[-1]["due_at"]) if met else None


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(SHANGHAI).date()


def _visits_a_day(month: Month) -> Indicator:
    """Visits for each day on which a team was out."""
    out = team_days(month)
    visits = tuple(arrival["case"] for arrivals in out.values() for arrival in arrivals)
    return Indicator("visits_per_team_day", visits, tuple(sorted(out)), unit="per_day", total=len(visits))


def team_days(month: Month) -> dict[str, list[Document]]:
    """Who led and the day -> the arrivals."""
    out: dict[str, list[Document]] = defaultdict(list)
    for case in sorted(month.cases("team_arrived.v1")):
        plans = [*month.all("visit_planned.v1", case), *month.all("visit_replanned.v1", case)]
        plans = [plan for plan in plans if "lead" in plan["data"]]
        for arrival in month.all("team_arrived.v1", case):
            if plans:
                out[f"{plans[-1]['data']['lead']} {arrival['time'][:10]}"].append(arrival)
    return out
