"""Certificates and training that run out are renewed in time: somebody is reminded before (P-02, P-03)."""

from datetime import date, timedelta

from services.scheduling.events_staff import RenewalDue
from services.scheduling.staff_member import STAFF_MEMBER
from shared.contracts.scheduling_staff import EndQualification, RecordQualification, RecordTraining
from shared.deadlines import DeadlineExpired, DeadlineSet, TickClock
from tests.given import at, given, obligation
from tests.scheduling.samples import TUESDAY, ask

CLOCK = "P-03.renewal"
UNTIL, LATER = date(2026, 6, 30), date(2028, 6, 30)
REMIND, REMIND_LATER = at("2026-05-31 23:59:59"), at("2028-05-31 23:59:59")


def say(history, wish, now=TUESDAY, **fields):
    command = ask(wish, case="620105-B01", actor="chief:F03", **fields)
    return [*history, *given(STAFF_MEMBER, *history).when(command, at=now).facts()]


def certificate(history=(), number="N-1", kind="notary", until=UNTIL):
    return say(history, RecordQualification, kind=kind, number=number, valid_from=date(2026, 3, 1), valid_to=until)


def trained(history=(), until=UNTIL, topics=("policy",)):
    return say(history, RecordTraining, topics=topics, done_on=date(2026, 3, 2), valid_to=until)


def tick(history, moment):
    stream = "staff_member/620105-B01"
    command = TickClock(id="t", case="620105-B01", actor="system:timer", stream=stream, clock=CLOCK, moment=moment)
    return given(STAFF_MEMBER, *history).when(command, at=moment).facts()


def told(facts):
    return [(fact.kind, fact.until) for fact in facts if isinstance(fact, RenewalDue)]


def due(facts):
    return [fact.due_at for fact in facts if isinstance(fact, DeadlineSet)]


@obligation("P-03")
def test_P03_a_certificate_that_ends_is_told_a_month_before():
    history = certificate()
    assert due(history) == [REMIND]
    assert tick(history, REMIND - timedelta(days=1)) == []
    facts = tick(history, REMIND)
    assert (type(facts[0]), told(facts)) == (DeadlineExpired, [("notary", UNTIL)])
    assert due(facts) == []


def test_P02_so_is_training():
    history = trained()
    assert told(tick(history, REMIND)) == [("training", UNTIL)]


def test_P03_what_was_renewed_needs_no_reminder_and_the_next_end_counts():
    renewed = certificate(certificate(), number="N-2", until=LATER)
    assert due(renewed)[-1] == REMIND_LATER
    assert tick(renewed, REMIND) == []
    assert told(tick(renewed, REMIND_LATER)) == [("notary", LATER)]


def test_P03_one_after_the_other_each_is_told_once():
    both = trained(certificate(until=LATER))
    facts = tick(both, REMIND)
    assert (told(facts), due(facts)) == ([("training", UNTIL)], [REMIND_LATER])
    assert told(tick([*both, *facts], REMIND_LATER)) == [("notary", LATER)]


def test_P03_what_was_withdrawn_is_not_renewed():
    gone = say(certificate(), EndQualification, number="N-1", ended=date(2026, 4, 1), reason="withdrawn")
    assert told(tick(gone, REMIND)) == []
