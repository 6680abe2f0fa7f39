"""Who goes (P-01 to P-10), and nobody in two places (DOMAIN 6.2)."""

from dataclasses import replace
from datetime import date

import pytest

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.events import AppointmentBooked, VisitReleased
from services.scheduling.events_staff import CircumstancesNoted
from shared.contracts.common import Period
from shared.contracts.scheduling import AssignTeam, BookAppointment, ReleaseVisit
from shared.deviation import RuleDeviated
from shared.messages import Override
from tests.given import anning, given, obligation, with_numbers
from tests.scheduling.samples import (
    LATER,
    LEDGER,
    RELEASED,
    TUESDAY,
    WEDNESDAY,
    ask,
    assigned,
    booked,
    elsewhere,
    on,
    people,
    plans,
    sought,
    taken,
)

BOOKED = [sought(), booked()]
PROPERTY = [sought(matter="MT-PROPERTY"), booked()]


def team(lead="A01", *members, **fields):
    return ask(AssignTeam, lead=lead, members=members or ("A02",), **fields)


def when(history, command, *places, rules=None, **said):
    around = plans(d0304=places) | people(**said)
    return given(APPOINTMENT, *history).when(command, at=TUESDAY, rules=rules, situations=around)


def staff(member, **changed):
    rules = anning()
    return replace(rules, staff={**rules.staff, member: replace(rules.staff[member], **changed)})


def expired(member):
    return staff(member, certificates=tuple(
        replace(certificate, valid_to=date(2026, 3, 3)) for certificate in anning().staff[member].certificates
    ))  # fmt: skip


def test_P05_a_lead_and_an_assistant_have_their_place():
    when(BOOKED, team()).then(assigned(), on(WEDNESDAY, taken(WEDNESDAY, "A01", "A02")))
    when([*BOOKED, assigned()], team()).then_nothing()


def test_P05_another_of_the_same_post_takes_over_and_the_release_is_void():
    replaced = assigned(WEDNESDAY, "A01", "A03")
    when([*BOOKED, assigned(), RELEASED], team("A01", "A03")).then(
        replaced, on(WEDNESDAY, taken(WEDNESDAY, "A01", "A03"))
    )
    when([*BOOKED, assigned(), RELEASED, replaced], ask(ReleaseVisit)).then(VisitReleased())


@obligation("P-05")
@pytest.mark.parametrize("origin", [{}, LEDGER])
def test_P05_nobody_counts_twice(origin):
    when(BOOKED, team("A01", "A01", **origin)).then_refused("P-05", "counted_twice")
    when(BOOKED, team("A01", "A02", "A02", **origin)).then_refused("P-05", "counted_twice")


@pytest.mark.parametrize("origin", [{}, LEDGER])
def test_P01_who_is_not_there_cannot_go(origin):
    when(BOOKED, team("A01", "Z99", **origin)).then_refused("P-01", "unknown_staff")


@obligation("P-01")
def test_P01_others_than_the_own_staff_need_a_justification():
    lent = staff("A02", own=False)
    when(BOOKED, team(), rules=lent).then_refused("P-01", "not_own_staff")
    justified = team(overrides=(Override(rule="P-01", reason="邻区支援人员，已备案", by="chief:F03"),))
    when(BOOKED, justified, rules=lent).then_deviated("P-01")
    deviated, *_ = [fact for fact in when(BOOKED, justified, rules=lent).facts() if isinstance(fact, RuleDeviated)]
    assert (deviated.reason, deviated.approved_by) == ("邻区支援人员，已备案", "chief:F03")
    own_word = team(overrides=(Override(rule="P-01", reason="邻区支援人员，已备案", by="dispatcher:F04"),))
    when(BOOKED, own_word, rules=lent).then_refused("P-01", "not_own_staff")


def test_P01_the_assignment_says_who_was_lent():
    justified = team(overrides=(Override(rule="P-01", reason="邻区支援人员，已备案", by="chief:F03"),))
    when(BOOKED, justified, rules=staff("A02", own=False)).then(
        assigned(lent=("A02",)), on(WEDNESDAY, taken(WEDNESDAY, "A01", "A02"))
    )


@obligation("P-02")
def test_P02_return_visitors_do_not_go():
    when(BOOKED, team("A01", "D01")).then_refused("P-02", "not_visiting_staff")


ALONE = {"period": WEDNESDAY, "lead": "A01"}
SMALL = sought(matter="MT-PENSION", age_band="18_59")
HEAD = Override(rule="P-04", reason="人手不足，短时送达", by="duty_leader:F07")


@obligation("P-04")
def test_P04_two_people_and_history_says_so_if_not():
    when([SMALL], ask(BookAppointment, **ALONE)).then_refused("P-04", "team_too_small")
    when([SMALL], ask(BookAppointment, **ALONE, overrides=(HEAD,))).then_deviated("P-04")
    when([SMALL], ask(BookAppointment, **ALONE, **LEDGER)).then_deviated("P-04")


@obligation("P-04")
@pytest.mark.parametrize(
    "asked",
    [
        {"matter": "MT-HUKOU", "age_band": "60_79"},  # true intention is witnessed
        {"scope": "E3"},  # an original is delivered
        {"needs": ("originals",)},
        {"needs": ("cash",)},
        {"needs": ("risk",)},
    ],
)
def test_P04_two_without_exception_whoever_would_answer_for_it(asked):
    witnessed = sought(**({"matter": "MT-PENSION", "age_band": "18_59"} | asked))
    when([witnessed], ask(BookAppointment, **ALONE, overrides=(HEAD,))).then_refused("P-04", "two_without_exception")
    when([witnessed], ask(BookAppointment, **ALONE, **LEDGER)).then_deviated("P-04")


@obligation("P-04")
def test_P04_a_risk_that_becomes_known_stops_the_release_of_one_alone():
    history = [SMALL, booked(), assigned(matter="MT-PENSION").model_copy(update={"members": ()})]
    when(history, ask(ReleaseVisit)).then(VisitReleased())
    flagged = [*history, CircumstancesNoted(needs=("risk",))]
    when(flagged, ask(ReleaseVisit, overrides=(HEAD,))).then_refused("P-04", "two_without_exception")


@obligation("P-04")
def test_P04_how_many_is_the_centers_number():
    three = with_numbers(anning(), **{"scheduling.team_size": 3})
    when(BOOKED, team(), rules=three).then_refused("P-04")


@obligation("P-03")
def test_P03_the_matter_needs_its_certificate():
    when(PROPERTY, team()).then_refused("P-03", "no_valid_certificate")
    when(PROPERTY, team("B01", "A02")).then_refused("P-03", "no_valid_certificate")
    certified = assigned(
        WEDNESDAY, "A01", "C01", matter="MT-PROPERTY", certificate="property_registrar", certified=("C01",)
    )
    place = taken(WEDNESDAY, "A01", "C01", matter="MT-PROPERTY")
    when(PROPERTY, team("A01", "C01")).then(certified, on(WEDNESDAY, place))


@obligation("P-03")
def test_P03_valid_on_the_day_of_the_visit():
    when(PROPERTY, team("A01", "C01"), rules=expired("C01")).then_refused("P-03", "no_valid_certificate")


@obligation("P-03")
def test_P03_nobody_can_answer_for_a_missing_certificate_and_history_deviates():
    override = Override(rule="P-03", reason="先去再说", by="director:F01")
    when(PROPERTY, team(overrides=(override,))).then_refused("P-03")
    when(PROPERTY, team(**LEDGER)).then_deviated("P-03")


@obligation("S-13")
def test_S13_nobody_is_in_two_places():
    when(BOOKED, team(), elsewhere(WEDNESDAY, "A02", "A03")).then_refused("S-13", "in_two_places")
    overlap = Period(day="2026-03-04", start="09:30", end="10:30")
    when(BOOKED, team(), elsewhere(overlap, "A01")).then_refused("S-13", "in_two_places")
    when(BOOKED, team(), elsewhere(WEDNESDAY, "A03", "A04")).then(
        assigned(), on(WEDNESDAY, taken(WEDNESDAY, "A01", "A02"))
    )


@obligation("S-13")
def test_S13_nobody_answers_for_it_but_history_deviates_and_takes_the_place():
    override = Override(rule="S-13", reason="两家相邻", by="director:F01")
    when(BOOKED, team(overrides=(override,)), elsewhere(WEDNESDAY, "A02")).then_refused("S-13")
    in_history = when(BOOKED, team(**LEDGER), elsewhere(WEDNESDAY, "A02"))
    in_history.then_deviated("S-13")
    in_history.then(assigned(), on(WEDNESDAY, taken(WEDNESDAY, "A01", "A02")))


@obligation("P-10")
def test_P10_time_to_travel_between_two_doors():
    next_slot = Period(day="2026-03-04", start="10:00", end="11:00")
    when(BOOKED, team(), elsewhere(next_slot, "A02")).then_refused("P-10", "no_travel_time")
    when(BOOKED, team(**LEDGER), elsewhere(next_slot, "A02")).then_deviated()
    when(BOOKED, team(), elsewhere(LATER, "A02")).then(assigned(), on(WEDNESDAY, taken(WEDNESDAY, "A01", "A02")))


@obligation("P-10")
def test_P10_so_many_visits_a_person_and_day():
    day = [Period(day="2026-03-04", start=f"{hour}:00", end=f"{hour}:30") for hour in (11, 13, 15, 17)]
    places = [elsewhere(period, "A02", case=f"SMFW-620105-20260302-000{n}-1") for n, period in enumerate(day, 3)]
    when(BOOKED, team(), *places).then_refused("P-10", "too_many_visits")
    when(BOOKED, team(), *places[:3]).then(assigned(), on(WEDNESDAY, taken(WEDNESDAY, "A01", "A02")))
    when(BOOKED, team(**LEDGER), *places).then_deviated("P-10")
    approved = team(overrides=(Override(rule="P-10", reason="急件，本人同意", by="chief:F03"),))
    when(BOOKED, approved, *places).then_deviated("P-10")


def test_a_period_that_history_does_not_know_has_no_team():
    when([sought(), AppointmentBooked(period=None)], team(**LEDGER)).then_refused("state")


def test_N06_a_visit_is_released_once():
    when([*BOOKED, assigned()], ask(ReleaseVisit)).then(VisitReleased())
    when([*BOOKED, assigned(), RELEASED], ask(ReleaseVisit)).then_nothing()
    when(BOOKED, ask(ReleaseVisit)).then_refused("P-04", "no_team_yet")


@obligation("P-03")
def test_P03_certificates_are_looked_at_again_before_the_release():
    history = [*PROPERTY, assigned(WEDNESDAY, "A01", "C01", matter="MT-PROPERTY")]
    when(history, ask(ReleaseVisit)).then(VisitReleased())
    when(history, ask(ReleaseVisit), rules=expired("C01")).then_refused("P-03", "no_valid_certificate")
