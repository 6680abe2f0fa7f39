"""The month's figures on small histories whose figures are known."""

import pytest

from deploy.indicators import Indicator, indicators
from deploy.outcomes import outcomes


def fact(case: str, kind: str, **data):
    return {"case": case, "type": f"{kind}.v1", "data": data}


def registered(case: str):
    return fact(case, "request_registered", channel="phone", scope="A3")


def of(name: str, *facts) -> Indicator:
    return next(one for one in indicators(facts) if one.id == name)


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
    one = of("on_time_reply", *ALL, *KEPT, *BROKEN)
    assert (one.numerator, one.denominator, one.value) == (["A"], ["A", "B"], 0.5)


def test_what_is_not_recorded_is_in_neither_number_and_told():
    one = of("on_time_reply", *ALL, *KEPT, *UNKNOWN)
    assert (one.denominator, one.not_recorded) == (["A"], ["D"])


def test_what_no_longer_mattered_is_nowhere():
    one = of("on_time_reply", *ALL, *KEPT, *MOOT)
    assert (one.denominator, one.not_recorded) == (["A"], [])


def test_a_withdrawn_breach_counts_as_kept():
    withdrawn = fact("B", "deadline_breach_withdrawn", clock="T02")
    one = of("on_time_reply", *ALL, *BROKEN, withdrawn)
    assert one.numerator == ["B"]


def test_nothing_to_divide_by_is_no_figure():
    assert all(one.value is None for one in indicators([]))


@pytest.mark.parametrize(("level", "satisfied", "bad"), [(5, 1, 0), (3, 1, 0), (2, 0, 1), (1, 0, 1)])
def test_levels_three_to_five_satisfy_and_one_and_two_are_bad(level, satisfied, bad):
    facts = [registered("A"), fact("A", "evaluation_submitted", level=level)]
    assert of("satisfaction", *facts).value == satisfied
    assert of("bad_rating", *facts).value == bad


def test_credentials_not_shown_not_recorded_and_shown_are_three_things():
    arrived = [fact(case, "team_arrived") for case in "ABC"]
    one = of("credentials_shown", *ALL, *arrived, fact("A", "credentials_shown"), fact("B", "credentials_not_shown"))
    assert (one.numerator, one.denominator, one.not_recorded) == (["A"], ["A", "B"], ["C"])


def test_outcomes_count_each_case_once():
    facts = [
        *ALL,
        fact("A", "request_declined"),
        *(fact("B", kind) for kind in ("request_confirmed", "result_delivered")),
        fact("B", "matter_handled", result="K01"),
        *(fact("C", kind) for kind in ("request_confirmed", "result_delivered")),
        fact("C", "matter_handled", result="K02"),
        fact("D", "rule_deviated", rule="V-02"),
    ]
    found = outcomes(facts)
    assert found.by_outcome == {"declined": ["A"], "done_on_site": ["B"], "delivered": ["C"], "registered": ["D"]}
    assert found.deviations == {"V-02": ["D"]}
    assert found.by_channel == {"phone": 4}


def test_clocks_are_counted_by_how_they_ended():
    clocks = outcomes([*ALL, *KEPT, *BROKEN, *MOOT, *UNKNOWN]).clocks["T02"]
    assert (clocks["set"], clocks["met"], clocks["late"], clocks["breached"], clocks["not_recorded"]) == (4, 1, 1, 1, 1)
    assert clocks["running"] == 0
