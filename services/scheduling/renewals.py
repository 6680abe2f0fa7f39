"""Certificates and training run out: somebody is reminded while there is still time to renew them (P-02, P-03)."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from services.scheduling.events_staff import QualificationExpired, QualificationRecorded, RenewalDue, TrainingRecorded
from services.scheduling.staff_record import StaffRecord, evolve
from shared.contracts.common import LOCAL
from shared.deadlines import Clock
from shared.messages import Fact

TRAINING = "training"


def ends(record: StaffRecord) -> dict[str, date]:
    """Until when there is a certificate of each kind, and training in every topic that was recorded."""
    found: dict[str, date] = {}
    for certificate in record.certificates:
        if certificate.number not in record.ended:
            found[certificate.kind] = max(certificate.valid_to, found.get(certificate.kind, date.min))
    topics: dict[str, date] = {}
    for training in record.trainings:
        topics |= {topic: max(training.valid_to, topics.get(topic, date.min)) for topic in training.topics}
    return found | ({TRAINING: min(topics.values())} if topics else {})


def _next(record: StaffRecord) -> tuple[str, date] | None:
    untold = [(until, kind) for kind, until in ends(record).items() if record.reminded.get(kind) != until]
    return (min(untold)[1], min(untold)[0]) if untold else None


def renewing(fact: Any, record: StaffRecord) -> Any:
    """The fact with the day from which the next renewal is counted."""
    found = _next(evolve(record, fact))
    return fact.model_copy(update={"renew_by": datetime.combine(found[1], time(), LOCAL) if found else None})


def _remind(record: StaffRecord) -> Sequence[Fact]:
    found = _next(record)
    return [renewing(RenewalDue(kind=found[0], until=found[1]), record)] if found else []


RENEWAL = Clock(
    "P-03.renewal",
    starts=dict.fromkeys((QualificationRecorded, QualificationExpired, TrainingRecorded, RenewalDue), "renew_by"),
    expiry=_remind,
    breach=False,
)
