"""办不成事: in the day's ledger, contacted that day, settled in time, and no is said only with ground and approval."""

import pytest

from services.feedback.events_improvement import (
    StuckItemContacted,
    StuckItemEntered,
    StuckItemRegistered,
    StuckItemSettled,
)
from services.feedback.stuck_item import STUCK_ITEM, STUCK_LEDGER
from shared.contracts.complaints import ContactStuckItem, EnterStuckItem, SettleStuckItem
from shared.deadlines import DeadlineSet
from shared.decider import To
from tests.feedback.complaints import said, ticked
from tests.feedback.samples import CASE, SEALED, WEDNESDAY, ask
from tests.given import at, given, obligation

LEDGER = "620105-20260311"
ITEM = f"stuck_item/{LEDGER}-1"
registered = StuckItemRegistered(matter="MT-HUKOU", about=CASE, person=SEALED, problem=SEALED, handling="ordinary")
contacted = StuckItemContacted(by="F01")


def enter(*history, moment=WEDNESDAY, **fields):
    asked = {"case": LEDGER, "matter": "MT-HUKOU", "about": CASE, "person": SEALED, "problem": SEALED}
    return given(STUCK_LEDGER, *history).when(ask(EnterStuckItem, **(asked | fields)), at=moment)


def on_item(command, *history, moment=WEDNESDAY, **fields):
    return given(STUCK_ITEM, *history).when(ask(command, case=f"{LEDGER}-1", **fields), at=moment)


def settle(*history, **fields):
    return on_item(SettleStuckItem, *history, **({"outcome": "done", "by": "F02", "told": True} | fields))


@obligation("C-16")
def test_C16_each_is_entered_in_the_days_ledger_under_a_number():
    assert said(enter()) == [StuckItemEntered(number=1), To(ITEM, registered)]
    assert said(enter(StuckItemEntered(number=1)))[0] == StuckItemEntered(number=2)


def test_C16_the_ledger_is_that_of_the_day():
    enter(case="620105-20260310").then_refused("C-16", "wrong_ledger")
    on_item(ContactStuckItem, by="F01").then_refused("C-16", "stuck_item_unknown")


@obligation("C-16")
@pytest.mark.parametrize(
    ("handling", "moment"),
    [("ordinary", "2026-03-16 17:30"), ("complex", "2026-03-18 17:30"), ("special", "2026-03-25 17:30")],
)
def test_C16_contacted_the_same_day_and_settled_in_three_five_or_ten_working_days(handling, moment):
    clocks = [to.fact for to in enter(handling=handling).facts() if isinstance(to, To)][1:]
    assert {clock.clock: clock.due_at for clock in clocks if isinstance(clock, DeadlineSet)} == {
        "C-16.contact": at("2026-03-11 17:30"), "C-16.settle": at(moment),
    }  # fmt: skip
    history = [registered.model_copy(update={"handling": handling}), *clocks]
    assert ticked(STUCK_ITEM, ITEM, history, "C-16.contact", at("2026-03-11 17:30")) == ["deadline_breached.v1"]
    assert ticked(STUCK_ITEM, ITEM, history, "C-16.settle", at(moment)) == ["deadline_breached.v1"]


@obligation("C-16")
def test_C16_no_is_said_with_its_ground_and_the_heads_approval():
    no = {"outcome": "impossible", "ground": "no_legal_basis", "approved_by": "chief:F03"}
    settle(registered, contacted, **(no | {"ground": None})).then_refused("C-16", "no_without_ground")
    settle(registered, contacted, **(no | {"approved_by": "handler:F02"})).then_refused("C-16", "no_not_approved")
    settle(registered, contacted, **no).then(StuckItemSettled(by="F02", told=True, **no))


@obligation("C-16")
def test_C16_it_is_struck_off_after_the_person_was_contacted_and_told():
    on_item(ContactStuckItem, registered, by="F01").then(contacted)
    on_item(ContactStuckItem, registered, contacted, by="F01").then_nothing()
    settle(registered).then_refused("C-16", "stuck_item_not_contacted")
    settle(registered, contacted, told=False).then_refused("C-16", "stuck_item_not_told")
    done = StuckItemSettled(outcome="done", by="F02", told=True)
    settle(registered, contacted).then(done)
    settle(registered, contacted, done).then_nothing()
    settle(registered, contacted, done, outcome="explained").then_refused("state")
