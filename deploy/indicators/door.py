"""What happened at the door."""

from collections import defaultdict
from collections.abc import Iterable

from deploy.indicators.measure import Indicator, Month, Verdict, ratio
from deploy.outcomes import CLOSING

OVER = ("result_delivered.v1", *CLOSING)


def door(month: Month) -> Iterable[Indicator]:
    """Somebody was met: the matter was handled, or what was begun was broken off."""
    arrived = month.cases("team_arrived.v1")
    met = month.cases("matter_handled.v1") | (arrived & month.cases("visit_aborted.v1"))
    shown, hidden = month.cases("credentials_shown.v1"), month.cases("credentials_not_shown.v1")
    yield ratio(
        "credentials_shown",
        met | shown | hidden,
        lambda case: False if case in hidden else True if case in shown else None,
    )
    answers = {
        case: found[-1]["data"]["answer"] for case, found in month.by_type["recording_consent_answered.v1"].items()
    }
    not_needed = {case for case, answer in answers.items() if answer == "not_needed"}
    yield ratio(
        "recording_consent",
        (met | set(answers)) - not_needed,
        lambda case: answers[case] == "given" if case in answers else None,
    )
    originals = {
        case
        for case, found in month.by_type["material_taken.v1"].items()
        if any(fact["data"].get("original") for fact in found)
    }
    yield ratio("material_returned", originals & month.cases(*OVER), _returned(month))
    incidents = month.cases("incident_reported.v1")
    yield ratio("incident", arrived | incidents, incidents.__contains__)
    yield _check_out_overdue(month)


def _returned(month: Month) -> Verdict:
    """Of cases that are over: is everything back that is known to be an original?"""
    back = ("material_returned.v1", "material_delivered.v1")

    def verdict(case: str) -> bool:
        held: dict[str, int] = defaultdict(int)
        for fact in month.all("material_taken.v1", case):
            held[fact["data"]["item"]] += fact["data"]["copies"] if fact["data"].get("original") else 0
        for fact in (one for kind in back for one in month.all(kind, case)):
            held[fact["data"]["item"]] -= fact["data"]["copies"]
        return all(copies <= 0 for copies in held.values())

    return verdict


def _check_out_overdue(month: Month) -> Indicator:
    """A number, not a share: each of them was somebody of whom nobody had heard in time."""
    late = {case for case, kept in month.kept.get("T15", {}).items() if kept is False}
    late |= month.cases("check_out_overdue.v1")
    unknown = {case for case, kept in month.kept.get("T15", {}).items() if kept is None} - late
    cases = tuple(sorted(late))
    return Indicator("check_out_overdue", cases, cases, tuple(sorted(unknown)), unit="count")
