"""The indicators of DOMAIN section 17, from facts alone. Pure: facts in, ratios and the cases behind them out.

What is not recorded is a third value: in neither numerator nor denominator, but counted beside them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.outcomes import Document, runs

Verdict = Callable[[str], bool | None]
ON_TIME = {
    "reply_on_time": "T02", "decision_on_time": "T03", "visit_on_time": "T09", "punctuality": "T13",
    "delivery_on_time": "T18", "return_visit_first_try": "T19", "bad_rating_contacted_on_time": "T22",
    "bad_rating_mended_on_time": "T23", "complaint_on_time": "T26",
}  # fmt: skip
TARGETS = {
    "bad_rating_mended_on_time": 1.0, "bad_rating_contacted": 1.0, "complaint_on_time": 1.0, "material_returned": 1.0,
}  # fmt: skip
OVER = ("result_delivered.v1", "request_declined.v1", "request_withdrawn.v1", "request_lapsed.v1")
SATISFIED = 3
SUBSTANTIATED = {"FD1", "FD2"}


@dataclass(frozen=True)
class Indicator:
    """`numerator_cases` and the others name a case once for every thing counted, so twice for two complaints."""

    id: str
    numerator_cases: tuple[str, ...]
    denominator_cases: tuple[str, ...]
    not_recorded_cases: tuple[str, ...] = ()
    target: float | None = None

    @property
    def numerator(self) -> int:
        return len(self.numerator_cases)

    @property
    def denominator(self) -> int:
        return len(self.denominator_cases)

    @property
    def not_recorded(self) -> int:
        return len(self.not_recorded_cases)

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None

    def document(self) -> dict[str, Any]:
        return {
            "id": self.id, "numerator": self.numerator, "denominator": self.denominator, "value": self.value,
            "target": self.target, "not_recorded": self.not_recorded, "numerator_cases": list(self.numerator_cases),
            "denominator_cases": list(self.denominator_cases), "not_recorded_cases": list(self.not_recorded_cases),
        }  # fmt: skip


class Month:
    """Facts by type and key; the key is the case, or the complaint where a case may have several."""

    def __init__(self, facts: Sequence[Document]) -> None:
        self.facts = facts
        self.by_type: dict[str, dict[str, list[Document]]] = defaultdict(dict)
        for fact in facts:
            self.by_type[fact["type"]].setdefault(fact["case"], []).append(fact)

    def cases(self, *kinds: str) -> set[str]:
        return {case for kind in kinds for case in self.by_type.get(kind, ())}

    def all(self, kind: str, case: str) -> list[Document]:
        return self.by_type.get(kind, {}).get(case, [])


def indicators(facts: Sequence[Document]) -> list[Indicator]:
    month = Month(facts)
    return [*_on_time(facts), *_course(month), *_door(month), *_feedback(month), *_shares(month)]


def _ratio(id: str, cases: Iterable[str], verdict: Verdict) -> Indicator:
    """True, False, or None: not recorded."""
    verdicts = {case: verdict(case) for case in sorted(cases)}
    return Indicator(
        id,
        tuple(case for case, says in verdicts.items() if says),
        tuple(case for case, says in verdicts.items() if says is not None),
        tuple(case for case, says in verdicts.items() if says is None),
        TARGETS.get(id),
    )


def _on_time(facts: Sequence[Document]) -> Iterable[Indicator]:
    """Per stream: kept if every start was kept. What still runs, or came to nothing, is no matter of this month."""
    judged: dict[str, dict[tuple[str, str], list[bool | None]]] = defaultdict(lambda: defaultdict(list))
    for run in runs(facts):
        if run.kept is not None or run.state == "not_recorded":
            judged[run.clock][run.case, run.subject].append(run.kept)
    for id, clock in ON_TIME.items():
        verdicts = sorted((case, _worst(found)) for (case, _), found in judged[clock].items())
        yield Indicator(
            id,
            tuple(case for case, says in verdicts if says is True),
            tuple(case for case, says in verdicts if says is not None),
            tuple(case for case, says in verdicts if says is None),
            TARGETS.get(id),
        )


def _worst(found: Sequence[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def _course(month: Month) -> Iterable[Indicator]:
    registered = month.cases("request_registered.v1")
    visited = month.cases("team_arrived.v1")
    declined = month.cases("request_declined.v1")
    overridden = {
        case
        for case, found in month.by_type["rule_deviated.v1"].items()
        if any(fact["data"]["how"] == "overridden" for fact in found)
    }
    aborted = month.cases("visit_aborted.v1")
    again = month.cases("follow_up_planned.v1")
    withdrawn = month.cases("request_withdrawn.v1")
    yield _ratio("decline", declined | month.cases("request_accepted.v1"), declined.__contains__)
    yield _ratio("withdrawal", registered, withdrawn.__contains__)
    yield _ratio("override", registered, overridden.__contains__)
    yield _ratio("abort", visited | aborted, aborted.__contains__)
    yield _ratio("repeat_visit", visited, lambda case: case in again or len(month.all("team_arrived.v1", case)) > 1)

    def once(case: str) -> bool | None:
        arrivals = len(month.all("team_arrived.v1", case))
        return arrivals == 1 and case not in again if arrivals else None

    yield _ratio("one_visit_completion", month.cases("result_delivered.v1"), once)
    not_met = month.cases("applicant_not_met.v1")
    yield _ratio("no_show", visited | not_met, not_met.__contains__)
    changes = ("appointment_cancelled.v1", "appointment_rescheduled.v1", "reschedule_requested.v1")

    def by_centre(case: str) -> bool | None:
        sides = [fact["data"]["by"] for kind in changes for fact in month.all(kind, case)]
        return True if "centre" in sides else None if None in sides else False

    yield _ratio("changed_by_centre", month.cases("appointment_booked.v1"), by_centre)


def _door(month: Month) -> Iterable[Indicator]:
    """Somebody was met: the matter was handled, or what was begun was broken off."""
    arrived = month.cases("team_arrived.v1")
    met = month.cases("matter_handled.v1") | (arrived & month.cases("visit_aborted.v1"))
    shown, hidden = month.cases("credentials_shown.v1"), month.cases("credentials_not_shown.v1")
    yield _ratio(
        "credentials_shown",
        met | shown | hidden,
        lambda case: False if case in hidden else True if case in shown else None,
    )
    answers = {
        case: found[-1]["data"]["answer"] for case, found in month.by_type["recording_consent_answered.v1"].items()
    }
    not_needed = {case for case, answer in answers.items() if answer == "not_needed"}
    yield _ratio(
        "recording_consent",
        (met | set(answers)) - not_needed,
        lambda case: answers[case] == "given" if case in answers else None,
    )
    originals = {
        case
        for case, found in month.by_type["material_taken.v1"].items()
        if any(fact["data"].get("original") for fact in found)
    }
    yield _ratio("material_returned", originals & month.cases(*OVER), _returned(month))
    incidents = month.cases("incident_reported.v1")
    yield _ratio("incident", arrived | incidents, incidents.__contains__)


def _returned(month: Month) -> Verdict:
    """Of cases that are over: is everything back that is known to be an original?"""

    def verdict(case: str) -> bool:
        held: dict[str, int] = defaultdict(int)
        for fact in month.all("material_taken.v1", case):
            held[fact["data"]["item"]] += fact["data"]["copies"] if fact["data"].get("original") else 0
        for fact in month.all("material_returned.v1", case):
            held[fact["data"]["item"]] -= fact["data"]["copies"]
        return all(copies <= 0 for copies in held.values())

    return verdict


def _feedback(month: Month) -> Iterable[Indicator]:
    levels: dict[str, int] = {}
    for kind in ("evaluation_submitted.v1", "evaluation_supplemented.v1"):  # the second rating is the last word
        levels |= {case: found[-1]["data"]["level"] for case, found in month.by_type[kind].items()}
    yield _ratio("satisfaction", levels, lambda case: levels[case] >= SATISFIED)
    yield _ratio("rating", set(levels) | month.cases("evaluation_expired.v1"), levels.__contains__)
    yield _ratio("bad_rating", levels, lambda case: levels[case] < SATISFIED)
    named = {
        case
        for case, found in month.by_type["bad_rating_opened.v1"].items()
        if any(fact["data"]["real_name"] for fact in found)
    }
    contacted = month.cases("evaluator_contacted.v1")
    unknown = {run.case for run in runs(month.facts) if run.clock == "T22" and run.state == "not_recorded"}
    yield _ratio(
        "bad_rating_contacted", named, lambda case: True if case in contacted else None if case in unknown else False
    )
    yield _return_visits(month)
    complained = month.cases("complaint_received.v1")
    yield _ratio("complaint", month.cases("request_registered.v1"), complained.__contains__)
    replies = sorted(
        (case, fact["data"]["finding"] in SUBSTANTIATED)
        for case, found in month.by_type["complaint_replied.v1"].items()
        for fact in found
    )
    yield Indicator(
        "complaint_substantiated", tuple(case for case, yes in replies if yes), tuple(case for case, _ in replies)
    )


def _return_visits(month: Month) -> Indicator:
    """One that is still to be made in time is neither made nor missed."""
    made, missed = month.cases("return_visit_completed.v1"), month.cases("return_visit_closed_unreachable.v1")
    unknown: set[str] = set()
    for run in runs(month.facts):
        if run.clock in {"T19", "T20"} and run.kept is False:
            missed.add(run.case)
        elif run.clock in {"T19", "T20"} and run.state == "not_recorded":
            unknown.add(run.case)
    return _ratio(
        "return_visit",
        made | missed | unknown,
        lambda case: True if case in made else False if case in missed else None,
    )


def _shares(month: Month) -> Iterable[Indicator]:
    for name, unknown in (("scope", ""), ("age_band", "unknown")):
        of = {
            case: found[0]["data"].get(name) or unknown
            for case, found in sorted(month.by_type["request_registered.v1"].items())
        }
        for each in sorted({code for code in of.values() if code != unknown}):
            yield _ratio(f"{name}:{each}", of, lambda case, each=each, of=of, unknown=unknown: (  # type: ignore[misc]
                None if of[case] == unknown else of[case] == each))  # fmt: skip
