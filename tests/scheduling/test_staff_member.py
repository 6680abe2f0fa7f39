"""The register of staff: what can be said of somebody, and who may say it."""

from datetime import date

import pytest

from services.scheduling.events_staff import (
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
from services.scheduling.roster import roster
from services.scheduling.staff_member import STAFF_MEMBER, StaffRecord
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
from shared.decider import To
from tests.given import anning, at, given, obligation, with_numbers
from tests.scheduling.samples import CASE, LATER, TUESDAY, WEDNESDAY, ask, elsewhere, plans, taken

FOURTH, FIFTH = date(2026, 3, 4), date(2026, 3, 5)
PERSON = "a" * 32
NEW = StaffRegistered(roles=("visitor",), post="窗口", own=False, sex="f", skills=("sign_language",))
SICK = StaffAvailabilityChanged(number=1, kind="sick", first=FOURTH, last=FIFTH)


def of(member="A02", *facts):
    return lambda wish, **fields: given(STAFF_MEMBER, *facts).when(
        ask(wish, **({"case": f"620105-{member}", "actor": "chief:F03"} | fields.pop("by", {}) | fields)),
        at=TUESDAY, rules=fields.pop("rules", None), situations=plans(),
    )  # fmt: skip


def known(member, *facts):
    return roster(anning(), {member: STAFF_MEMBER.state_after(facts).situation}).people[member]


def test_P01_who_is_registered_is_there_with_the_facts_having_the_last_word():
    register = {"duties": ("visitor",), "post": "窗口", "own": False, "sex": "f", "skills": ("sign_language",)}
    of("Z99")(RegisterStaff, **register).then(NEW)
    of("Z99", NEW)(RegisterStaff, **register).then_nothing()
    person = known("Z99", NEW)
    assert (person.post, person.own, person.sex, person.skills) == ("窗口", False, "f", {"sign_language"})
    moved = known("B01", StaffRegistered(roles=("visitor",), post="窗口", sex="m"))
    assert (moved.post, moved.certified("physician", FOURTH)) == ("窗口", True)
    assert "Z99" not in roster(anning(), {"Z99": StaffRecord()}).people


def test_P01_nothing_is_recorded_of_somebody_unknown_and_no_post_that_the_center_does_not_have():
    of("Z99")(RecordTraining, topics=("policy",), done_on=FOURTH).then_refused("P-01", "unknown_staff")
    of("Z99")(RegisterStaff, duties=("visitor",), post="张三").then_refused("P-01", "post_unknown")


def test_P03_a_certificate_counts_from_its_record_until_it_ends():
    fields = {"kind": "notary", "number": "N-1", "valid_from": FOURTH, "valid_to": date(2027, 3, 3)}
    recorded = QualificationRecorded(**fields, renew_by=at("2027-03-03 00:00"))
    of()(RecordQualification, **fields).then(recorded)
    of("A02", recorded)(RecordQualification, **fields).then_nothing()
    of()(RecordQualification, **(fields | {"valid_to": date(2026, 3, 3)})).then_refused("P-03", "ends_before_it_begins")
    assert known("A02", recorded).certified("notary", FOURTH)
    ended = QualificationExpired(kind="notary", number="N-1", ended=FIFTH, reason="withdrawn")
    of("A02", recorded)(EndQualification, number="N-1", ended=FIFTH, reason="withdrawn").then(ended)
    person = known("A02", recorded, ended)
    assert (person.certified("notary", FOURTH), person.certified("notary", FIFTH)) == (True, False)
    assert known("A02", recorded, ended, recorded).certified("notary", FIFTH)


def test_P03_a_certificate_of_the_file_can_be_withdrawn_too():
    of("B01")(EndQualification, number="NOT-THERE", ended=FIFTH, reason="withdrawn").then_refused(
        "P-03", "certificate_unknown"
    )
    ended = QualificationExpired(kind="physician", number="PH-620105-01", ended=FIFTH, reason="withdrawn")
    of("B01")(EndQualification, number="PH-620105-01", ended=FIFTH, reason="withdrawn").then(ended)
    assert not known("B01", ended).certified("physician", FIFTH)


@obligation("P-02")
def test_P02_training_holds_as_long_as_the_centers_rules_say_unless_told():
    short = with_numbers(anning(), **{"scheduling.training_days": 30})
    done = {"topics": ("policy", "business"), "done_on": date(2026, 3, 2)}
    recorded = TrainingRecorded(**done, valid_to=date(2026, 4, 1), renew_by=at("2026-04-01 00:00"))
    given(STAFF_MEMBER).when(
        ask(RecordTraining, case="620105-A02", actor="chief:F03", **done), at=TUESDAY, rules=short
    ).then(recorded)
    of("A02", recorded)(RecordTraining, **done, valid_to=date(2026, 4, 1)).then_nothing()
    of()(RecordTraining, topics=("policy",), done_on=FIFTH).then_refused("P-02", "training_not_yet_done")


@obligation("S-13")
def test_S13_an_absence_is_told_changed_and_called_off():
    away = {"kind": "sick", "first": FOURTH, "last": FIFTH}
    of()(ChangeAvailability, **away).then(SICK)
    of("A02", SICK)(ChangeAvailability, number=1, **away).then_nothing()
    off = SICK.model_copy(update={"cancelled": True})
    of("A02", SICK)(ChangeAvailability, number=1, **away, cancelled=True).then(off)
    second = SICK.model_copy(update={"number": 2, "first": FIFTH})
    of("A02", SICK)(ChangeAvailability, **(away | {"first": FIFTH})).then(second)
    of()(ChangeAvailability, number=7, **away).then_refused("S-13", "absence_unknown")
    of()(ChangeAvailability, **(away | {"last": date(2026, 3, 1)})).then_refused("S-13", "ends_before_it_begins")


@obligation("P-05")
def test_P05_who_is_away_leaves_places_that_have_to_be_filled():
    places = plans(d0304=(taken(WEDNESDAY, "A01", "A02"), elsewhere(LATER, "A02", "A03")))
    morning = ask(ChangeAvailability, case="620105-A02", kind="training", first=FOURTH, last=FIFTH, end="10:30")
    told = StaffAvailabilityChanged(number=1, kind="training", first=FOURTH, last=FIFTH, end="10:30")
    due = To("day_plan/620105-20260304", ReplacementDue(case=CASE, staff="A02", kind="training"))
    given(STAFF_MEMBER).when(morning, at=TUESDAY, situations=places).then(told, due)
    assert list(STAFF_MEMBER.needs(morning, STAFF_MEMBER.initial)) == [
        "day_plan/620105-20260304", "day_plan/620105-20260305"
    ]  # fmt: skip


def test_S13_an_absence_of_years_reads_no_more_plans_than_can_be_booked():
    years = ask(ChangeAvailability, case="620105-A02", kind="other_post", first=FOURTH, last=date(2029, 3, 4))
    assert len(STAFF_MEMBER.needs(years, STAFF_MEMBER.initial)) < 50


@obligation("P-06")
def test_P06_avoidance_is_declared_once_and_lifted():
    said = AvoidanceDeclared(person_ref=PERSON, relation="relative")
    declare = {"person_ref": PERSON, "relation": "relative", "by": {"actor": "visitor:A02"}}
    of()(DeclareAvoidance, **declare).then(said)
    of("A02", said)(DeclareAvoidance, **declare).then_nothing()
    of("A02", said)(LiftAvoidance, person_ref=PERSON).then(AvoidanceLifted(person_ref=PERSON))
    of()(LiftAvoidance, person_ref=PERSON).then_nothing()


@pytest.mark.parametrize("wish", [DeclareAvoidance, ChangeAvailability])
def test_P06_who_visits_speaks_for_themselves(wish):
    fields = (
        {"person_ref": PERSON, "relation": "interest"} if wish is DeclareAvoidance
        else {"kind": "sick", "first": FOURTH, "last": FOURTH}
    )  # fmt: skip
    of()(wish, **fields, by={"actor": "visitor:A01"}).then_refused("P-06", "speaks_for_others")


def test_C13_taken_off_visits_until_registered_for_them_again():
    off = StaffTakenOffVisits(because="C-13")
    of()(TakeOffVisits, because="C-13", by={"actor": "director:G01"}).then(off)
    of("A02", off)(TakeOffVisits, because="C-13").then_nothing()
    back = STAFF_MEMBER.state_after([off, NEW]).situation
    assert not back.off_visits
    same = {"duties": NEW.roles, "post": NEW.post, "own": NEW.own, "sex": NEW.sex, "skills": NEW.skills}
    of("A02", NEW, off)(RegisterStaff, **same).then(NEW)
