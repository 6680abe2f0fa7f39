"""Fees, next steps, needs noticed, what is handed in: one rule a test."""

from dataclasses import replace
from datetime import date

import pytest

from services.visits.custody import CUSTODY
from services.visits.events import (
    FollowUpPlanned,
    MaterialTaken,
    MatterHandled,
    RecordingStarted,
    RecordingStopped,
    RecordsHandedIn,
    TeamLeft,
    VisitAborted,
)
from services.visits.events_matters import (
    FeeCollected,
    MaterialHandedOver,
    NeedNoticed,
    NeedReferred,
    NextStepTold,
    ReferralDeclined,
)
from services.visits.fees import FEES
from services.visits.next_step import NEXT_STEP
from services.visits.referral import REFERRAL
from services.visits.visit import VISIT
from shared.contracts.visits import HandInRecords, LeaveVisit
from shared.contracts.visits_after import CollectFee, DeclineReferral, NoticeNeed, ReferNeed, TellNextStep
from shared.decider import To
from shared.rules import Guide
from tests.given import anning, at, given, obligation
from tests.visits.samples import LEDGER, NUMBER, PLANNED, SHOWN, TEN, ask, closed, ready, stated, streams

NOW = at("2026-03-04 09:40")
FEE, FRIDAY, SATURDAY = {"fen": 2000, "method": "pos", "receipt": "PJ-1"}, date(2026, 3, 6), date(2026, 3, 7)


def there(*history):
    return streams({f"visit/{NUMBER}": VISIT.state_after(history or SHOWN)})


# --- V-13: money


def collecting(*history, fee=2000, visit=SHOWN, **changed):
    rules = anning()
    matter = replace(rules.matters["MT-OLDAGE"], guide=Guide(basis=("a statute",), fee_fen=fee))
    rules = replace(rules, matters={**rules.matters, "MT-OLDAGE": matter})
    command = ask(CollectFee, **FEE | changed)
    return given(FEES, *history).when(command, at=NOW, situations=there(*visit), rules=rules)


PAID = FeeCollected(item="MT-OLDAGE", fen=2000, method="pos", receipt="PJ-1")


@obligation("V-13")
def test_V13_only_the_statutory_fee_is_taken_once_and_with_an_official_receipt():
    collecting().then(PAID)
    collecting(fee=0).then_refused("V-13", "no_statutory_fee")
    collecting(fen=2500).then_refused("V-13", "not_the_statutory_amount")
    collecting(receipt=None).then_refused("V-13", "no_official_receipt")
    collecting(PAID).then_refused("V-13", "fee_paid_already")


@obligation("V-13")
@pytest.mark.parametrize("method", ["private_account", "red_packet", "transfer_to_staff"])
def test_V13_never_to_a_private_account_not_even_of_history(method):
    collecting(method=method).then_refused("V-13", "no_official_way_to_pay")
    collecting(method=method, **LEDGER).then_refused("V-13", "no_official_way_to_pay")


def test_V13_nothing_is_taken_where_the_team_is_not():
    collecting(visit=(PLANNED,)).then_refused("state")


# --- V-17: not completed


def telling(*history, result="K04", **fields):
    command = ask(TellNextStep, **{"step": "visit_again", "day": FRIDAY} | fields)
    ended = (*SHOWN, MatterHandled(result=result, round=1))
    return given(NEXT_STEP, *history).when(command, at=NOW, situations=there(*ended))


def leaving(result, *told, aborted=False, **fields):
    end = VisitAborted(reason=result) if aborted else MatterHandled(result=result, round=1)
    situations = streams(closed(), stated("next_step", NEXT_STEP, *told))
    return given(VISIT, *SHOWN, end).when(ask(LeaveVisit, **fields), at=TEN, situations=situations)


AGAIN = NextStepTold(round=1, step="visit_again", day=FRIDAY)


@obligation("V-17")
@pytest.mark.parametrize(("code", "aborted"), [("K03", False), ("K04", False), ("K10", True), ("K16", True)])
def test_V17_what_was_not_completed_has_a_next_step_and_a_day_before_they_leave(code, aborted):
    leaving(code, AGAIN, aborted=aborted).then(TeamLeft())
    leaving(code, aborted=aborted).then_refused("V-17", "next_step_not_told")
    leaving(code, AGAIN.model_copy(update={"round": 2}), aborted=aborted).then_refused("V-17", "next_step_not_told")
    leaving(code, aborted=aborted, **LEDGER).then_deviated()


@obligation("V-17")
def test_V17_the_day_of_the_next_step_is_still_to_come_and_a_visit_is_on_a_working_day():
    telling().then(AGAIN)
    telling(AGAIN).then_nothing()
    telling(day=date(2026, 3, 3)).then_refused("V-17", "next_day_passed")
    telling(day=SATURDAY).then_refused("V-17", "next_day_not_worked")
    telling(day=SATURDAY, step="online").then(AGAIN.model_copy(update={"step": "online", "day": SATURDAY}))


@obligation("V-17")
def test_V17_continuing_without_the_applicant_needs_a_mandate():
    mandated = NextStepTold(round=1, step="continuation", day=FRIDAY, mandate="XB-1")
    telling(step="continuation", mandate="XB-1").then(mandated)
    telling(step="continuation").then_refused("V-17", "mandate_missing")
    leaving("K05", mandated).then(TeamLeft())
    leaving("K05", AGAIN).then_refused("V-17", "mandate_missing")


@obligation("V-17")
def test_V17_another_visit_is_not_only_told_but_planned():
    planned = To(f"visit/{NUMBER}", FollowUpPlanned(round=2))
    telling(result="K03").then(AGAIN, planned)
    telling(result="K04").then(AGAIN)  # planned with its end code
    telling(result="K03", step="online").then(AGAIN.model_copy(update={"step": "online"}))


def test_V17_next_steps_are_those_of_the_center():
    telling(step="go_away").then_refused("V-17", "unknown_next_step")


# --- V-20, T16: handed in

LEFT = (*SHOWN, MatterHandled(result="K02", round=1), TeamLeft())


def handing_in(*custody, **changed):
    situations = streams(closed(), ready(), stated("custody", CUSTODY, *custody))
    fields = {"parts": anning().lists["V-20.parts"], "recordings": (), "received_by": "F02"}
    return given(VISIT, *LEFT).when(ask(HandInRecords, **fields | changed), at=TEN, situations=situations)


@obligation("V-20")
def test_V20_record_list_and_kit_are_taken_over_by_somebody_else():
    handing_in().then(
        RecordsHandedIn(parts=("service_record", "material_list", "kit"), recordings=(), received_by="F02")
    )
    handing_in(parts=("kit",)).then_refused("V-20", "hand_in_incomplete")
    handing_in(received_by="A08").then_refused("V-20", "nobody_took_over")
    handing_in(received_by=None).then_refused("V-20", "nobody_took_over")
    handing_in(parts=None, received_by=None, recordings=None, **LEDGER).then_deviated()


@obligation("V-20")
def test_V20_every_recording_has_its_digest():
    parts = (*anning().lists["V-20.parts"], "recordings")
    handing_in(parts=parts, recordings=("0" * 64,)).then_deviated()
    handing_in(parts=parts).then_refused("V-20", "recordings_not_stated")
    handing_in(recordings=None).then_refused("V-20", "recordings_not_stated")


@obligation("V-20")
@pytest.mark.parametrize("end", [MatterHandled(result="K02", round=1), VisitAborted(reason="K10")])
def test_V20_what_was_recorded_is_handed_in_although_consent_was_withdrawn(end):
    recorded = (*SHOWN, RecordingStarted(device="REC-1"), RecordingStopped(), end, TeamLeft())
    parts = anning().lists["V-20.parts"]

    def handing_in_of(*history, **said):
        asked = ask(HandInRecords, **{"parts": parts, "recordings": (), "received_by": "F02"} | said)
        situations = streams(closed(), ready(), stated("custody", CUSTODY))
        return given(VISIT, *history).when(asked, at=TEN, situations=situations)

    handing_in_of(*recorded).then_refused("V-20", "recording_not_handed_in")
    handing_in_of(*recorded, parts=(*parts, "recordings"), recordings=("0" * 64,)).then_deviated()


@obligation("V-20")
def test_V20_no_original_stays_in_anybodys_bag():
    taken = MaterialTaken(item="household_register", copies=1, original=True, holder="A04")
    handing_in(taken).then_refused("V-20", "materials_still_out")
    handing_in(taken, MaterialHandedOver(giver="A04", receiver="F02", place="at_centre")).then_deviated()


@obligation("T16")
def test_T16_the_same_working_day():
    when = given(VISIT, *LEFT[:-1]).when(ask(LeaveVisit), at=TEN, situations=streams(closed()))
    when.then_clocks(T16=at("2026-03-04 17:30"))


# --- V-21: other needs


def referring(*history, kind=ReferNeed, **fields):
    return given(REFERRAL, *history).when(ask(kind, **{"need": "poverty"} | fields), at=NOW, situations=there(*LEFT))


POVERTY, ABUSE = NeedNoticed(need="poverty"), NeedNoticed(need="abuse", danger=True)


@obligation("V-21")
def test_V21_what_is_noticed_is_referred_the_same_day():
    when = given(REFERRAL).when(ask(NoticeNeed, need="poverty"), at=NOW, situations=there())
    when.then(POVERTY)
    when.then_clocks(**{"V-21": at("2026-03-04 17:30")})
    referring(kind=NoticeNeed, need="ugly_carpet").then_refused("V-21", "unknown_need_noticed")


@obligation("V-21")
def test_V21_with_consent_unless_there_is_danger():
    referring(POVERTY, body="civil_affairs", consent=True).then(
        NeedReferred(need="poverty", body="civil_affairs", consent=True)
    )
    referring(POVERTY, body="civil_affairs").then_refused("V-21", "no_consent_to_refer")
    referring(POVERTY, body="civil_affairs", consent=False).then_refused("V-21", "no_consent_to_refer")
    referring(ABUSE, need="abuse", body="police").then(NeedReferred(need="abuse", body="police"))
    referring(body="civil_affairs", consent=True).then_refused("V-21", "need_not_noticed")


@obligation("V-21")
def test_V21_who_does_not_want_it_may_say_so_but_not_for_a_danger():
    referring(POVERTY, kind=DeclineReferral).then(ReferralDeclined(need="poverty"))
    referring(ABUSE, kind=DeclineReferral, need="abuse").then_refused("V-21", "danger_is_referred")
