"""异常办理: what did not take the straight way, and whether the file is whole in the end."""

from collections.abc import Iterable

from deploy.indicators.measure import Indicator, Month, ratio


def course(month: Month) -> Iterable[Indicator]:
    registered = month.cases("request_registered.v1")
    visited = month.cases("team_arrived.v1")
    declined = month.cases("request_declined.v1", "request_redirected.v1", "request_transferred.v1")
    aborted = month.cases("visit_aborted.v1")
    again = month.cases("follow_up_planned.v1")
    withdrawn = month.cases("request_withdrawn.v1")
    yield ratio("decline", declined | month.cases("request_accepted.v1"), declined.__contains__)
    yield ratio("withdrawal", registered, withdrawn.__contains__)
    yield _beside_paper("override", month, registered, _overridden(month))
    yield ratio("abort", visited | aborted, aborted.__contains__)
    yield ratio("repeat_visit", visited, lambda case: case in again or len(month.all("team_arrived.v1", case)) > 1)

    def once(case: str) -> bool | None:
        arrivals = len(month.all("team_arrived.v1", case))
        return arrivals == 1 and case not in again if arrivals else None

    yield ratio("one_visit_completion", month.cases("result_delivered.v1"), once)
    not_met = month.cases("applicant_not_met.v1")
    yield ratio("no_show", visited | not_met, not_met.__contains__)
    yield from _by_centre(month)
    yield _beside_paper("extension", month, registered, month.cases("deadline_extended.v1"))
    yield _beside_paper("suspension", month, registered, month.cases("deadline_suspended.v1"))
    yield _files(month)


def _overridden(month: Month) -> set[str]:
    return {fact["case"] for fact in month.each("rule_deviated.v1") if fact["data"]["how"] == "overridden"}


def _by_centre(month: Month) -> Iterable[Indicator]:
    changes = ("appointment_cancelled.v1", "appointment_rescheduled.v1", "reschedule_requested.v1")
    booked, missed = month.cases("appointment_booked.v1"), month.cases("centre_miss_recorded.v1")

    def by_centre(case: str) -> bool | None:
        sides = [fact["data"]["by"] for kind in changes for fact in month.all(kind, case)]
        return True if "centre" in sides else None if None in sides else False

    yield ratio("changed_by_centre", booked, by_centre)
    held = month.cases("team_arrived.v1", "applicant_not_met.v1")
    yield _beside_paper("centre_miss", month, held | missed, missed)


def _beside_paper(id: str, month: Month, cases: set[str], true: set[str]) -> Indicator:
    """A paper ledger has no column for it."""
    return ratio(id, cases, lambda case: True if case in true else None if case in month.on_paper else False)


def _files(month: Month) -> Indicator:
    """Of the files that were owed: whole and filed in time. What is not owed yet is no matter of this month."""
    filed, kept = month.cases("case_file_filed.v1"), month.kept.get("T30", {})
    return ratio("file_complete", filed | set(kept), lambda case: True if case in filed else kept[case])
