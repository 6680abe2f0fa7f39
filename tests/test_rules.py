"""A center's rules: each with grade and source; what is inferred may be given up, the rest may not; nothing twice."""

import shutil
import tomllib
from pathlib import Path

import pytest

from shared.rules import load_rules
from tests.given import anning
from tests.obligations.register import ALL, entry

CENTER = Path(__file__).parents[1] / "deploy/centers/620105"
GRADES = {"SEED", "A", "B", "C", "D", "K", "I"}


@pytest.fixture
def center(tmp_path):
    return Path(shutil.copytree(CENTER, tmp_path / "center"))


def add(center, text):
    (center / "rules" / "own.toml").write_text(text, "utf-8")


def switched_off(center, rule):
    """The center's own file says the rule anew, switched off; the sample's row is taken out."""
    for path in (center / "rules").glob("*.toml"):
        text = path.read_text("utf-8")
        if (head := f'[rules."{rule}"]\n') in text:
            path.write_text(text.replace(head, head + "on = false\n"), "utf-8")
            return
    raise AssertionError(f"{rule} is in no file")


def test_every_obligation_has_words_a_grade_and_a_source():
    for name in ALL:
        assert entry(name).whole, name
        assert entry(name).grade in GRADES, name


def test_every_limit_number_and_list_has_a_grade_and_a_source():
    files = [tomllib.loads(path.read_text("utf-8")) for path in (CENTER / "rules").glob("*.toml")]
    rows = [
        (name, row) for file in files for section in ("limits", "numbers", "lists")
        for name, row in file.get(section, {}).items()
    ]  # fmt: skip
    assert len(rows) > 100
    assert [name for name, row in rows if row.get("grade") not in GRADES or not row.get("source")] == []


def test_a_center_may_give_up_what_is_inferred(center):
    assert anning().rules["P-10"].grade == "I"
    switched_off(center, "P-10")
    rules = load_rules(center)
    assert not rules.in_force("P-10")
    assert rules.in_force("P-04")


def test_no_center_may_give_up_what_a_statute_says(center):
    assert anning().rules["V-05"].grade == "A"
    switched_off(center, "V-05")
    with pytest.raises(ValueError, match=r"V-05 .grade A. is no center's own choice"):
        load_rules(center)


def test_what_is_said_twice_is_not_loaded(center):
    add(center, '[rules."V-02"]\nzh = "x"\nen = "x"\ngrade = "I"\nsource = "x"\n')
    with pytest.raises(ValueError, match=r"says twice: .'V-02'"):
        load_rules(center)


def test_rules_are_taken_away_by_name_with_the_variants_of_a_limit():
    less = anning().without("V-02", "T09")
    assert not less.in_force("V-02")
    assert not less.in_force("T09")
    assert not less.in_force("T09.urgent")
    assert anning().in_force("T09.urgent")
    with pytest.raises(KeyError, match="V-99"):
        anning().without("V-99")
