"""A member of staff as the register's facts have them (DOMAIN 4.2, 6.2). Its key is `<center>-<work number>`.

The center's staff.toml is the state that the register starts from; facts add to it and have the last word
(`roster.py` lays both together).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from services.scheduling.day_plan import DayPlan
from services.scheduling.events_staff import (
    ApplicantComplaintOpened,
    ApplicantComplaintSettled,
    AvoidanceDeclared,
    AvoidanceLifted,
    QualificationExpired,
    QualificationRecorded,
    ReplacementDue,
    StaffAvailabilityChanged,
    StaffRegistered,
    StaffTakenOffVisits,
    TrainingRecorded,
)
from shared.contracts.common import Period
from shared.contracts.scheduling import (
    ChangeAvailability,
    DeclareAvoidance,
    EndQualification,
    LiftAvoidance,
    RecordQualification,
    RecordTraining,
    RegisterStaff,
    TakeOffVisits,
)
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.messages import Command, Fact
from shared.rules import Certificate, Training

PLANNED_AHEAD = 45  # days: beyond them nothing is booked (S-05), and the release looks again


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

    def absent(self, period: Period) -> StaffAvailabilityChanged | None:
        return next((a for a in self.absences.values() if covers(a, period)), None)


def covers(absence: StaffAvailabilityChanged, period: Period) -> bool:
    if absence.cancelled or not absence.first <= period.day <= absence.last:
        return False
    return (absence.start or "00:00") < period.end and period.start < (absence.end or "24:00")


def number_of(command: Command) -> str:
    return command.case.rpartition("-")[2]


def decide(command: Command, record: StaffRecord, context: Context) -> Decision:
    member = number_of(command)
    if not isinstance(command, RegisterStaff) and not (record.registered or member in context.rules.staff):
        raise Refused("P-01", "unknown_staff", staff=member)
    if command.role == "visitor" and command.actor.partition(":")[2] != member:
        raise Refused("P-06", "speaks_for_others", staff=member)
    match command:
        case RegisterStaff():
            return _register(command, record, context)
        case RecordQualification(valid_from=first, valid_to=last) if last < first:
            raise Refused("P-03", "ends_before_it_begins")
        case ChangeAvailability(first=first, last=last) if last < first:
            raise Refused("S-13", "ends_before_it_begins")
        case RecordQualification():
            about = command.model_dump(include={"kind", "number", "valid_from", "valid_to"})
            known = Certificate(**about) in record.certificates and command.number not in record.ended
            return [] if known else [QualificationRecorded(**about)]
        case EndQualification():
            return _end(command, record, context)
        case RecordTraining():
            return _train(command, record, context)
        case ChangeAvailability():
            return _absent(command, record, context)
        case DeclareAvoidance(person_ref=person) if person in record.avoids:
            return []
        case DeclareAvoidance():
            return [AvoidanceDeclared(person_ref=command.person_ref, relation=command.relation)]
        case LiftAvoidance(person_ref=person):
            return [AvoidanceLifted(person_ref=person)] if person in record.avoids else []
        case TakeOffVisits():
            return [] if record.off_visits else [StaffTakenOffVisits(because=command.because)]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(record).__name__)


def _register(command: RegisterStaff, record: StaffRecord, context: Context) -> Decision:
    """Posts are those of the center: a word that nobody knows could be anything, a name too."""
    if command.post not in (posts := {member.post for member in context.rules.staff.values()}):
        raise Refused("P-01", "post_unknown", post=command.post, posts="、".join(sorted(posts)))
    registered = StaffRegistered(
        roles=command.duties, post=command.post, own=command.own, sex=command.sex, skills=command.skills
    )
    return [] if registered == record.registered and not record.off_visits else [registered]


def _end(command: EndQualification, record: StaffRecord, context: Context) -> Decision:
    filed = context.rules.staff.get(number_of(command))
    known = (*(filed.certificates if filed else ()), *record.certificates)
    kind = next((each.kind for each in known if each.number == command.number), None)
    if kind is None:
        raise Refused("P-03", "certificate_unknown", number=command.number)
    if record.ended.get(command.number) == command.ended:
        return []
    return [QualificationExpired(kind=kind, number=command.number, ended=command.ended, reason=command.reason)]


def _train(command: RecordTraining, record: StaffRecord, context: Context) -> Decision:
    if command.done_on > context.happened.date():
        raise Refused("P-02", "training_not_yet_done")
    last = command.valid_to or command.done_on + timedelta(days=context.rules.numbers["scheduling.training_days"])
    training = Training(topics=command.topics, done_on=command.done_on, valid_to=last)
    fact = TrainingRecorded(topics=command.topics, done_on=command.done_on, valid_to=last)
    return [] if training in record.trainings else [fact]


def _absent(command: ChangeAvailability, record: StaffRecord, context: Context) -> Decision:
    """Whoever counted on them then has to find another: each such case is marked on the plan of its day."""
    if command.number is not None and command.number not in record.absences:
        raise Refused("S-13", "absence_unknown", number=command.number)
    about = command.model_dump(include={"kind", "first", "last", "start", "end", "cancelled"})
    absence = StaffAvailabilityChanged(number=command.number or len(record.absences) + 1, **about)
    if absence in record.absences.values():
        return []
    return [absence, *_left_open(command, absence, context)]


def _left_open(command: ChangeAvailability, absence: StaffAvailabilityChanged, context: Context) -> list[To]:
    member, found = number_of(command), list[To]()
    for stream, day in _plans(command):
        plan: DayPlan = context.situations[stream].situation
        for place in plan.places.values():
            period = Period(day=day, start=place.start, end=place.end)
            if member in place.staff and covers(absence, period):
                found.append(To(stream, ReplacementDue(case=place.case, staff=member, kind=absence.kind)))
    return found


def _plans(command: ChangeAvailability) -> Sequence[tuple[str, date]]:
    center, days = command.case.partition("-")[0], min((command.last - command.first).days, PLANNED_AHEAD)
    every = (command.first + timedelta(days=n) for n in range(days + 1))
    return [(f"day_plan/{center}-{day:%Y%m%d}", day) for day in every]


def needs(command: Command, _record: StaffRecord) -> Sequence[str]:
    return [stream for stream, _ in _plans(command)] if isinstance(command, ChangeAvailability) else []


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
    return record


STAFF_MEMBER = with_clocks(
    Decider[Any, StaffRecord](
        name="staff_member",
        commands=(
            RegisterStaff, RecordQualification, EndQualification, RecordTraining, ChangeAvailability,
            DeclareAvoidance, LiftAvoidance, TakeOffVisits,
        ),
        facts=(
            StaffRegistered, QualificationRecorded, QualificationExpired, TrainingRecorded,
            StaffAvailabilityChanged, AvoidanceDeclared, AvoidanceLifted, ApplicantComplaintOpened,
            ApplicantComplaintSettled, StaffTakenOffVisits,
        ),
        initial=StaffRecord(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)  # fmt: skip
