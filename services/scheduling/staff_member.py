"""A member of staff as the register's facts have them (DOMAIN 4.2, 6.2). Its key is `<center>-<work number>`.

The center's staff.toml is the state that the register starts from; facts add to it and have the last word
(`roster.py` lays both together).
"""

from collections.abc import Sequence
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
    RenewalDue,
    ReplacementDue,
    StaffAvailabilityChanged,
    StaffRegistered,
    StaffTakenOffVisits,
    TrainingRecorded,
)
from services.scheduling.renewals import RENEWAL, renewing
from services.scheduling.staff_record import StaffRecord, covers, evolve
from shared.contracts.common import Period
from shared.contracts.scheduling_staff import (
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
from shared.messages import Command
from shared.rules import Certificate, Training

PLANNED_AHEAD = 45  # days: beyond them nothing is booked (S-05), and the release looks again


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
            return [] if known else [renewing(QualificationRecorded(**about), record)]
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
    ended = QualificationExpired(kind=kind, number=command.number, ended=command.ended, reason=command.reason)
    return [renewing(ended, record)]


def _train(command: RecordTraining, record: StaffRecord, context: Context) -> Decision:
    if command.done_on > context.happened.date():
        raise Refused("P-02", "training_not_yet_done")
    last = command.valid_to or command.done_on + timedelta(days=context.rules.numbers["scheduling.training_days"])
    training = Training(topics=command.topics, done_on=command.done_on, valid_to=last)
    fact = TrainingRecorded(topics=command.topics, done_on=command.done_on, valid_to=last)
    return [] if training in record.trainings else [renewing(fact, record)]


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
            ApplicantComplaintSettled, StaffTakenOffVisits, RenewalDue,
        ),
        initial=StaffRecord(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    [RENEWAL],
)  # fmt: skip
