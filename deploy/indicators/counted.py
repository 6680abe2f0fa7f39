"""Which facts make a thing count, for each indicator; as data, so that whoever audits a figure can read it here."""

from typing import NamedTuple

from deploy.indicators.efficiency import ON_TIME

RATED = ("evaluation_submitted", "evaluation_supplemented")
ON_THE_DOOR = ("team_arrived", "matter_handled", "visit_aborted")
CHANGES = ("appointment_cancelled", "appointment_rescheduled", "reschedule_requested")
CONCLUDED = ("complaint_not_accepted", "complaint_transferred", "complaint_replied", "complaint_withdrawn")


class Kinds(NamedTuple):
    """Which kinds of facts of a case count: `true` in the numerator; `owed` in the denominator; `clocks` in both.

    `kind field=a|b` asks for a value. `stream`: not a case is counted but each stream (such as a complaint), and then
    `false` says which facts show that it is not in the numerator.
    """

    true: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    stream: bool = False
    false: tuple[str, ...] = ()


REGISTERED = ("request_registered",)
COUNTED = {id: Kinds(clocks=(clock,), stream=True) for id, clock in ON_TIME.items()} | {
    "completion_on_time": Kinds(("matter_handled result=K01",), ("matter_handled result=K01",), ("T17",)),
    "completion_early": Kinds(clocks=("T17",)),
    "days_to_door": Kinds((), (*REGISTERED, "team_arrived")),
    "visits_per_team_day": Kinds(("team_arrived",), ("team_arrived",)),
    "decline": Kinds(
        ("request_declined", "request_redirected", "request_transferred"),
        ("request_declined", "request_redirected", "request_transferred", "request_accepted"),
    ),
    "withdrawal": Kinds(("request_withdrawn",), REGISTERED),
    "override": Kinds(("rule_deviated how=overridden",), REGISTERED),
    "abort": Kinds(("visit_aborted",), ("team_arrived", "visit_aborted")),
    "repeat_visit": Kinds(("follow_up_planned", "team_arrived"), ("team_arrived",)),
    "one_visit_completion": Kinds(("team_arrived",), ("result_delivered", "team_arrived", "follow_up_planned")),
    "no_show": Kinds(("applicant_not_met",), ("team_arrived", "applicant_not_met")),
    "changed_by_centre": Kinds(tuple(f"{kind} by=centre" for kind in CHANGES), ("appointment_booked",)),
    "centre_miss": Kinds(("centre_miss_recorded",), ("team_arrived", "applicant_not_met", "centre_miss_recorded")),
    "extension": Kinds(("deadline_extended",), REGISTERED),
    "suspension": Kinds(("deadline_suspended",), REGISTERED),
    "file_complete": Kinds(("case_file_filed",), ("case_file_filed",), ("T30",)),
    "credentials_shown": Kinds(("credentials_shown",), ("credentials_shown", "credentials_not_shown", *ON_THE_DOOR)),
    "recording_consent": Kinds(("recording_consent_answered",), ("recording_consent_answered", *ON_THE_DOOR)),
    "material_returned": Kinds(("material_returned", "material_delivered"), ("material_taken",)),
    "incident": Kinds(("incident_reported",), ("team_arrived", "incident_reported")),
    "check_out_overdue": Kinds(("check_out_overdue",), ("check_out_overdue",), ("T15",)),
    "satisfaction": Kinds(RATED, RATED),
    "rating": Kinds(RATED, (*RATED, "evaluation_expired")),
    "bad_rating": Kinds(RATED, RATED),
    "bad_rating_contacted": Kinds(("evaluator_contacted",), ("bad_rating_opened real_name=True",), ("T22",)),
    "bad_rating_answered": Kinds(("rectification_feedback_given",), ("bad_rating_opened real_name=True",), ("T23",)),
    "bad_rating_excluded": Kinds(("rating_excluded",), ("bad_rating_opened", "rating_excluded")),
    "bad_rating_mending_days": Kinds((), ("bad_rating_opened", "rectification_closed")),
    "bad_rating_return_visit": Kinds(
        ("return_visit_completed", "return_visit_declined", "return_visit_closed_unreachable"),
        ("bad_rating_opened real_name=True", "return_visit_due_again"), ("T19", "T23"),
    ),
    "return_visit": Kinds(
        ("return_visit_completed",), ("return_visit_completed", "return_visit_closed_unreachable"), ("T19", "T20")
    ),
    "rating_published": Kinds((), (*RATED, "evaluation_invited")),
    "complaint": Kinds(("complaint_received",), REGISTERED),
    "complaint_response": Kinds(("complaint_accepted", *CONCLUDED), ("complaint_received",), stream=True),
    "complaint_conclusion": Kinds(CONCLUDED, ("complaint_received",), stream=True),
    "complaint_substantiated": Kinds(("complaint_replied finding=FD1|FD2",), ("complaint_replied",), stream=True),
    "complaint_recheck": Kinds(("complaint_objected",), ("complaint_replied",), stream=True),
    "complaint_satisfaction": Kinds(("complainant_visited satisfied=True",), ("complaint_replied",), stream=True,
                                    false=("complainant_visited satisfied=False",)),
    "guide_published": Kinds(REGISTERED, REGISTERED),
    "catalogue_coverage": Kinds(REGISTERED, ("catalogue_published",)),
    "scope": Kinds(REGISTERED, REGISTERED),
    "age_band": Kinds(REGISTERED, REGISTERED),
}  # fmt: skip
