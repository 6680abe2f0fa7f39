"""Sentences: blanks filled with words, and what is not known left out where the sentence says so."""

import pytest

from shared import words


@pytest.fixture
def told(monkeypatch):
    said = {
        "facts": {
            "x": {"zh": "已处置：{step}[[，编号 {number}]][[，{who}在场]]（{done}）", "en": "{step}[[, no. {number}]]"}
        }
    }
    monkeypatch.setattr(words, "catalogue", lambda: said)
    return lambda language="zh", **about: words.sentence("facts", "x", about, language)


def test_a_part_in_double_brackets_is_said_when_its_blank_is_known(told):
    assert (
        told(step="报警", number="110-7", who=["甲", "乙"], done=True) == "已处置：报警，编号 110-7，甲、乙在场（是）"
    )
    assert told("en", step="police", number="110-7") == "police, no. 110-7"


@pytest.mark.parametrize("nothing", [None, "", (), []])
def test_it_is_left_out_when_there_is_nothing_to_say(told, nothing):
    assert told(step="报警", number=nothing, who=nothing, done=False) == "已处置：报警（否）"


def test_a_no_is_something_to_say(told):
    assert told(step="报警", number=False, done=None) == "已处置：报警，编号 否（未记录）"
