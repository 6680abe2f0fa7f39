"""What is on record of a member of staff beyond the center's file, and how facts move it. It only assigns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.scheduling.events_staff import (
    ApplicantComplaintOpened,
    ApplicantComplaintSettled,
    AvoidanceDeclared,
    AvoidanceLifted,
    QualificationExpired,
    QualificationRecorded,
    RenewalDue,
    StaffAvailabilityChanged,
    StaffRegistered,
    StaffTakenOffVisits,
    TrainingRecorded,
)
from shared.contracts.common import Period
from shared.messages import Fact
from shared.rules import Certificate, Training
from shared.situation import replace


@dataclass(frozen=True)
class StaffRecord:
    """`registered` None: only the center's file knows them. `avoids`, `complaints`: references of persons."""

    registered: StaffRegistered | None = None
    certificates: tuple[Certificate, ...] = ()
    ended: Mapping[str, date] = field(default_factory=dict)  # certificate number -> from when it does not count
    trainings: tuple[Training, ...] = ()
    absences: Mapping[int, StaffAvailabilityChanged] = field(default_factory=dict)
    avoids: frozenset[str] = frozenset()
    complaints: Mapping[str, str] = field(default_factory=dict)  # open complaint -> by whom
    off_visits: bool = False
    reminded: Mapping[str, date] = field(default_factory=dict)  # kind -> until when it was, when somebody was reminded

    def absent(self, period: Period) -> StaffAvailabilityChanged | None:
        return next((a for a in self.absences.values() if covers(a, period)), None)


def covers(absence: StaffAvailabilityChanged, period: Period) -> bool:
    if absence.cancelled or not absence.first <= period.day <= absence.last:
        return False
    return (absence.start or "00:00") < period.end and period.start < (absence.end or "24:00")


def evolve(record: StaffRecord, fact: Fact) -> StaffRecord:
    match fact:
        case StaffRegistered():
            return replace(record, registered=fact, off_visits=False)
        case QualificationRecorded(number=number):
            certificate = Certificate(fact.kind, number, fact.valid_from, fact.valid_to)
            others = tuple(each for each in record.certificates if each.number != number)
            ended = {each: day for each, day in record.ended.items() if each != number}
            return replace(record, certificates=(*others, certificate), ended=ended)
        case QualificationExpired():
            return replace(record, ended={**record.ended, fact.number: fact.ended})
        case TrainingRecorded():
            training = Training(topics=fact.topics, done_on=fact.done_on, valid_to=fact.valid_to)
            return replace(record, trainings=(*record.trainings, training))
        case StaffAvailabilityChanged():
            return replace(record, absences={**record.absences, fact.number: fact})
        case AvoidanceDeclared():
            return replace(record, avoids=record.avoids | {fact.person_ref})
        case AvoidanceLifted():
            return replace(record, avoids=record.avoids - {fact.person_ref})
        case ApplicantComplaintOpened():
            return replace(record, complaints={**record.complaints, fact.complaint: fact.person_ref})
        case ApplicantComplaintSettled():
            still = {name: person for name, person in record.complaints.items() if name != fact.complaint}
            return replace(record, complaints=still)
        case StaffTakenOffVisits():
            return replace(record, off_visits=True)
        case RenewalDue():
            return replace(record, reminded={**record.reminded, fact.kind: fact.until})
    return record
