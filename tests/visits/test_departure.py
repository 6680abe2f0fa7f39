"""What has to be so before a team leaves: risk, lists, people, health; one rule a test."""

from datetime import date

import pytest

from services.visits.events import TeamDeparted, VisitApproved
from services.visits.events_preparation import (
    ChecklistItemDone,
    ChecklistItemOverridden,
    DeviceChecked,
    HealthScreened,
    IssuedMaterialBack,
    MaterialIssued,
    RiskApproved,
    RiskAssessed,
    StaffChecked,
    TransferListClosed,
)
from services.visits.lists import obligatory
from services.visits.preparation import PREPARATION
from services.visits.visit import VISIT
from shared.contracts.visits import DepartTeam
from shared.contracts.visits_door import (
    AnswerHealth,
    ApproveRisk,
    AssessRisk,
    CheckItem,
    CheckSelf,
    IssueMaterials,
    OverrideItem,
    TakeBackMaterials,
)
from shared.messages import Override
from tests.given import anning, at, given, obligation, with_numbers
from tests.visits.samples import LEDGER, NUMBER, PLANNED, REGISTER, ask, planned, prepared, ready

DAWN, DAY = at("2026-03-04 08:35"), date(2026, 3, 4)
OF = {"round": 1, "day": DAY}
TUESDAY = date(2026, 3, 3)
VISIT_PLANNED = {f"visit/{NUMBER}": VISIT.state_after([PLANNED])}


def departing(plan=PLANNED, rules=None, command=None, **preparation):
    return given(VISIT, plan, VisitApproved()).when(
        command or ask(DepartTeam), at=DAWN, rules=rules, situations=ready(**preparation)
    )


def preparing(command, *history, rules=None, now=DAWN):
    return given(PREPARATION, *history).when(command, at=now, situations=VISIT_PLANNED, rules=rules)


def lists(*leave_out):
    return [fact for fact in prepared() if isinstance(fact, ChecklistItemDone) and fact.item not in leave_out]


def of_staff(who, **changed):
    said = {"badge": True, "dress": True, "work_certificate": True, "fit": True}
    return StaffChecked(**OF, staff=who, **said | changed)


def risk(level="low", on=DAY, **fields):
    return RiskAssessed(**OF, level=level, on=on, **fields)


def test_whoever_is_prepared_goes():
    departing().then(TeamDeparted(expected_back=at("2026-03-04 10:30"), watched_from=at("2026-03-04 09:00")))


def test_a_ledger_has_no_column_for_any_preparation():
    when = departing(command=ask(DepartTeam, **LEDGER), risk=[], items=[], device=[], staff=[], transfer=[], health=[])
    when.then(TeamDeparted())
    when.then_deviated()


def test_another_day_asks_for_all_of_it_again():
    departing(day=TUESDAY).then_refused("N-04", "risk_not_assessed")


# --- risk


@obligation("N-04")
@pytest.mark.parametrize(("why", "facts"), [
    ("risk_not_assessed", []),
    ("risk_too_old", [risk(on=date(2026, 3, 2))]),
    ("risk_not_approved", [risk("high", factors=("known_conflict",), measures=("escort",))]),
    ("risk_without_escort", [risk("high", measures=("third_member",)), RiskApproved(**OF, by="F01")]),
])  # fmt: skip
def test_N04_nobody_goes_before_the_risk_is_known_fresh_and_answered_for(why, facts):
    departing(risk=facts).then_refused("N-04", why)


def test_N04_a_high_risk_with_escort_and_approval_may_be_gone_into():
    departing(risk=[risk("high", TUESDAY, measures=("escort",)), RiskApproved(**OF, by="F01")]).then_deviated()


@obligation("N-04")
def test_N04_the_level_is_not_below_what_its_factors_say():
    command = ask(AssessRisk, level="low", factors=("floor", "dogs"))
    preparing(command).then_refused("N-04", "risk_rated_too_low")
    harmless = with_numbers(anning(), **{"risk.dogs": 1})
    preparing(command, rules=harmless).then(risk(factors=("floor", "dogs")))


@obligation("N-04")
def test_N04_somebody_else_approves_a_high_risk():
    high = risk("high", measures=("escort",))
    preparing(ask(ApproveRisk, "supervisor:A08"), high).then_refused("N-04", "own_risk")
    preparing(ask(ApproveRisk, "supervisor:F01"), high).then(RiskApproved(**OF, by="F01"))
    preparing(ask(ApproveRisk, "supervisor:F01")).then_refused("N-04", "risk_not_assessed")


def test_N04_a_new_assessment_needs_a_new_approval():
    departing(
        risk=[risk("high", measures=("escort",)), RiskApproved(**OF, by="F01"), risk("high", measures=("escort",))]
    ).then_refused("N-04", "risk_not_approved")


# --- lists


@obligation("N-01")
def test_N01_materials_and_systems_are_checked_before():
    departing(items=lists("systems")).then_refused("N-01", "precheck_open")


@obligation("N-02")
def test_N02_the_kit_is_complete():
    departing(items=lists("id_reader")).then_refused("N-02", "kit_incomplete")


@obligation("N-02")
@pytest.mark.parametrize("wrong", [{"clock_set": False}, {"charged": False}, {"storage_free": False}, {"device": "X"}])
def test_N02_a_recorder_of_the_center_has_its_clock_right_and_room_left(wrong):
    said = {"device": "REC-1", "clock_set": True, "charged": True, "storage_free": True} | wrong
    departing(device=[DeviceChecked(**OF, **said)]).then_refused("N-02", "recorder_not_ready")


@obligation("N-07")
def test_N07_an_incomplete_mandatory_list_blocks_departure_until_somebody_else_lets_it_go():
    departing(items=lists("dispatch_order")).then_refused("N-07", "checklist_incomplete")
    let_go = ChecklistItemOverridden(**OF, item="dispatch_order", reason="urgent", by="F01")
    departing(items=[*lists("dispatch_order"), let_go]).then_deviated()


@obligation("N-07")
def test_N07_never_by_somebody_of_the_team():
    command = ask(OverrideItem, "supervisor:A04", item="route", reason="urgent")
    preparing(command).then_refused("N-07", "override_by_team")
    preparing(ask(OverrideItem, "supervisor:F01", item="route", reason="urgent")).then(
        ChecklistItemOverridden(**OF, item="route", reason="urgent", by="F01")
    )


def test_N07_an_override_of_the_whole_list_is_a_deviation_with_its_reason():
    override = Override(rule="N-07", reason="the van is waiting", by="supervisor:F01")
    departing(items=lists("route"), command=ask(DepartTeam, overrides=(override,))).then_deviated("N-07")


def test_lists_are_the_centers_and_the_matters():
    assert "camera_background" in obligatory(anning(), "kit", "kit:MT-IDCARD")
    assert "camera_background" not in obligatory(anning(), "kit", "kit:MT-OLDAGE")
    departing(items=lists("route"), rules=with_numbers(anning(), **{"papers.route": 0})).then_deviated()
    departing(planned(matter="MT-HUKOU")).then_refused("N-07", "checklist_incomplete")


def test_items_are_ticked_once():
    command = ask(CheckItem, items=("masks", "gloves"))
    done = [ChecklistItemDone(**OF, item=item, by="A04") for item in ("masks", "gloves")]
    preparing(command).then(*done)
    preparing(command, *done).then_nothing()


# --- what leaves the center


@obligation("N-03")
@pytest.mark.parametrize(("why", "facts"), [
    ("transfer_list_missing", []),
    ("transfer_list_unsigned", [TransferListClosed(**OF, keeper="F02", signed=False)]),
    ("transfer_list_unsigned", [TransferListClosed(**OF, keeper="A08", signed=True)]),
])  # fmt: skip
def test_N03_what_leaves_is_listed_and_signed_by_who_keeps_it(why, facts):
    departing(transfer=facts).then_refused("N-03", why)


def test_N03_items_are_issued_and_taken_back_one_by_one():
    issued = [MaterialIssued(**OF, item=REGISTER.code, copies=1, original=True),
              TransferListClosed(**OF, keeper="F02", signed=True)]  # fmt: skip
    preparing(ask(IssueMaterials, items=(REGISTER,), keeper="F02", signed=True)).then(*issued)
    departing(transfer=issued).then_deviated()
    back = ask(TakeBackMaterials, "handler:F02", items=(REGISTER,))
    preparing(back, *issued).then(IssuedMaterialBack(item=REGISTER.code, copies=1))
    preparing(back).then_refused("N-03", "not_issued")
    departing(transfer=[*issued, TransferListClosed(**OF)]).then_refused("N-03", "transfer_list_unsigned")


# --- people


@obligation("P-08")
@pytest.mark.parametrize("missing", ["badge", "dress", "work_certificate"])
def test_P08_everybody_wears_and_carries_what_shows_who_they_are(missing):
    departing(staff=["A04"]).then_refused("P-08", "badge_dress_certificate")
    without = StaffChecked(**OF, **{"staff": "A08", "badge": True, "dress": True, "work_certificate": True, "fit": True}
                           | {missing: False})  # fmt: skip
    given(VISIT, PLANNED, VisitApproved()).when(
        ask(DepartTeam), at=DAWN, situations=_with_staff(of_staff("A04"), without)
    ).then_refused("P-08", "badge_dress_certificate")


def _with_staff(*checks):
    others = [fact for fact in prepared() if not isinstance(fact, StaffChecked)]
    return {f"preparation/{NUMBER}": PREPARATION.state_after([*others, *checks])}


@obligation("P-09")
def test_P09_nobody_goes_who_is_not_fit_and_nobody_may_let_them():
    override = Override(rule="P-09", reason="only a cold", by="supervisor:F01")
    given(VISIT, PLANNED, VisitApproved()).when(
        ask(DepartTeam, overrides=(override,)), at=DAWN,
        situations=_with_staff(of_staff("A04"), of_staff("A08", fit=False)),
    ).then_refused("P-09", "not_fit")  # fmt: skip


def test_P09_only_whether_somebody_is_fit_is_kept():
    command = ask(CheckSelf, "visitor:A08", badge=True, dress=True, work_certificate=True, fit=False)
    preparing(command).then(of_staff("A08", fit=False))


@obligation("P-03")
def test_P03_a_certificate_is_valid_on_the_day_of_going():
    plan = planned(matter="MT-DISABILITY")
    items = [*lists(), ChecklistItemDone(**OF, item="camera_background", by="A08")]

    def going(until):
        carried = of_staff("A08", certificate="physician", certificate_until=until)
        kept = [fact for fact in prepared(items=items) if not isinstance(fact, StaffChecked)]
        return given(VISIT, plan, VisitApproved()).when(
            ask(DepartTeam), at=DAWN,
            situations={f"preparation/{NUMBER}": PREPARATION.state_after([*kept, of_staff("A04"), carried])},
        )  # fmt: skip

    going(DAY).then_deviated()
    going(TUESDAY).then_refused("P-03", "certificate_not_valid")


# --- the household


@obligation("N-05")
@pytest.mark.parametrize(("why", "facts"), [
    ("health_not_asked", []),
    ("health_not_asked", [HealthScreened(**OF, answer="well", protected=False, on=TUESDAY)]),
    ("postpone_or_protect", [HealthScreened(**OF, answer="symptoms", protected=False, on=DAY)]),
])  # fmt: skip
def test_N05_the_household_is_asked_on_the_day(why, facts):
    departing(health=facts).then_refused("N-05", why)


def test_N05_with_protection_one_may_go():
    departing(health=[HealthScreened(**OF, answer="symptoms", protected=True, on=DAY)]).then_deviated()
    preparing(ask(AnswerHealth, answer="not_said", protected=True)).then(
        HealthScreened(**OF, answer="not_said", protected=True, on=DAY)
    )
