"""The month's figures on small histories whose figures are known."""

import pytest

from deploy.indicators import Indicator, indicators
from deploy.outcomes import count, outcomes


def fact(case: str, kind: str, **data):
    return {
        "case": case,
        "type": f"{kind}.v1",
        "data": data,
        "source": "/620105/intake",
        "subject": f"request/{case}",
        "time": "2026-03-02T09:00:00+08:00",
        "origin": "ledger",
        "timing": "exact",
    }


def registered(case: str):
    return fact(case, "request_registered", channel="phone", scope="A3", age_band="80_plus")


def of(name: str, *facts) -> Indicator:
    return next(one for one in indicators(list(facts)) if one.id == name)


KEPT = (fact("A", "deadline_set", clock="T02"), fact("A", "deadline_met", clock="T02", late=False))
BROKEN = (
    fact("B", "deadline_set", clock="T02"),
    fact("B", "deadline_breached", clock="T02"),
    fact("B", "deadline_met", clock="T02", late=True),
)
MOOT = (fact("C", "deadline_set", clock="T02"), fact("C", "deadline_cancelled", clock="T02"))
UNKNOWN = (fact("D", "deadline_set", clock="T02"), fact("D", "deadline_not_recorded", clock="T02"))
ALL = [registered(case) for case in "ABCD"]


def test_a_kept_and_a_broken_limit_are_one_in_two():
    one = of("reply_on_time", *ALL, *KEPT, *BROKEN)
    assert (one.numerator_cases, one.denominator_cases, one.value) == (("A",), ("A", "B"), 0.5)


def test_what_is_not_recorded_is_in_neither_number_and_told():
    one = of("reply_on_time", *ALL, *KEPT, *UNKNOWN)
    assert (one.denominator_cases, one.not_recorded_cases) == (("A",), ("D",))


def test_what_no_longer_mattered_is_nowhere():
    one = of("reply_on_time", *ALL, *KEPT, *MOOT)
    assert (one.denominator_cases, one.not_recorded_cases) == (("A",), ())


def test_a_withdrawn_breach_counts_as_kept():
    facts = [
        fact("B", "deadline_set", clock="T02"),
        fact("B", "deadline_breached", clock="T02"),
        fact("B", "deadline_breach_withdrawn", clock="T02"),
        fact("B", "deadline_met", clock="T02", late=False),
    ]
    assert of("reply_on_time", *ALL, *facts).numerator_cases == ("B",)


def test_nothing_to_divide_by_is_no_figure():
    assert all(one.value is None for one in indicators([]) if one.unit != "count")


@pytest.mark.parametrize(("level", "satisfied", "bad"), [(5, 1, 0), (3, 1, 0), (2, 0, 1), (1, 0, 1)])
def test_levels_three_to_five_satisfy_and_one_and_two_are_bad(level, satisfied, bad):
    facts = [registered("A"), fact("A", "evaluation_submitted", level=level)]
    assert of("satisfaction", *facts).value == satisfied
    assert of("bad_rating", *facts).value == bad


def test_credentials_shown_hidden_and_not_recorded_are_three_things():
    met = [fact(case, "matter_handled", result="K01") for case in "ABC"]
    one = of("credentials_shown", *ALL, *met, fact("A", "credentials_shown"), fact("B", "credentials_not_shown"))
    assert (one.numerator_cases, one.denominator_cases, one.not_recorded_cases) == (("A",), ("A", "B"), ("C",))


def test_only_what_is_known_to_be_an_original_must_be_returned():
    facts = [
        *ALL,
        *(fact(case, "result_delivered") for case in "ABC"),
        fact("A", "material_taken", item="household_register", copies=1, original=True),
        fact("A", "material_taken", item="medical_certificate", copies=1, original=None),
        fact("A", "material_returned", item="household_register", copies=1, original=True),
        fact("B", "material_taken", item="household_register", copies=1, original=True),
        fact("C", "material_taken", item="medical_certificate", copies=1, original=None),
    ]
    one = of("material_returned", *facts)
    assert (one.numerator_cases, one.denominator_cases) == (("A",), ("A", "B"))


def test_a_contact_that_the_ledger_has_no_column_for_is_not_recorded_not_missed():
    opened = fact("A", "bad_rating_opened", real_name=True)
    unknown = [fact("A", "deadline_set", clock="T22"), fact("A", "deadline_not_recorded", clock="T22")]
    assert of("bad_rating_contacted", *ALL, opened, *unknown).not_recorded_cases == ("A",)
    assert of("bad_rating_contacted", *ALL, opened).value == 0


def test_outcomes_count_each_case_once():
    facts = [
        *ALL,
        fact("A", "request_declined"),
        fact("B", "request_confirmed"),
        fact("B", "matter_handled", result="K01"),
        fact("B", "result_delivered"),
        fact("C", "request_confirmed"),
        fact("C", "applicant_not_met"),
        fact("D", "rule_deviated", rule="V-02", how="recorded"),
    ]
    assert len(outcomes(facts)) == 4
    assert len(set(outcomes(facts).values())) == 4
    found = count(facts)
    assert (found.cases, sum(found.by_outcome.values())) == (4, 4)
    assert (found.by_channel, found.deviations["V-02"]["recorded"]) == ({"phone": 4}, 1)


def test_another_way_another_body_and_a_duplicate_are_ends_and_a_reopened_request_is_open_again():
    ends = [fact("A", "request_redirected"), fact("B", "request_transferred"), fact("C", "request_merged"),
            fact("D", "request_declined"), fact("D", "request_reopened")]  # fmt: skip
    assert outcomes([*ALL, *ends]) == {"A": "redirected", "B": "transferred", "C": "merged", "D": "open"}


def test_a_duplicate_that_was_merged_is_no_request_of_its_own():
    assert of("complaint", *ALL, fact("C", "request_merged")).denominator_cases == ("A", "B", "D")


def test_clocks_are_counted_by_how_they_ended():
    clocks = count([*ALL, *KEPT, *BROKEN, *MOOT, *UNKNOWN]).clocks["T02"]
    assert (clocks["met"], clocks["late"], clocks["breached"], clocks["not_recorded"]) == (1, 1, 1, 1)
