"""What the audit's own log holds on disk stays readable."""

import pytest

from services.audit.events import FACTS
from tests.golden import Golden

GOLDEN = Golden("audit")


def test_there_is_a_golden_sample_of_every_fact():
    assert GOLDEN.samples.keys() == GOLDEN.facts.keys() == {fact.type for fact in FACTS}


@pytest.mark.parametrize("kind", GOLDEN.samples)
def test_what_was_stored_is_read_as_it_was_written(kind):
    GOLDEN.reads_as_it_was_written(kind)
