"""What is on disk stays readable, and what others rely on stays promised."""

import pytest

from tests.golden import Golden

GOLDEN = Golden("intake")


def test_there_is_a_golden_sample_of_every_fact():
    assert GOLDEN.samples.keys() == GOLDEN.facts.keys()


@pytest.mark.parametrize("kind", GOLDEN.samples)
def test_what_was_stored_is_read_as_it_was_written(kind):
    GOLDEN.reads_as_it_was_written(kind)


@pytest.mark.parametrize("promise", GOLDEN.promises, ids=lambda promise: promise.type)
def test_promised_facts_hold_what_is_promised(promise):
    GOLDEN.holds(promise)


@pytest.mark.parametrize("kind", GOLDEN.samples)
def test_every_fact_can_be_told_in_both_languages_without_a_gap(kind):
    GOLDEN.is_told_without_a_gap(kind)
