"""好差评 and return visits: how it was found, and what was done where it was found bad."""

from collections.abc import Iterable

from deploy.indicators.measure import Indicator, Month, days_between, mean, ratio

SATISFIED = 3
RATED = ("evaluation_submitted.v1", "evaluation_supplemented.v1")  # the second rating is the last word


def ratings(month: Month) -> Iterable[Indicator]:
    levels: dict[str, int] = {}
    for kind in RATED:
        levels |= {case: found[-1]["data"]["level"] for case, found in month.by_type[kind].items()}
    excluded = month.cases("rating_excluded.v1")
    counted = levels.keys() - excluded
    yield ratio("satisfaction", counted, lambda case: levels[case] >= SATISFIED)
    yield ratio("rating", set(levels) | month.cases("evaluation_expired.v1"), levels.__contains__)
    yield ratio("bad_rating", counted, lambda case: levels[case] < SATISFIED)
    yield from _bad(month, excluded)
    yield _return_visits(month)
    yield _published(month, set(levels))


def _bad(month: Month, excluded: set[str]) -> Iterable[Indicator]:
    opened = month.by_type["bad_rating_opened.v1"]
    named = {case for case, found in opened.items() if any(fact["data"]["real_name"] for fact in found)}
    contacted, told = month.cases("evaluator_contacted.v1"), month.cases("rectification_feedback_given.v1")
    contact, mended = month.kept.get("T22", {}), month.kept.get("T23", {})
    waited_for = {run.case for run in month.runs if run.clock == "T22" and run.kept is None and run.state == "running"}
    yield ratio(
        "bad_rating_contacted",
        named - (waited_for - contacted),
        lambda case: True if case in contacted else contact.get(case, False),
    )
    yield ratio(
        "bad_rating_answered",
        (told | mended.keys()) & named,
        lambda case: True if case in told else mended.get(case),
    )
    yield ratio("bad_rating_excluded", set(opened) | excluded, excluded.__contains__)
    closed = {case: found[-1] for case, found in month.by_type["rectification_closed.v1"].items() if case in opened}
    times = {case: days_between(opened[case][0], end) for case, end in closed.items()}
    yield mean("bad_rating_mending_days", "days", times, [case for case, kept in mended.items() if kept is None])
    yield _called_after_bad_rating(month, named)


def _called_after_bad_rating(month: Month, named: set[str]) -> Indicator:
    """After it was mended the evaluator is called, whatever was called before (F-06)."""
    due = month.by_type["return_visit_due_again.v1"]
    ends = ("return_visit_completed.v1", "return_visit_declined.v1", "return_visit_closed_unreachable.v1")
    missed = {case for case, kept in month.kept.get("T19", {}).items() if kept is False}
    unknown = {case for case, kept in month.kept.get("T23", {}).items() if kept is None} & named

    def called(case: str) -> bool | None:
        if case not in due:
            return None
        return any(end["time"] >= due[case][0]["time"] for kind in ends for end in month.all(kind, case))

    over = {case for case in due if called(case) or case in missed}
    return ratio("bad_rating_return_visit", over | (unknown - set(due)), called)


def _return_visits(month: Month) -> Indicator:
    """One that is still to be made in time is neither made nor missed."""
    made, missed = month.cases("return_visit_completed.v1"), month.cases("return_visit_closed_unreachable.v1")
    unknown: set[str] = set()
    for run in month.runs:
        if run.clock in {"T19", "T20"} and run.kept is False:
            missed.add(run.case)
        elif run.clock in {"T19", "T20"} and run.state == "not_recorded":
            unknown.add(run.case)
    return ratio(
        "return_visit",
        made | missed | unknown,
        lambda case: True if case in made else False if case in missed else None,
    )


def _published(month: Month, rated: set[str]) -> Indicator:
    """公开: of the ratings whose month had to be published by now. Its clock says so."""
    published = month.cases("statistics_published.v1")
    kept = month.kept.get("E-11.publication", {})
    cohorts = {case: found[-1]["data"].get("cohort") for case, found in month.by_type["evaluation_invited.v1"].items()}
    owed = {case for case in rated if cohorts.get(case) in published | kept.keys()}
    return ratio(
        "rating_published",
        owed,
        lambda case: True if cohorts[case] in published else kept.get(cohorts[case] or "", False),
    )
