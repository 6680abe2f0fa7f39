"""Whole cases over all streams, live and as a ledger has them; the clocks run beside."""

import pytest

from shared.contracts.visits import (
    AbortVisit,
    ApproveVisit,
    ArriveTeam,
    AskRecordingConsent,
    DecideMatter,
    DeliverResult,
    DepartTeam,
    HandleMatter,
    LeaveVisit,
    RecordNotMet,
    ReportSafeReturn,
    ReturnMaterials,
    ShowCredentials,
    SignMaterialList,
    TakeMaterials,
)
from shared.contracts.visits_after import ChooseDeliveryWay, TellNextStep
from shared.decider import Refused
from tests.given import at
from tests.visits.samples import CERTIFICATE, LEDGER, REGISTER, Case, ask, hand_in, plan


def at_the_door(arrived="09:03", **origin):
    case = Case()
    case.does(plan(), at("2026-03-03 10:00"))
    case.does(ask(ApproveVisit, "system:reaction"), at("2026-03-04 08:30"))
    if not origin:
        case.prepares(at("2026-03-04 08:30"))
    case.does(ask(DepartTeam, **origin), at("2026-03-04 08:35"))
    case.does(ask(ArriveTeam, **(origin or {"distance": "at_place"})), at(f"2026-03-04 {arrived}"))
    return case


def deadlines(case, noun, clock):
    facts = [fact for name, fact in case.log if name == noun and getattr(fact, "clock", None) == clock]
    return [kind for fact in facts if (kind := fact.type.removeprefix("deadline_").removesuffix(".v1")) != "warned"]


def delivering(way, actor="visitor:A04", **fields):
    evidence = {"receipt": "SD-1", "recipient": "applicant", "identity_checked": True, "items": 1}
    return ask(DeliverResult, actor, way=way, **evidence | fields)


def test_a_case_from_plan_to_delivery():
    case, day = at_the_door(), "2026-03-04"
    case.enters(at(f"{day} 09:05"))
    case.does(ask(AskRecordingConsent, answer="given", scope="both"), at(f"{day} 09:06"))
    case.does(ask(TakeMaterials, items=(REGISTER, CERTIFICATE)), at(f"{day} 09:20"))
    case.does(ask(HandleMatter, result="K02", acceptance_number="SL-1", inquiry="phone"), at(f"{day} 09:40"))
    case.closes(at(f"{day} 09:42"))
    case.does(ask(ReturnMaterials, items=(REGISTER,)), at(f"{day} 09:45"))
    with pytest.raises(Refused):
        case.does(ask(LeaveVisit), at(f"{day} 09:50"))
    case.does(ask(SignMaterialList), at(f"{day} 09:50"))
    case.does(ask(LeaveVisit), at(f"{day} 09:55"))
    case.does(ask(ReportSafeReturn), at(f"{day} 10:30"))
    case.does(hand_in(), at(f"{day} 11:00"))
    case.does(ask(DecideMatter, "handler:F01"), at("2026-03-09 11:00"))
    case.does(ask(ChooseDeliveryWay, way="post"), at("2026-03-09 12:00"))
    case.does(delivering("post", "clerk:F02", tracking="EMS-1"), at("2026-03-10 16:00"))

    assert case.deviated() == []
    assert all(not case.clocks(noun) for noun in case.states)
    met = {fact.clock: fact.late for _, fact in case.log if fact.type == "deadline_met.v1"}
    assert met.keys() >= {"T09", "T13", "T15", "T16", "T18"}
    assert not any(met.values())
    *_, (noun, closing) = [(name, fact) for name, fact in case.log if not fact.type.startswith("deadline")]
    assert (noun, closing.type, closing.team) == ("delivery", "result_delivered.v1", ("A04", "A08"))


def test_T13_more_than_fifteen_minutes_late_is_a_breach_by_the_clock():
    case = at_the_door("09:16")
    assert deadlines(case, "visit", "T13") == ["set", "breached", "met"]
    assert deadlines(at_the_door("09:15"), "visit", "T13") == ["set", "met"]


def test_T13_is_breached_when_its_moment_comes_and_nobody_is_urged():
    case = Case()
    case.does(plan(), at("2026-03-03 10:00"))
    case.tick("visit", "T13", at("2026-03-04 09:15"))
    assert deadlines(case, "visit", "T13") == ["set", "breached"]
    assert not case.states["visit"].running["T13"].climbs


def test_T09_counts_on_from_the_acceptance_through_changes_and_is_met_by_the_first_arrival():
    case = Case()
    case.does(plan(), at("2026-03-03 10:00"))
    case.does(plan("2026-03-10"), at("2026-03-04 08:00"))
    case.tick("visit", "T09", at("2026-03-09 17:30"))
    case.does(plan("2026-03-11"), at("2026-03-10 08:00"))
    assert deadlines(case, "visit", "T09") == ["set", "breached"]
    case.does(ask(ApproveVisit, "system:reaction"), at("2026-03-11 08:00"))
    case.departs(at("2026-03-11 08:20"), at("2026-03-11 08:30"))
    case.arrives(at("2026-03-11 09:00"))
    assert deadlines(case, "visit", "T09") == ["set", "breached", "met"]
    case.does(ask(RecordNotMet, waited_minutes=20, calls=2), at("2026-03-11 09:20"))
    case.does(plan("2026-03-13", round=2), at("2026-03-11 11:00"))
    assert "T09" not in case.clocks("visit")


def test_T15_runs_until_they_have_left_or_met_nobody():
    case = at_the_door()
    case.does(ask(ShowCredentials), at("2026-03-04 09:04"))
    case.does(ask(AbortVisit, reason="K12", incident="PH2", called="120"), at("2026-03-04 09:10"))
    assert "T15" in case.clocks("visit")
    case.tick("visit", "T15", at("2026-03-04 10:15"))
    assert deadlines(case, "visit", "T15") == ["set", "breached"]
    assert "incident_reported.v1" in case.types("incident")

    unmet = at_the_door()
    unmet.does(ask(RecordNotMet, waited_minutes=15, calls=2), at("2026-03-04 09:20"))
    assert deadlines(unmet, "visit", "T15") == ["set", "met"]


def test_T18_done_on_site_is_due_on_the_deliverys_own_stream():
    case = at_the_door()
    case.enters(at("2026-03-04 09:05"))
    case.does(ask(HandleMatter, result="K01"), at("2026-03-04 09:30"))
    assert "T18" in case.clocks("delivery")
    case.tick("delivery", "T18", at("2026-03-09 17:30"))
    case.does(ask(ChooseDeliveryWay, way="at_door"), at("2026-03-10 09:00"))
    case.does(delivering("at_door"), at("2026-03-10 10:00"))
    assert deadlines(case, "delivery", "T18") == ["set", "breached", "met"]


def test_V02_a_row_of_a_ledger_that_says_that_credentials_were_not_shown_deviates_once():
    case = at_the_door(**LEDGER)
    end = at("2026-03-04 09:55")
    case.does(ask(ShowCredentials, shown=False, **LEDGER), at("2026-03-04 09:03"))
    case.does(ask(AskRecordingConsent, answer="refused", **LEDGER), at("2026-03-04 09:03"))
    case.does(ask(TakeMaterials, items=(REGISTER, CERTIFICATE), **LEDGER), end)
    case.does(ask(HandleMatter, result="K02", **LEDGER), end)
    case.does(ask(ReturnMaterials, items=(REGISTER,), **LEDGER), end)
    case.does(ask(LeaveVisit, **LEDGER), end)
    case.does(ask(DeliverResult, way="post", **LEDGER), at("2026-03-17 16:00"))
    assert case.deviated() == ["V-02"]
    assert case.clocks("delivery") == set()
    assert "result_delivered.v1" in case.types("delivery")


def test_a_row_of_a_ledger_with_nobody_met_has_no_leaving_time():
    case = at_the_door("10:00", **LEDGER)
    case.does(ask(RecordNotMet, waited_minutes=15, calls=2, **LEDGER), at("2026-03-04 10:15"))
    assert case.deviated() == []
    assert case.clocks("visit") == set()
    assert "team_left.v1" not in case.types("visit")


def test_V17_a_second_round_after_a_follow_up():
    case = at_the_door()
    case.enters(at("2026-03-04 09:05"))
    case.does(ask(HandleMatter, result="K04"), at("2026-03-04 09:30"))
    case.closes(at("2026-03-04 09:35"))
    case.does(ask(TellNextStep, step="visit_again", day="2026-03-05"), at("2026-03-04 09:36"))
    case.does(ask(LeaveVisit), at("2026-03-04 09:40"))
    case.does(plan("2026-03-05", round=2), at("2026-03-04 10:00"))
    case.does(hand_in(), at("2026-03-04 11:00"))
    case.does(ask(ApproveVisit, "system:reaction"), at("2026-03-05 08:00"))
    case.departs(at("2026-03-05 08:30"), at("2026-03-05 08:35"))
    case.arrives(at("2026-03-05 09:00"))
    with pytest.raises(Refused, match="V-02"):
        case.does(ask(HandleMatter, result="K01"), at("2026-03-05 09:10"))
    assert deadlines(case, "visit", "T13") == ["set", "met", "set", "met"]
    assert deadlines(case, "visit", "T16") == ["set", "met"]
