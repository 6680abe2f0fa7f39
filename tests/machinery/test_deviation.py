"""Rules of procedure: refused, unless somebody entitled answers for it or history was so; then a fact says it."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from shared.decider import Context, Refused
from shared.deviation import Breach, RuleDeviated, admit
from shared.messages import Override
from shared.rules import Rule
from tests.given import anning
from tests.machinery.conftest import TUESDAY, count

RULES = replace(
    anning(),
    rules={
        "V-01": Rule("规则", "rule", "C", "S1", override=frozenset({"director"})),
        "V-02": Rule("规则", "rule", "C", "S1"),
        "V-03": Rule("规则", "rule", "C", "S1", on=False),
    },
)
CONTEXT = Context(TUESDAY, TUESDAY, RULES)
BREACH = Breach("V-01", "not_provided_for", {"minutes": 7})
BY_DIRECTOR = Override(rule="V-01", reason="特殊情况", by="director:Z01")


def admitted(*breaches, **more):
    return admit(count(1, **more), CONTEXT, *breaches)


def refused(*breaches, **more):
    with pytest.raises(Refused) as said:
        admitted(*breaches, **more)
    return said.value


def test_a_live_user_is_refused_with_the_rule_and_what_it_is_about():
    said = refused(None, BREACH)
    assert (said.rule, said.why, said.about) == ("V-01", "not_provided_for", {"minutes": 7})


def test_somebody_entitled_answers_for_it_with_a_reason():
    assert admitted(BREACH, overrides=(BY_DIRECTOR,)) == [
        RuleDeviated(rule="V-01", why="not_provided_for", how="overridden", reason="特殊情况",
                     approved_by="director:Z01", about={"minutes": "7"})
    ]  # fmt: skip


@pytest.mark.parametrize(
    "override",
    [BY_DIRECTOR.model_copy(update={"by": "clerk:Z01"}), BY_DIRECTOR.model_copy(update={"rule": "V-02"})],
    ids=["not entitled", "another rule"],
)
def test_an_override_that_does_not_count(override):
    assert refused(BREACH, overrides=(override,)).rule == "V-01"


def test_a_rule_that_nobody_may_override():
    assert refused(Breach("V-02", "x"), overrides=(BY_DIRECTOR.model_copy(update={"rule": "V-02"}),)).rule == "V-02"


def test_an_override_needs_a_reason():
    with pytest.raises(ValidationError):
        Override(rule="V-01", reason="", by="director:Z01")


def test_what_a_ledger_says_is_taken_as_it_was_and_noted():
    (deviated,) = admitted(BREACH, actor="importer:ledger", origin="ledger")
    assert (deviated.how, deviated.reason, deviated.approved_by) == ("recorded", None, None)


def test_what_a_ledger_has_no_column_for_is_no_deviation():
    silent = replace(BREACH, in_ledger=False)
    assert admitted(silent, actor="importer:ledger", origin="ledger") == []
    assert refused(silent).rule == "V-01", "but a live user is asked"


def test_a_rule_that_the_center_switched_off_is_not_broken():
    assert admitted(Breach("V-03", "x")) == []


def test_of_several_each_is_noted_and_the_first_that_nobody_answers_for_refuses():
    assert refused(BREACH, Breach("V-02", "x"), overrides=(BY_DIRECTOR,)).rule == "V-02"
    both = admitted(BREACH, Breach("V-02", "x"), actor="importer:ledger", origin="ledger")
    assert [deviated.rule for deviated in both] == ["V-01", "V-02"]
