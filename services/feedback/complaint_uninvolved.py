"""Who may have to do with a complaint: nobody it is about (C-04, C-07, C-15; DOMAIN 11, segregation of duties)."""

from services.feedback.complaint_situations import Record
from services.feedback.complaint_streams import case_of
from services.feedback.return_visit_situations import CaseCompleted
from shared.decider import Context
from shared.deviation import Breach, forbid
from shared.messages import Command


def involved(who: str, command: Command, record: Record, context: Context) -> Breach | None:
    """Neither complained of, nor of the team, nor its return visitor. Before the case is complete, feedback knows only
    whom the complaint names."""
    forbid(context, Breach("C-07", "investigator_unknown", {"by": who}) if who not in context.rules.staff else None)
    match part_of(who, command, record, context):
        case "respondent":
            return Breach("C-07", "investigator_is_respondent", {"by": who})
        case "team":
            return Breach("C-07", "investigator_of_team", {"by": who})
        case "caller":
            return Breach("C-07", "investigator_was_caller", {"by": who})
    return None


def part_of(who: str, command: Command, record: Record, context: Context) -> str:
    visit = context.situations[f"return_visit/{case_of(command.case)}"].situation
    if who in record.against:
        return "respondent"
    if isinstance(visit, CaseCompleted):
        return "team" if who in visit.team else "caller" if who in visit.callers else ""
    return ""
