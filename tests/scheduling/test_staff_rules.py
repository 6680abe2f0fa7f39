"""What the register of staff says decides who may go (P-02, P-03, P-06, P-07, S-13), at assignment and at release."""

from datetime import date

import pytest

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.events import VisitReleased
from services.scheduling.events_staff import (
    ApplicantComplaintOpened,
    ApplicantComplaintSettled,
    AvoidanceDeclared,
    AvoidanceLifted,
    CircumstancesNoted,
    ComplaintNoted,
    QualificationExpired,
    QualificationRecorded,
    StaffAvailabilityChanged,
    StaffRegistered,
    StaffTakenOffVisits,
    TrainingRecorded,
)
from shared.contracts.scheduling import AssignTeam, NoteCircumstances, NoteComplaint, ReleaseVisit
from shared.decider import To
from shared.messages import Override
from tests.given import given, obligation
from tests.scheduling.samples import CASE, LEDGER, TUESDAY, ask, assigned, booked, people, plans, sought

FOURTH = date(2026, 3, 4)
TEAM = ask(AssignTeam, lead="A01", members=("A02",))
REF = "a" * 32
AVOID = AvoidanceDeclared(person_ref=REF, relation="relative")
COMPLAINT = ApplicantComplaintOpened(complaint=f"{CASE}.1", person_ref=REF)
SICK = StaffAvailabilityChanged(number=1, kind="sick", first=FOURTH, last=FOURTH)
OFF = StaffTakenOffVisits(because="C-13")
TOPICS = ("policy", "business", "procedure", "coordination")
NEWCOMER = StaffRegistered(roles=("visitor",), post="窗口")


def when(*facts, wish=TEAM, history=(), **said):
    around = plans() | people(**said)
    return given(APPOINTMENT, *(history or (sought(**dict(facts)), booked()))).when(wish, at=TUESDAY, situations=around)


def takes(case):
    assert any(fact.type == "team_assigned.v1" for fact in case.facts() if not isinstance(fact, To))


def release(*more, **said):
    return when(wish=ask(ReleaseVisit), history=(sought(), booked(), assigned(), *more), **said)


DENIED = [
    pytest.param("P-06", "must_avoid", AVOID, id="avoidance"),
    pytest.param("P-06", "complaint_open", COMPLAINT, id="complaint"),
    pytest.param("S-13", "not_available", SICK, id="sick"),
    pytest.param("P-02", "taken_off_visits", OFF, id="off the post"),
]


@obligation("P-06", "S-13", "P-02")
@pytest.mark.parametrize(("rule", "why", "fact"), DENIED)
def test_P02_P06_S13_who_may_not_go_is_not_assigned_whoever_answers_for_it(rule, why, fact):
    when(A02=[fact]).then_refused(rule, why)
    answered = TEAM.model_copy(update={"overrides": (Override(rule=rule, reason="人手不足", by="director:G01"),)})
    when(wish=answered, A02=[fact]).then_refused(rule, why)
    takes(when(A03=[fact]))
    takes(when(wish=TEAM.model_copy(update=LEDGER), A02=[fact]))


@obligation("P-06", "S-13", "P-02")
@pytest.mark.parametrize(("rule", "why", "fact"), DENIED)
def test_P02_P06_S13_looked_at_again_before_departure(rule, why, fact):
    release().then(VisitReleased())
    release(A02=[fact]).then_refused(rule, why)


def test_P06_what_is_lifted_or_settled_or_about_others_does_not_count():
    takes(when(A02=[AVOID, AvoidanceLifted(person_ref=REF)]))
    takes(when(A02=[COMPLAINT, ApplicantComplaintSettled(complaint=f"{CASE}.1")]))
    takes(when(A02=[AvoidanceDeclared(person_ref="b" * 32, relation="interest")]))
    takes(when(A02=[SICK.model_copy(update={"start": "10:00"})]))
    takes(when(A02=[SICK, SICK.model_copy(update={"cancelled": True})]))


@obligation("P-02")
def test_P02_training_is_valid_on_the_day_of_the_visit():
    trained = TrainingRecorded(topics=TOPICS, done_on=date(2026, 3, 2), valid_to=FOURTH)
    newcomer = TEAM.model_copy(update={"members": ("Z99",)})
    when(wish=newcomer, Z99=[NEWCOMER]).then_refused("P-02", "training_not_valid")
    takes(when(wish=newcomer, Z99=[NEWCOMER, trained]))
    part = trained.model_copy(update={"topics": ("policy", "business")})
    when(wish=newcomer, Z99=[NEWCOMER, part]).then_refused("P-02", "training_not_valid")
    over = trained.model_copy(update={"valid_to": date(2026, 3, 3)})
    when(wish=newcomer, Z99=[NEWCOMER, over]).then_refused("P-02", "training_not_valid")


@obligation("P-03")
def test_P03_a_certificate_withdrawn_after_the_assignment_stops_the_release():
    wish = ask(AssignTeam, lead="A01", members=("C01",))
    ended = QualificationExpired(kind="property_registrar", number="PR-620105-01", ended=FOURTH, reason="withdrawn")
    matter = ("matter", "MT-PROPERTY")
    takes(when(matter, wish=wish))
    when(matter, wish=wish, C01=[ended]).then_refused("P-03", "no_valid_certificate")
    history = (sought(matter="MT-PROPERTY"), booked(), assigned(matter="MT-PROPERTY").model_copy(
        update={"members": ("C01",)}))  # fmt: skip
    when(wish=ask(ReleaseVisit), history=history).then(VisitReleased())
    when(wish=ask(ReleaseVisit), history=history, C01=[ended]).then_refused("P-03", "no_valid_certificate")


def test_P03_a_certificate_that_the_register_has_seen_counts():
    seen = QualificationRecorded(kind="property_registrar", number="N-1", valid_from=FOURTH, valid_to=FOURTH)
    takes(when(("matter", "MT-PROPERTY"), A02=[seen]))


WOMAN = ("sex", "f")  # A01 and A03 are women, A02 and A05 men in the center's file
MEN = ask(AssignTeam, lead="A02", members=("A05",))


@obligation("P-07")
@pytest.mark.parametrize(
    "asked",
    [
        {"needs": ("alone",)},
        {"age_band": "under_18", "matter": "MT-PENSION"},
        {"matter": "MT-IDCARD"},
    ],
)
def test_P07_somebody_of_the_same_sex_is_there(asked):
    when(WOMAN, *asked.items(), wish=MEN).then_refused("P-07", "nobody_of_same_sex")
    takes(when(WOMAN, *asked.items()))
    takes(when(*asked.items(), wish=MEN))  # whose sex is not known: nothing is concluded
    takes(when(("sex", "m"), *asked.items(), wish=MEN))
    head = Override(rule="P-07", reason="本人书面同意", by="chief:F03")
    when(WOMAN, *asked.items(), wish=MEN.model_copy(update={"overrides": (head,)})).then_deviated("P-07")
    takes(when(WOMAN, *asked.items(), wish=MEN.model_copy(update=LEDGER)))


def test_P07_not_asked_where_others_are_at_home():
    takes(when(WOMAN, ("matter", "MT-PENSION"), wish=MEN))


@obligation("P-07")
@pytest.mark.parametrize("need", ["sign_language", "language"])
def test_P07_somebody_speaks_as_the_applicant_does(need):
    when(("needs", (need,))).then_refused("P-07", "nobody_speaks")
    takes(when(("needs", (need,)), A02=[NEWCOMER.model_copy(update={"skills": (need,)})]))


@obligation("P-07")
def test_P07_what_becomes_known_later_counts_before_departure():
    alone = CircumstancesNoted(needs=("sign_language",))
    release(alone).then_refused("P-07", "nobody_speaks")
    noted = when(wish=ask(NoteCircumstances, needs=("sign_language",), area="peili"))
    noted.then(alone.model_copy(update={"area": "peili"}))
    when(wish=ask(NoteCircumstances, needs=("sign_language",)), history=(sought(), booked(), alone)).then_nothing()
    when(wish=ask(NoteCircumstances, needs=("alone",)), history=(sought(needs=("alone",)),)).then_nothing()
    calm = ask(NoteCircumstances, gone=("risk", "dogs"))
    flagged = CircumstancesNoted(needs=("risk",))
    over = CircumstancesNoted(gone=("risk",))
    when(wish=calm, history=(sought(needs=("dogs",)), booked(), flagged)).then(over)
    when(wish=calm, history=(sought(), booked(), flagged, over)).then_nothing()
    early = given(APPOINTMENT).when(ask(NoteCircumstances, needs=("alone",)), at=TUESDAY, situations=plans())
    early.then_refused("S-03", "not_confirmed")


@obligation("P-06")
def test_P06_a_complaint_is_told_to_whoever_had_gone_and_so_is_its_end():
    history = (sought(), booked(), assigned())
    opened = ask(NoteComplaint, number=1, open=True)
    noted = ComplaintNoted(number=1, staff=("A01", "A02"), open=True)
    when(wish=opened, history=history).then(
        noted, To("staff_member/620105-A01", COMPLAINT), To("staff_member/620105-A02", COMPLAINT)
    )
    when(wish=opened, history=(*history, noted)).then_nothing()
    when(wish=opened, history=(sought(),)).then_nothing()
    closed, others = ask(NoteComplaint, number=1, open=False), assigned(booked().period, "A03", "A04")
    settled = ApplicantComplaintSettled(complaint=f"{CASE}.1")
    when(wish=closed, history=(*history, noted, others)).then(
        noted.model_copy(update={"open": False}),
        To("staff_member/620105-A01", settled), To("staff_member/620105-A02", settled),
    )  # fmt: skip
    when(wish=closed, history=history).then_nothing()
    assert "staff_member/620105-A01" in APPOINTMENT.needs(closed, APPOINTMENT.state_after([*history, noted, others]))
