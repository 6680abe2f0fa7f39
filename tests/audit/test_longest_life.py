"""The longest live case, which nothing on paper can be: it fits the procedure, and its figures have their facts."""

import pytest

from deploy.auditing.commands.conformance import lived as lives_of
from deploy.indicators import Month, indicators
from deploy.indicators.behind import Evidence
from tests.journey.test_longest_case import lived

__all__ = ["lived"]
pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]


def test_it_fits_the_procedure_in_both_of_its_visits(lived):
    (life,) = lives_of({lived.case: lived.facts})
    assert life.whole
    assert life.fitness == 1
    assert len(life.visits) == 2
    states = {(each.step, each.visit): each.state for each in life.verdicts}
    assert set(states.values()) == {"done"}
    assert {("credentials", 1), ("credentials", 2), ("intention", 2), ("rectification", None)} <= states.keys()


@pytest.mark.parametrize(("kind", "step"), [
    ("periods_offered", "offer"), ("appointment_confirmed", "notice"), ("risk_assessed", "risk"),
    ("reminder_sent", "reminder"), ("purpose_explained", "explanation"), ("identity_verified", "identity"),
    ("service_record_signed", "record"), ("evaluator_contacted", "verification"), ("matter_decided", "result"),
])  # fmt: skip
def test_without_the_facts_of_a_step_it_is_skipped(lived, kind, step):
    without = [fact for fact in lived.facts if fact["type"] != f"{kind}.v1"]
    assert len(without) < len(lived.facts)
    (life,) = lives_of({lived.case: without})
    assert {each.step for each in life.skipped} == {step}


def test_as_many_things_stand_behind_each_figure_as_it_counts(lived):
    evidence = Evidence(Month(lived.facts))
    figures = indicators(lived.facts)
    for one in figures:
        found = evidence.behind(one)
        assert tuple(map(len, found)) == (one.numerator, one.denominator, one.not_recorded), one.id
        assert all(thing.facts for things in found for thing in things), one.id
    assert {"bad_rating_contacted", "extension", "suspension", "complaint_satisfaction"} <= {
        one.id for one in figures if one.numerator
    }  # fmt: skip
