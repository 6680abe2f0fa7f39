"""The longest way of a case, second part: a visit that an illness ends, another one, the decision, the result in hand.

DOMAIN 4.4 … 4.7.
"""

from shared.contracts import intake, intake_request, scheduling, visits, visits_after
from shared.contracts import visits_door as door
from shared.contracts.common import Item
from tests.journey.longest_asking import CHIEF, CLERK, DISPATCHER, HANDLER, THEMSELVES, period
from tests.journey.test_live_case import Center, prepared

LEAD, TEAM, DUTY = "visitor:A01", ("A01", "A03"), "duty_leader:F07"
POINTS = ("purpose", "process", "time", "fee", "rights", "phone", "card")
BOOK, CARD = Item(code="household_register", original=True), Item(code="id_card", original=False)
BAG = {"bag": "FQ-2026-0319", "intact": True, "signed": True}
EARLY, LATE = period("03-24", "09:00", "10:00"), period("03-24", "10:00", "11:00")


async def prepared_in_spite_of_risk(center: Center) -> None:
    """A known conflict: somebody who leads approves, and the community comes along."""
    await center.at("2026-03-19 13:30")
    await center.done("scheduling", scheduling.ReleaseVisit, CHIEF)
    await center.no("N-04", "visits", door.AssessRisk, LEAD, level="low", factors=("known_conflict",))
    await prepared(center, TEAM, level="high", factors=("known_conflict", "floor"), measures=("escort",))
    await center.no("N-04", "visits", visits.DepartTeam, LEAD)
    await center.done("visits", door.ApproveRisk, CHIEF)
    await center.at("2026-03-19 13:55")
    await center.done("visits", visits.DepartTeam, LEAD)
    await center.no("P-05", "scheduling", scheduling.ReplaceTeamMember, DISPATCHER, out="A03", stand_in="A04",
                    reason="Z01", handover="complete")  # fmt: skip
    await center.at("2026-03-19 14:10")
    await center.done("scheduling", scheduling.ReportDelay, LEAD, minutes=20, reason="Z03")


async def let_in(center: Center, moment: str) -> None:
    await center.at(moment)
    await center.done("visits", visits.ArriveTeam, LEAD, distance="at_place")
    told = [fact["data"] for fact in await center.facts("scheduling") if fact["type"] == "team_assigned.v1"]
    await center.done("visits", door.VerifyTeam, THEMSELVES, staff=TEAM, code=told[-1]["verify_code"])
    await center.no("V-02", "visits", door.RecordEntry, LEAD, answer="granted", announced=True)
    await center.done("visits", visits.ShowCredentials, LEAD)
    await center.done("visits", door.RecordEntry, LEAD, answer="granted", announced=True)
    await center.done("visits", visits.VerifyIdentity, LEAD)
    await center.done("visits", door.ExplainPurpose, LEAD, points=POINTS)


async def asked_apart(center: Center, name: str) -> None:
    note = await center.vault.seal_text(name, LEAD, "问：是否本人意愿？答：是。")
    await center.done("visits", visits.AskTrueIntention, LEAD, own_will=True, apart=True, note=note)


async def at_the_door(center: Center) -> None:
    """Not recorded, so a witness; the original in a sealed bag; then somebody falls ill, and that comes first."""
    await let_in(center, "2026-03-19 14:50")
    await center.no("R-09", "intake", intake.WithdrawRequest, THEMSELVES)
    await center.at("2026-03-19 14:55")
    await center.done("visits", visits.AskRecordingConsent, LEAD, answer="refused")
    await center.no("V-05", "visits", visits.StartRecording, LEAD, device="REC-1")
    await center.done("visits", door.KeepAlternativeEvidence, LEAD, evidence="witness")
    await center.at("2026-03-19 15:02")
    await asked_apart(center, "l:apart")
    await center.at("2026-03-19 15:08")
    await center.done("visits", visits.TakeMaterials, LEAD, items=(BOOK, CARD))
    await center.done("visits", visits.SignMaterialList, LEAD)
    await center.done("visits", visits_after.SealBag, LEAD, bag=BAG["bag"])
    await center.at("2026-03-19 15:15")
    note = await center.vault.seal_text("l:ill", LEAD, "申请人突感胸闷")
    await center.done("visits", visits.AbortVisit, LEAD, reason="K12", incident="PH2", level="III", called="120",
                      note=note)  # fmt: skip
    await center.no("X-03", "visits", visits.LeaveVisit, LEAD)


async def helped(center: Center) -> None:
    await center.at("2026-03-19 15:20")
    for step in ("called_120", "first_aid", "centre_told", "family_told"):
        await center.done("visits", visits_after.TakeIncidentStep, LEAD, step=step)
    await center.done("visits", visits_after.PhoneSupervisor, LEAD, supervisor="F07")
    await center.at("2026-03-19 15:35")
    await center.done("visits", visits_after.TakeIncidentStep, LEAD, step="handed_over")
    await center.done("visits", visits_after.TellNextStep, LEAD, step="visit_again", day=EARLY.day)
    await center.done("visits", visits.LeaveVisit, LEAD)
    await center.at("2026-03-19 16:00")
    await center.done("visits", visits.ReportSafeReturn, LEAD)
    await center.done("visits", door.DeclareConduct, LEAD)
    hand_in = {"parts": ("service_record", "material_list", "kit"), "recordings": (), "received_by": "F02"}
    await center.no("V-20", "visits", visits.HandInRecords, LEAD, **hand_in)
    await center.done("visits", visits_after.HandOverMaterials, LEAD, receiver="F02", place="at_centre", **BAG)
    await center.done("visits", visits.HandInRecords, LEAD, **hand_in)
    await center.at("2026-03-19 16:30")
    report = await center.vault.seal_text("l:report", LEAD, "15 时 15 分突发疾病，已移交急救人员")
    await center.done("visits", visits_after.WriteIncidentReport, LEAD, report=report)
    await center.no("X-10", "visits", visits_after.DecideIncident, DUTY, level="III", measure="continued")
    await center.done("visits", visits_after.DecideIncident, DUTY, level="III", measure="stopped")
    await center.done("visits", visits.CloseIncident, DUTY, measure="stopped")


async def another_time(center: Center) -> None:
    await center.at("2026-03-19 16:45")
    await center.done("scheduling", scheduling.OfferPeriods, DISPATCHER, periods=(EARLY, LATE))
    await center.done("scheduling", scheduling.BookAppointment, THEMSELVES, period=EARLY)
    await center.done("scheduling", scheduling.AssignTeam, DISPATCHER, lead="A01", members=("A03",))
    await center.at("2026-03-20 10:00")
    await center.done("intake", intake_request.SupplyPledged, CLERK, pieces=("household_register_copy",))
    await center.at("2026-03-23 10:00")
    debrief = await center.vault.seal_text("l:debrief", DUTY, "处置得当")
    better = await center.vault.seal_text("l:better", DUTY, "出发前询问当日身体状况并记录")
    await center.done("visits", visits_after.ReviewIncident, DUTY, debrief=debrief, support="talk", improvement=better)


async def handled(center: Center) -> None:
    """Well again, and recorded this time; another need is noticed and passed on with consent."""
    await center.at("2026-03-24 08:05")
    await center.done("scheduling", scheduling.ReleaseVisit, CHIEF)
    await prepared(center, TEAM, level="medium", factors=("floor",), measures=("lift_checked",))
    await center.at("2026-03-24 08:30")
    await center.done("visits", visits.DepartTeam, LEAD)
    await let_in(center, "2026-03-24 09:02")
    await center.at("2026-03-24 09:06")
    await center.done("visits", visits.AskRecordingConsent, LEAD, answer="given", scope="audio")
    await center.done("visits", visits.StartRecording, LEAD, device="REC-1")
    await asked_apart(center, "l:apart2")
    await center.at("2026-03-24 09:20")
    await center.done("visits", door.CopyDocument, LEAD, item="id_card", device="SCAN-1", marked=True)
    await center.no("V-12", "visits", door.SignDocument, LEAD, document="application_form", way="thumbprint",
                    explained=True, read_aloud=True, witness="A01")  # fmt: skip
    await center.done("visits", door.SignDocument, LEAD, document="application_form", way="thumbprint",
                      explained=True, read_aloud=True, witness="A03")  # fmt: skip
    await center.done("visits", visits.StopRecording, LEAD, digest="a" * 64)
    await center.at("2026-03-24 09:35")
    await center.no("V-08", "visits", visits.HandleMatter, LEAD, result="K02")
    await center.done("visits", visits.HandleMatter, LEAD, result="K02", acceptance_number="SL-2026-0042",
                      inquiry="phone")  # fmt: skip
    await center.done("visits", visits_after.ChooseDeliveryWay, THEMSELVES, way="at_door")
    await center.no("V-13", "visits", visits_after.CollectFee, LEAD, fen=500, method="cash")
    await center.done("visits", visits_after.NoticeNeed, LEAD, need="care")
    await center.no("V-21", "visits", visits_after.ReferNeed, LEAD, need="care", body="community")
    await center.done("visits", visits_after.ReferNeed, LEAD, need="care", body="community", consent=True)
    await center.at("2026-03-24 09:50")
    await center.done("visits", door.RecordCommunication, LEAD, phrases=("L-05", "L-06", "L-07"))
    await center.done("visits", door.SignServiceRecord, LEAD, by_applicant=True, by_team=True,
                      summary=("done", "next", "when"), card_left=True)  # fmt: skip
    await center.done("visits", visits.LeaveVisit, LEAD)
    await center.at("2026-03-24 10:20")
    await center.done("visits", visits.ReportSafeReturn, LEAD)
    await center.done("visits", door.DeclareConduct, LEAD, offered=("meal",))
    await center.done("visits", visits.HandInRecords, LEAD, recordings=("a" * 64,), received_by="F02",
                      parts=("service_record", "material_list", "kit", "recordings"))  # fmt: skip


async def decided(center: Center) -> None:
    """The time stands still for an expert's review, and is extended once, before it runs out."""
    await center.at("2026-03-26 10:00")
    await center.no("D-02", "visits", visits_after.SuspendDecision, HANDLER, ground="holiday", notice="TZ-1")
    await center.done("visits", visits_after.SuspendDecision, HANDLER, ground="expert_review", notice="TZ-2026-7")
    await center.at("2026-04-01 10:00")
    await center.done("visits", visits_after.ResumeDecision, HANDLER)
    await center.at("2026-04-10 10:00")
    longer = {"reason": "facts_unclear", "told": "written"}
    await center.no("D-01", "visits", visits_after.ExtendDecision, HANDLER, **longer, approved_by=HANDLER)
    await center.done("visits", visits_after.ExtendDecision, HANDLER, **longer, approved_by=CHIEF)
    await center.no("T17", "visits", visits_after.ExtendDecision, HANDLER, **longer, approved_by=CHIEF)
    await center.at("2026-04-22 10:00")
    await center.done("visits", visits.DecideMatter, HANDLER, document="HK-2026-0042")


async def delivered(center: Center) -> None:
    """Nobody is there the first time; the second time the original goes back with the result."""
    await center.at("2026-04-23 15:00")
    await center.done("visits", visits_after.RecordDeliveryAttempt, LEAD, way="at_door", why="nobody_there")
    await center.at("2026-04-24 10:00")
    result = {"way": "at_door", "receipt": "SD-2026-0042", "items": 1, "materials": (BOOK, CARD)}
    await center.no("D-07", "visits", visits.DeliverResult, LEAD, **result, recipient="third_person",
                    identity_checked=True)  # fmt: skip
    await center.done("visits", visits.DeliverResult, LEAD, **result, recipient="applicant", identity_checked=True)
    assert "request_completed" in await center.kinds("intake")


async def visiting(center: Center) -> None:
    for step in (prepared_in_spite_of_risk, at_the_door, helped, another_time, handled, decided, delivered):
        await step(center)
