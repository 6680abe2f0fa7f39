"""The longest way of a case, last part: called, rated badly, mended, complained of, learnt from, filed.

DOMAIN 4.8 … 4.13.
"""

from shared.contracts import complaints, feedback, feedback_archive, ratings
from tests.given import at
from tests.journey.longest_asking import CHIEF, HANDLER, THEMSELVES
from tests.journey.test_live_case import CENTER, Center

CALLER, OTHER_CALLER = "return_visitor:D01", "return_visitor:D02"
OFFICE, SUPERVISOR, DIRECTOR, ARCHIVIST = "complaint_officer:F05", "supervisor:F06", "director:F03", "archivist:F08"
FINE = {"satisfied": True, "came": True, "on_time": True, "credentials_shown": True, "explained": True,
        "asked_for_gifts": False, "materials_returned": True, "result_correct": True, "suggestions": False}  # fmt: skip


async def called(center: Center) -> None:
    """Reached at the third try: the team was late, and nothing is to be opened for it."""
    for moment in ("2026-04-27 10:00", "2026-04-27 15:00"):
        await center.at(moment)
        await center.done("feedback", feedback.AttemptReturnVisit, CALLER, by="D01")
    await center.no("F-04", "feedback", feedback.CloseUnreachable, CALLER, by="D01")
    await center.at("2026-04-28 10:00")
    late = FINE | {"on_time": False}
    await center.no("F-02", "feedback", feedback.CompleteReturnVisit, CALLER, by="A03", **late, consent=False)
    await center.done("feedback", feedback.CompleteReturnVisit, CALLER, by="D01", **late, consent=False)


async def rated(center: Center) -> None:
    await center.at("2026-04-28 11:00")
    await center.no("E-03", "feedback", feedback.SubmitRating, "clerk:F01", level=5)
    await center.done("feedback", feedback.SubmitRating, THEMSELVES, level=2, codes=("H01",))
    await center.at("2026-04-29 10:00")
    plan = {"reason": "several_departments", "measure": "training", "due": at("2026-05-14 00:00").date(), "told": True}
    await center.no("E-07", "feedback", ratings.PlanRectification, HANDLER, **plan)
    await center.no("E-05", "feedback", feedback.ContactEvaluator, HANDLER, by="A01")
    await center.done("feedback", feedback.ContactEvaluator, HANDLER, by="F02")
    await center.done("feedback", ratings.PlanRectification, HANDLER, **plan)


async def complained(center: Center) -> None:
    """In writing, of money asked for: serious, so the leader hears of it and discipline inspection too."""
    await center.at("2026-04-29 14:00")
    who = await center.vault.seal_person("l:who", OFFICE, "司徒代办", "none", "", "13887654321", "",
                                         on=at("2026-04-29 00:00").date())  # fmt: skip
    words = await center.vault.seal_text("l:words", OFFICE, "来信：态度生硬，索要误餐费")
    received = await center.done(
        "feedback", feedback.ReceiveComplaint, THEMSELVES, channel="letter", category="CT06", written=True, text=words,
        demand=words, complainant=who.sealed, respondents=("A01",), occurred_at=at("2026-03-19 14:50"), evidence=(),
    )  # fmt: skip
    assert received.case == f"{center.case}.1"
    name = {"case": received.case}
    await center.at("2026-04-29 16:00")
    take = {"handling": "complex", "departments": ("reception", "household")}
    await center.no("C-07", "feedback", feedback.AcceptComplaint, OFFICE, **name, investigator="D01", **take)
    await center.done("feedback", feedback.AcceptComplaint, OFFICE, **name, investigator="F06", **take)
    await center.done("feedback", complaints.InformLeader, OFFICE, **name, leader="director")


async def investigated(center: Center) -> None:
    """Returned by a department, assigned to another, waiting for a third party, extended."""
    name = {"case": f"{center.case}.1"}
    await center.at("2026-04-30 09:30")
    await center.done("feedback", complaints.ReturnComplaint, HANDLER, **name, reason="other_department_leads")
    await center.done("feedback", complaints.AssignComplaint, OFFICE, **name, department="household",
                      investigator="F06")  # fmt: skip
    await center.done("feedback", ratings.FileRatingAppeal, "visitor:A01", kind="mistaken", by="A01",
                      ground="delay_was_told")  # fmt: skip
    await center.at("2026-04-30 11:00")
    answer = {"finding": "FD2", "measures": ("apology", "training"), "form": "written", "by": "F06"}
    await center.no("C-07", "feedback", feedback.ReplyComplaint, OFFICE, **name, **answer)
    for kind in ("complainant_heard", "respondent_heard", "visit_record", "no_recording"):
        await center.done("feedback", complaints.AddEvidence, SUPERVISOR, **name, kind=kind, by="F06")
    await center.done("feedback", complaints.SuspendComplaint, OFFICE, **name, reason="third_party", told=True)
    await center.at("2026-05-06 10:00")
    await center.done("feedback", complaints.ResumeComplaint, OFFICE, **name)
    more = {"reason": "facts_unclear", "told": True}
    await center.no("C-05", "feedback", complaints.ExtendComplaint, OFFICE, **name, **more, approved_by=OFFICE)
    await center.done("feedback", complaints.ExtendComplaint, OFFICE, **name, **more, approved_by=DIRECTOR)
    await center.at("2026-05-08 09:30")
    await center.no("C-09", "feedback", feedback.ReplyComplaint, OFFICE, **name, **answer)
    letter = await center.vault.seal_text("l:letter", OFFICE, "部分属实，已批评教育")
    await center.done("feedback", feedback.ReplyComplaint, OFFICE, **name, **answer, text=letter)


async def heard(center: Center) -> None:
    """More time to mend it; those rated are heard by somebody who is not of their window."""
    await center.at("2026-05-08 10:00")
    more = {"reason": "waiting_for_documents", "told": True}
    await center.no("E-08", "feedback", ratings.ExtendRectification, HANDLER, **more, approved_by=HANDLER)
    await center.done("feedback", ratings.ExtendRectification, HANDLER, **more, approved_by=CHIEF)
    await center.no("E-10", "feedback", ratings.DecideRatingAppeal, SUPERVISOR, outcome="upheld", by="F02",
                    ground="own_window")  # fmt: skip
    await center.done("feedback", ratings.DecideRatingAppeal, SUPERVISOR, outcome="upheld", by="F06",
                      ground="arrived_twenty_minutes_late")  # fmt: skip


async def objected(center: Center) -> None:
    await center.at("2026-05-11 10:00")
    words = await center.vault.seal_text("l:no", OFFICE, "不认可")
    await center.done("feedback", complaints.ObjectToReply, THEMSELVES, case=f"{center.case}.1", text=words)


async def mended(center: Center) -> None:
    """Shown and told."""
    await center.at("2026-05-12 10:00")
    done = {"classification": "RB2", "measure": "training", "told": True}
    await center.no("E-08", "feedback", feedback.RectifyRating, HANDLER, **done)
    await center.done("feedback", feedback.RectifyRating, HANDLER, **done, proof="PX-2026-05")
    await center.at("2026-05-13 10:00")
    await center.done("feedback", ratings.RateRectification, THEMSELVES, level="satisfied")


async def checked_again(center: Center) -> None:
    """Somebody else looks once more; what was decided is done."""
    name = {"case": f"{center.case}.1"}
    await center.at("2026-05-14 10:00")
    words = await center.vault.seal_text("l:again", OFFICE, "复核：部分属实")
    anew = {"finding": "FD2", "measures": ("apology", "training", "process_change"), "form": "written", "text": words,
            "further_ways": ("petition", "administrative_review")}  # fmt: skip
    await center.no("C-10", "feedback", complaints.RecheckComplaint, OFFICE, **name, by="F06", **anew)
    await center.done("feedback", complaints.RecheckComplaint, OFFICE, **name, by="F07", **anew)
    await center.done("feedback", feedback.CompleteReturnVisit, OTHER_CALLER, by="D02", **FINE)
    await center.at("2026-05-15 10:00")
    for measure in anew["measures"]:
        await center.done("feedback", complaints.TakeMeasure, CHIEF, **name, measure=measure, by="F03")
    await center.at("2026-05-18 10:00")
    await center.no("C-15", "feedback", complaints.FileComplaint, OFFICE, **name)
    await center.done("feedback", complaints.VisitComplainant, OTHER_CALLER, **name, by="D02", satisfied=True,
                      retaliated=False)  # fmt: skip
    await center.done("feedback", complaints.FileComplaint, OFFICE, **name)


async def learnt(center: Center) -> None:
    """From the month's complaints, and from this one: who checks whether it helped is not who had to do it."""
    await center.at("2026-05-18 11:00")
    proposed = await center.done("feedback", complaints.ProposeImprovement, SUPERVISOR, case=f"{CENTER}-2026",
                                 source="complaint", about=f"{center.case}.1", cause="communication",
                                 measure="training")  # fmt: skip
    name = {"case": proposed.case}
    await center.done("feedback", complaints.AdoptImprovement, CHIEF, **name, owner="F02",
                      due=at("2026-06-05 00:00").date())  # fmt: skip
    await center.at("2026-05-20 10:00")
    await center.no("A-02", "feedback", feedback.FileCase, ARCHIVIST, case=f"{center.case[:-1]}0")
    await center.done("feedback", feedback.FileCase, ARCHIVIST)
    await center.no("A-04", "feedback", feedback_archive.AssignRetention, ARCHIVIST, retention="permanent")
    await center.done("feedback", feedback_archive.AssignRetention, ARCHIVIST, retention="permanent",
                      approval="DA-2026-01")  # fmt: skip
    await center.at("2026-05-26 10:00")
    await center.done("feedback", complaints.ImplementImprovement, HANDLER, **name, by="F02", proof="PX-2026-06")
    await center.at("2026-06-12 10:00")
    await center.no("Q-02", "feedback", complaints.CloseImprovement, CHIEF, **name)
    await center.no("Q-02", "feedback", complaints.CheckEffect, SUPERVISOR, **name, by="F02", effective=True)
    await center.done("feedback", complaints.CheckEffect, SUPERVISOR, **name, by="F06", effective=True, before=3,
                      after=0)  # fmt: skip
    await center.done("feedback", complaints.CloseImprovement, CHIEF, **name)


async def settling(center: Center) -> None:
    for step in (called, rated, complained, investigated, heard, objected, mended, checked_again, learnt):
        await step(center)
