"""How far a request is, for who asks with its number and the end of the phone number (D-08): no name, no address."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.deadlines import Clocked
from shared.words import word

ELSEWHERE = {  # what other services have told of the case, in words for the applicant
    "appointment_sought.v1": "to_be_scheduled", "periods_offered.v1": "periods_offered",
    "appointment_booked.v1": "scheduled", "appointment_rescheduled.v1": "scheduled",
    "appointment_cancelled.v1": "to_be_scheduled", "team_departed.v1": "on_the_way",
    "team_arrived.v1": "in_service", "team_left.v1": "visited", "applicant_not_met.v1": "to_be_scheduled",
    "result_ready.v1": "result_ready", "result_delivered.v1": "delivered",
}  # fmt: skip
HANDED_OVER = ("Confirmed", "InService")  # from then on others know more


def progress(number: str, request: Clocked[Any], since: str, elsewhere: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """`since`: when it came to where it is. `elsewhere`: the documents of other services about the case."""
    situation = request.situation
    stage, section = type(situation).__name__, "codes_situation"
    if stage in HANDED_OVER:
        told = sorted((fact for fact in elsewhere if fact["type"] in ELSEWHERE), key=lambda fact: str(fact["time"]))
        if told:
            stage, section, since = ELSEWHERE[told[-1]["type"]], "codes_stage", told[-1]["time"]
    due = {name: running.due_at.isoformat() for name, running in sorted(request.running.items()) if not running.rung}
    return {
        "number": number, "merged_into": situation.asked.merged_into, "matter": situation.asked.matter,
        "matter_zh": word("codes_matter", situation.asked.matter), "stage": stage,
        "stage_zh": word(section, stage), "stage_en": word(section, stage, "en"), "since": since,
        "first_handler": situation.first_handler, "still_missing": missing(situation), "due": due,
    }  # fmt: skip


def missing(situation: Any) -> Sequence[str]:
    """What the applicant was asked for and has not brought yet."""
    return sorted(getattr(situation, "missing", ()))
