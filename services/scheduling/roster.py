"""The center's staff file and the register's facts laid together: who somebody is, for whoever has to decide."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from services.scheduling.staff_record import StaffRecord
from shared.decider import Context
from shared.rules import Certificate, Rules, StaffMember
from shared.situation import replace

NOTHING = StaffRecord()


def stream_of(case: str, member: str) -> str:
    """The stream of that member of staff in the center whose code the case number holds."""
    _, _, rest = case.partition("-")
    return f"staff_member/{rest.partition('-')[0] or case}-{member}"


@dataclass(frozen=True)
class Roster:
    """`people`: who is known at all."""

    people: Mapping[str, StaffMember]
    records: Mapping[str, StaffRecord] = field(default_factory=dict)

    def record(self, member: str) -> StaffRecord:
        return self.records.get(member, NOTHING)


def roster(rules: Rules, records: Mapping[str, StaffRecord]) -> Roster:
    people = {**rules.staff}
    for member, record in records.items():
        if person := _together(member, rules.staff.get(member), record):
            people[member] = person
    return Roster(people, records)


def roster_of(case: str, members: Iterable[str], context: Context) -> Roster:
    """Of a decision's own people: their streams are among what it needs, so that they are guarded."""
    records = {member: context.situations[stream_of(case, member)].situation for member in members}
    return roster(context.rules, records)


def _together(member: str, filed: StaffMember | None, record: StaffRecord) -> StaffMember | None:
    said = record.registered
    if said:
        known = filed or StaffMember(member, frozenset(), "")
        person = replace(known, roles=frozenset(said.roles), post=said.post, own=said.own, sex=said.sex,
                         skills=frozenset(said.skills))  # fmt: skip
    elif filed:
        person = filed
    else:
        return None
    numbers = {certificate.number for certificate in record.certificates}
    kept = (each for each in person.certificates if each.number not in numbers)
    certificates = tuple(_until(each, record) for each in (*kept, *record.certificates))
    return replace(person, certificates=certificates, trainings=(*person.trainings, *record.trainings))


def _until(certificate: Certificate, record: StaffRecord) -> Certificate:
    """One that was withdrawn counts up to the day before."""
    ended = record.ended.get(certificate.number)
    if ended is None or ended > certificate.valid_to:
        return certificate
    return replace(certificate, valid_to=ended - timedelta(days=1))
