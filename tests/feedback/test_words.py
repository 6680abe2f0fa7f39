"""What is on disk stays readable, what people read is in both languages, and every rule has its source."""

import json
import tomllib
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest

from services.feedback import codes
from services.feedback.app import FEEDBACK
from shared.contracts.feedback import (
    BadRatingOpened,
    ComplaintClosed,
    ComplaintRegistered,
    ComplaintUpheld,
    EvaluationSubmitted,
    ReturnVisitCompleted,
    StaffMovedOffPost,
)
from shared.contracts.ratings import StatisticsPublished
from shared.words import catalogue
from tests.feedback.source import FACTS, refusals
from tests.given import anning

ROOT = Path(__file__).parents[2]
SAMPLES = [json.loads(path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("golden*.json"))]
GOLDEN = dict(chain(*(samples.items() for samples in SAMPLES)))
FILES = [tomllib.loads(path.read_text("utf-8")) for path in sorted((ROOT / "shared/words").glob("feedback*.toml"))]
WORDS = {section: dict(chain(*(file.get(section, {}).items() for file in FILES))) for section in ("facts", "why")}


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_a_fact_once_stored_is_read_for_ever(kind):
    assert FACTS[kind].model_validate(GOLDEN[kind]).model_dump(mode="json", exclude_unset=True) == GOLDEN[kind]


def test_every_fact_has_a_golden_sample_and_a_decider():
    mine = {fact.type for decider in FEEDBACK.deciders for fact in decider.facts if fact in FACTS.values()}
    assert set(GOLDEN) == set(FACTS) == mine


@pytest.mark.parametrize(
    "promise",
    [
        EvaluationSubmitted,
        ReturnVisitCompleted,
        StatisticsPublished,
        ComplaintRegistered,
        ComplaintClosed,
        ComplaintUpheld,
        StaffMovedOffPost,
        BadRatingOpened,
    ],
)
def test_promises_are_kept(promise):
    stored = GOLDEN[promise.type]
    assert (
        promise.model_validate(stored).model_dump().items()
        <= FACTS[promise.type].model_validate(stored).model_dump().items()
    )


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_every_fact_has_its_sentence_with_blanks_that_it_fills(kind):
    for text in WORDS["facts"][kind].values():
        blanks = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert blanks <= set(FACTS[kind].model_fields)
    assert set(WORDS["facts"][kind]) == {"zh", "en"}


def test_every_refusal_has_its_sentence_and_none_is_left_over():
    assert set(WORDS["why"]) == {why for _, why in refusals()} - {"not_provided_for"}


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
