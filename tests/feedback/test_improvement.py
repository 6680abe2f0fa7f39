"""A corrective action: proposed, adopted with cause, measure, owner and date, done, and seen to have had an effect."""

from datetime import date

import pytest

from services.feedback.events_improvement import (
    ImprovementAdopted,
    ImprovementClosed,
    ImprovementEffectChecked,
    ImprovementImplemented,
    ImprovementNumbered,
    ImprovementProposed,
    ImprovementRejected,
    ImprovementTakenUpAgain,
)
from services.feedback.improvement import IMPROVEMENT, IMPROVEMENT_BOOK
from shared.contracts.complaints import (
    AdoptImprovement,
    CheckEffect,
    CloseImprovement,
    ImplementImprovement,
    ProposeImprovement,
    RejectImprovement,
)
from shared.decider import To
from tests.feedback.complaints import FIRST, ticked
from tests.feedback.samples import WEDNESDAY, ask
from tests.given import at, given, obligation

NUMBER = "620105-2026-1"
DUE = date(2026, 4, 9)  # 20 working days, Qingming between
proposed = ImprovementProposed(source="complaint", about=FIRST, cause="attitude", measure="training")
adopted = ImprovementAdopted(cause="attitude", measure="training", owner="F03", due=DUE)
implemented = ImprovementImplemented(by="F03", proof="training_record")
checked = ImprovementEffectChecked(by="F06", effective=True, before=3, after=0)


def propose(*history, **fields):
    asked = {"case": "620105-2026", "source": "complaint", "about": FIRST, "cause": "attitude", "measure": "training"}
    return given(IMPROVEMENT_BOOK, *history).when(ask(ProposeImprovement, **(asked | fields)), at=WEDNESDAY)


def on_it(command, *history, moment=WEDNESDAY, **fields):
    return given(IMPROVEMENT, *history).when(ask(command, case=NUMBER, **fields), at=moment)


@obligation("Q-02")
def test_Q02_a_proposal_has_a_number_of_its_own():
    propose().then(ImprovementNumbered(number=1), To(f"improvement/{NUMBER}", proposed))
    propose(ImprovementNumbered(number=1)).then(
        ImprovementNumbered(number=2), To("improvement/620105-2026-2", proposed)
    )


@obligation("Q-02")
def test_Q02_causes_and_measures_are_known_ones():
    propose(cause="fate").then_refused("Q-02", "improvement_cause_unknown")
    propose(measure="hope").then_refused("Q-02", "improvement_measure_unknown")
    on_it(AdoptImprovement, proposed, owner="Z99").then_refused("Q-02", "owner_unknown")


@obligation("Q-02")
@pytest.mark.parametrize("lacking", ["cause", "measure", "owner"])
def test_Q02_it_is_adopted_with_cause_measure_and_owner(lacking):
    whole = {"cause": "attitude", "measure": "training", "owner": "F03"}
    bare = proposed.model_copy(update={"cause": None, "measure": None})
    on_it(AdoptImprovement, bare, **(whole | {lacking: None})).then_refused("Q-02", "improvement_incomplete")
    on_it(AdoptImprovement, bare, **whole).then(adopted)


@obligation("Q-02")
def test_Q02_its_date_is_twenty_working_days_or_earlier_and_then_it_is_reminded():
    on_it(AdoptImprovement, proposed, owner="F03", due=date(2026, 4, 10)).then_refused("Q-02", "date_beyond_limit")
    on_it(AdoptImprovement, proposed, owner="F03", due=date(2026, 3, 20)).then(
        adopted.model_copy(update={"due": date(2026, 3, 20)})
    )
    yes = on_it(AdoptImprovement, proposed, owner="F03")
    yes.then_clocks(**{"Q-02.action": at("2026-04-09 17:30")})
    history, stream = [proposed, *yes.facts()], f"improvement/{NUMBER}"
    assert ticked(IMPROVEMENT, stream, history, "Q-02.action", at("2026-04-09 17:30")) == ["deadline_breached.v1"]


def test_Q02_not_adopted_is_said_with_the_reason():
    on_it(RejectImprovement, proposed, reason="done_already").then(ImprovementRejected(reason="done_already"))
    on_it(RejectImprovement, reason="done_already").then_refused("Q-02", "improvement_unknown")
    on_it(AdoptImprovement, proposed, ImprovementRejected(reason="done_already")).then_refused("state")


@obligation("Q-02")
def test_Q02_the_effect_is_checked_in_time_by_somebody_else():
    done = on_it(ImplementImprovement, proposed, adopted, by="F03", proof="training_record")
    done.then(implemented)
    done.then_clocks(**{"Q-02.effect": at("2026-04-09 17:30")})
    history = (proposed, adopted, implemented)
    on_it(CheckEffect, *history, by="F03", effective=True).then_refused("Q-02", "owner_checks_own")
    on_it(CheckEffect, *history, by="F06", effective=True, before=3, after=0).then(checked)


def test_Q02_without_effect_it_is_done_again():
    useless = checked.model_copy(update={"effective": False, "after": 3})
    again = on_it(CheckEffect, proposed, adopted, implemented, by="F06", effective=False, before=3, after=3)
    again.then(useless, ImprovementTakenUpAgain())
    again.then_clocks(**{"Q-02.action": at("2026-04-09 17:30")})
    history = (proposed, adopted, implemented, useless, ImprovementTakenUpAgain())
    on_it(ImplementImprovement, *history, by="F03", proof="second_course").then(
        ImprovementImplemented(by="F03", proof="second_course")
    )


@obligation("Q-02")
def test_Q02_it_is_closed_after_its_effect_was_seen():
    on_it(CloseImprovement, proposed, adopted, implemented).then_refused("Q-02", "effect_not_checked")
    on_it(CloseImprovement, proposed, adopted, implemented, checked).then(ImprovementClosed())
    on_it(CloseImprovement, proposed, adopted, implemented, checked, ImprovementClosed()).then_refused("state")
