"""What is on disk stays readable, what people read is in both languages, and every rule has its source."""

import tomllib
from itertools import chain
from pathlib import Path

import pytest

from services.feedback import codes
from services.feedback.app import FEEDBACK
from shared.words import catalogue
from tests.feedback.source import FACTS, refusals
from tests.given import anning
from tests.golden import Golden

ROOT = Path(__file__).parents[2]
GOLDEN = Golden("feedback")
FILES = [tomllib.loads(path.read_text("utf-8")) for path in sorted((ROOT / "shared/words").glob("feedback*.toml"))]


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_a_fact_once_stored_is_read_for_ever(kind):
    GOLDEN.reads_as_it_was_written(kind)
    GOLDEN.is_told_without_a_gap(kind)


def test_every_fact_has_a_golden_sample_and_a_decider():
    mine = {fact.type for decider in FEEDBACK.deciders for fact in decider.facts if fact in FACTS.values()}
    assert set(GOLDEN.samples) == set(FACTS) == mine


@pytest.mark.parametrize("promise", GOLDEN.promises, ids=lambda promise: promise.type)
def test_promises_are_kept(promise):
    GOLDEN.holds(promise)


def test_every_refusal_has_its_sentence_and_none_is_left_over():
    assert set(chain(*(file.get("why", {}) for file in FILES))) == {why for _, why in refusals()} - {"not_provided_for"}


def test_every_rule_that_is_named_has_its_source():
    named = {rule for rule, _ in refusals()} - {"state"}
    known = anning().rules
    assert named <= set(known)
    assert all(known[rule].source and known[rule].zh and known[rule].en for rule in named)


@pytest.mark.parametrize(
    ("section", "known"),
    [
        ("codes_codes", set(codes.REASONS) | codes.LOCAL_REASONS), ("codes_classification", codes.CLASSIFICATIONS),
        ("codes_category", codes.CATEGORIES), ("codes_channel", codes.CHANNELS), ("codes_reason", codes.NOT_ACCEPTED),
        ("codes_finding", codes.FINDINGS), ("codes_measure", codes.MEASURES), ("codes_measures", codes.MEASURES),
        ("codes_command", {type_.__name__ for type_ in FEEDBACK.desk}),
    ],
)  # fmt: skip
def test_every_code_has_a_word_in_both_languages(section, known):
    assert known <= set(catalogue()[section])
    assert all(set(catalogue()[section][code]) == {"zh", "en"} for code in known)
