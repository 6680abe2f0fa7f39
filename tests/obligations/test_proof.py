"""The proof itself: it sees a test that bites, one that does not, one that breaks, and one that fails as it is."""

import pytest

from tests.obligations.proof import Proof
from tests.obligations.register import ALL, CLOCKS, OBLIGATIONS

SAMPLE = """
import pytest
from tests.given import anning, obligation

@obligation("V-02")
def test_bites():
    assert anning().in_force("V-02")

@obligation("V-03")
def test_has_no_teeth():
    anning()

@obligation("T09")
def test_breaks():
    if not anning().in_force("T09"):
        raise ZeroDivisionError

@obligation("V-05")
def test_fails_anyway():
    assert False

@obligation("D-05", off=lambda patch: patch.setenv("NO_RECEIPT", "1"))
@pytest.mark.parametrize("name", ["NO_RECEIPT", "OTHER"])
def test_is_taken_away_by_hand(name):
    import os
    assert name not in os.environ

@obligation("V-99")
def test_names_nothing():
    pass

def test_carries_no_id():
    assert False
"""


@pytest.fixture
def proof(pytester: pytest.Pytester) -> Proof:
    pytester.makeini("[pytest]\nmarkers = obligation\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(SAMPLE)
    proof = Proof()
    pytester.inline_run("-p", "no:cacheprovider", plugins=[proof])
    return proof


def test_there_are_163_obligations_and_31_clocks():
    assert (len(OBLIGATIONS), len(CLOCKS), len(set(ALL))) == (163, 31, 194)


def test_what_fails_without_its_rule_is_proved(proof: Proof):
    assert {name for name, proved in proof.found.items() if proved.holds} == {"V-02", "D-05"}


def test_what_passes_without_its_rule_or_breaks_over_it_proves_nothing(proof: Proof):
    assert list(proof.found["V-03"].toothless.values()) == ["passed"]
    assert list(proof.found["T09"].toothless.values()) == ["ZeroDivisionError"]


def test_what_fails_as_it_is_is_told_and_so_is_an_id_that_does_not_exist(proof: Proof):
    assert [name.rpartition("::")[2] for name in proof.broken] == ["test_fails_anyway"]
    assert proof.unknown.keys() == {"V-99"}
