"""Clocks whole (DOMAIN 5): warned at 50 and 80 %, suspended, extended before expiry, recomputed on a new calendar."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from shared.calendar import Calendar
from shared.clock_facts import (
    DeadlineBreached,
    DeadlineExtended,
    DeadlineMet,
    DeadlineRecomputed,
    DeadlineResumed,
    DeadlineSet,
    DeadlineSuspended,
    DeadlineWarned,
)
from shared.clock_time import Running
from shared.deadlines import Clock, RecomputeClock, TickClock, with_clocks
from shared.decider import Context, Decider, Refused
from shared.messages import Command, Fact
from shared.parts import Parts
from shared.rules import Limit, Rules
from shared.timer import Timer
from tests.given import anning, at
from tests.machinery.conftest import Desk, sqlite

STREAM = "job/A"


class Do(Command):
    roles = ("clerk",)
    what: str


class Begun(Fact):
    type = "begun.v1"


class Waiting(Fact):
    type = "waiting.v1"


class GoesOn(Fact):
    type = "goes_on.v1"


class Longer(Fact):
    type = "longer.v1"


class Done(Fact):
    type = "done.v1"


FACTS = {"begin": Begun, "wait": Waiting, "go_on": GoesOn, "extend": Longer, "end": Done}
WHOLE = Clock("T23", {Begun: None}, [Done], suspends=[Waiting], resumes=[GoesOn], extends={Longer: "T23.extension"})
SHORT = Clock("T01", {Begun: None}, [Done], suspends=[Waiting], resumes=[GoesOn])


def job(*clocks: Clock) -> Decider[Any, Any]:
    plain = Decider[Any, Any](
        "job", (Do,), tuple(FACTS.values()), None, lambda command, *_: [FACTS[command.what]()], lambda state, _: state
    )
    return with_clocks(plain, clocks or (WHOLE,))


def rules(**changed: Any) -> Rules:
    whole = anning()
    limits = {"T23": Limit(5, "wd"), "T23.extension": Limit(3, "wd"), "T01": Limit(20, "minutes")}
    return replace(whole, limits=limits, **changed)


class Life:
    """One noun with a clock, moved through time without a store."""

    def __init__(self, *clocks: Clock, rules_: Rules | None = None, **origin: Any) -> None:
        self.decider, self.rules, self.origin = job(*clocks), rules_ or rules(), origin
        self.state = self.decider.initial

    def _tell(self, command: Command, now: str) -> list[Fact]:
        moment = at(now)
        facts = list(self.decider.decide(command, self.state, Context(moment, moment, self.rules)))
        for fact in facts:
            self.state = self.decider.evolve(self.state, fact)
        return [fact for fact in facts if type(fact) not in FACTS.values()]

    def does(self, what: str, now: str) -> list[Fact]:
        return self._tell(Do(id=now, case="A", actor="clerk:A01", what=what, **self.origin), now)

    def ticks(self, moment: str, clock: str = "T23") -> list[Fact]:
        return self._tell(
            TickClock(id=moment, case="A", actor="system:clock", stream=STREAM, clock=clock, moment=at(moment)), moment
        )

    def recounts(self, now: str) -> list[Fact]:
        version = self.rules.calendar.version
        return self._tell(
            RecomputeClock(id=now, case="A", actor="system:clock", stream=STREAM, clock="T23", calendar=version), now
        )

    def running(self, clock: str = "T23") -> Running:
        return self.state.running[clock]


MONDAY, DUE = "2026-03-02 09:00", "2026-03-09 17:30"  # five working days, each from 9 to 12 and from 14 to 17:30


def test_somebody_is_warned_when_half_and_four_fifths_of_the_office_time_have_passed():
    life = Life()
    [begun] = life.does("begin", MONDAY)
    assert (begun.due_at, begun.warn) == (at(DUE), (50, 80))
    half, red = "2026-03-05 09:00", "2026-03-06 16:12"  # 39 office hours: 19.5 and 31.2 of them
    assert life.ticks("2026-03-04 17:30") == [DeadlineWarned(clock="T23", due_at=at(DUE), percent=50)]
    assert life.ticks(half) == [], "warned once"
    assert life.ticks(red) == [DeadlineWarned(clock="T23", due_at=at(DUE), percent=80)]
    assert life.ticks(DUE) == [DeadlineBreached(clock="T23", due_at=at(DUE))]


def test_a_limit_of_minutes_is_warned_by_the_minute():
    life = Life(SHORT)
    life.does("begin", MONDAY)
    assert [fact.percent for fact in life.ticks("2026-03-02 09:10", "T01")] == [50]
    assert [fact.percent for fact in life.ticks("2026-03-02 09:16", "T01")] == [80]


def test_nobody_was_warned_in_history_nor_of_what_is_nobodys_fault():
    [of_a_ledger] = Life(origin="ledger").does("begin", MONDAY)
    [nobodys] = Life(replace(WHOLE, breach=False)).does("begin", MONDAY)
    [quiet] = Life(replace(WHOLE, warn=False)).does("begin", MONDAY)
    assert of_a_ledger.warn == nobodys.warn == quiet.warn == ()


def test_while_it_waits_for_somebody_else_no_time_runs():
    life = Life()
    life.does("begin", MONDAY)
    since = at("2026-03-04 10:00")
    assert life.does("wait", "2026-03-04 10:00") == [DeadlineSuspended(clock="T23", due_at=at(DUE), since=since)]
    assert life.ticks(DUE) == []
    assert life.does("wait", "2026-03-05 10:00") == [], "it waits already"
    [again] = life.does("go_on", "2026-03-20 11:00")  # three working days were left: Thursday, Friday, Monday
    assert (again.due_at, again.was_due_at, again.left) == (at("2026-03-25 17:30"), at(DUE), 3)
    assert isinstance(again, DeadlineResumed)
    assert life.ticks("2026-03-25 17:30") == [DeadlineBreached(clock="T23", due_at=again.due_at)]
    assert life.does("wait", "2026-03-26 09:00") == [], "what has run out is not suspended"


def test_minutes_that_were_left_are_left():
    life = Life(SHORT)
    life.does("begin", "2026-03-02 09:00")
    life.does("wait", "2026-03-02 09:05")
    [again] = life.does("go_on", "2026-03-02 11:00")
    assert again.due_at == at("2026-03-02 11:15")


def test_what_ends_while_it_waits_is_in_time():
    life = Life()
    life.does("begin", MONDAY)
    life.does("wait", "2026-03-04 10:00")
    [met] = life.does("end", "2026-05-04 10:00")
    assert isinstance(met, DeadlineMet)
    assert not met.late


def test_it_is_extended_once_and_only_before_it_runs_out():
    life = Life()
    life.does("begin", MONDAY)
    assert life.does("extend", "2026-03-09 17:30") == [
        DeadlineExtended(clock="T23", due_at=at("2026-03-12 17:30"), was_due_at=at(DUE), limit="T23.extension")
    ]
    with pytest.raises(Refused, match="extensions_used_up"):
        life.does("extend", "2026-03-10 09:00")
    twice = Life(rules_=rules(numbers={**anning().numbers, "T23.extensions": 2}))
    twice.does("begin", MONDAY)
    twice.does("extend", "2026-03-09 09:00")
    [second] = twice.does("extend", "2026-03-10 09:00")
    assert second.due_at == at("2026-03-17 17:30")


def test_after_expiry_it_is_not_extended_whether_the_timer_has_spoken_or_not():
    for spoken in (False, True):
        life = Life()
        life.does("begin", MONDAY)
        if spoken:
            life.ticks("2026-03-04 17:30"), life.ticks("2026-03-06 16:12"), life.ticks(DUE)
            assert life.running().rung == 1
        with pytest.raises(Refused, match="extension_after_expiry"):
            life.does("extend", "2026-03-09 17:31")
    with pytest.raises(Refused, match="extension_after_expiry"):
        Life().does("extend", MONDAY)


def amended(calendar: Calendar) -> Calendar:
    return calendar.amended("620105-2026.2", {date(2026, 3, 6): False}, "test")


def test_an_amended_calendar_moves_open_clocks_and_the_old_value_stays():
    life = Life()
    life.does("begin", MONDAY)
    assert life.recounts("2026-03-03 09:00") == [], "the calendar is the same"
    life.rules = rules(calendar=amended(anning().calendar))
    assert life.recounts("2026-03-03 09:00") == [
        DeadlineRecomputed(clock="T23", due_at=at("2026-03-10 17:30"), was_due_at=at(DUE), calendar="620105-2026.2")
    ]
    assert life.recounts("2026-03-03 09:01") == []


def test_extended_and_resumed_clocks_are_recomputed_from_where_they_count():
    for before in (["extend"], ["wait", "go_on"]):
        life = Life()
        life.does("begin", MONDAY)
        for what in before:
            life.does(what, "2026-03-03 10:00")
        was = life.running().due_at
        life.rules = rules(calendar=amended(anning().calendar))
        [moved] = life.recounts("2026-03-04 09:00")
        assert moved.was_due_at == was
        assert moved.due_at.date() == was.date() + timedelta(days=1)


def test_what_has_run_out_stays_run_out_on_the_calendar_of_its_time():
    life = Life()
    life.does("begin", MONDAY)
    life.ticks("2026-03-04 17:30"), life.ticks("2026-03-06 16:12"), life.ticks(DUE)
    life.rules = rules(calendar=amended(anning().calendar))
    assert life.recounts("2026-03-10 09:00") == []


def test_beyond_the_last_published_calendar_it_is_provisional_until_that_is_published():
    life = Life()
    [begun] = life.does("begin", "2026-12-30 09:00")
    assert begun.provisional
    published = replace(anning().calendar, version="620105-2027.1", published_until=date(2027, 12, 31))
    holiday = published.amended("620105-2027.1", {date(2027, 1, 4): False}, "test")
    life.rules = rules(calendar=holiday)
    [moved] = life.recounts("2026-12-31 09:00")
    assert (moved.provisional, moved.due_at - begun.due_at) == (False, timedelta(days=1))


async def test_the_timer_has_every_open_clock_counted_once_more_on_a_new_calendar(desk_at, tmp_path):
    parts = Parts("upper", [job()], [Do])
    desk: Desk = desk_at(sqlite(tmp_path), parts)
    desk.handler._decisions._rules = rules()
    for n in range(3):
        await desk.one(Do(id=f"{n}", case=f"C{n}", actor="clerk:A01", what="begin"))
    await desk.one(Do(id="x", case="C2", actor="clerk:A01", what="end"))
    new = rules(calendar=amended(anning().calendar))
    desk.handler._decisions._rules = new
    timer = Timer(desk.store, desk.handler, new, desk.clock)
    assert await timer.recount() == 2
    assert await timer.recount() == 0
    moved = [fact for fact in desk.history("job/C0") if isinstance(fact, DeadlineRecomputed)]
    assert [fact.due_at for fact in moved] == [at("2026-03-11 17:30")], "it began on Tuesday"
    assert not [fact for fact in desk.history("job/C2") if isinstance(fact, DeadlineRecomputed)]
    desk.clock.set(at("2026-03-10 17:31"))
    await timer.advance()
    assert not [fact for fact in desk.history("job/C0") if isinstance(fact, DeadlineBreached)]
    assert [type(fact) for fact in desk.history("job/C0") if isinstance(fact, DeadlineSet)] == [DeadlineSet]


def test_the_centers_own_opening_days_shorten_no_limit():
    saturday = date(2026, 3, 7)
    calendar = replace(anning().calendar, service_days={saturday: True})
    assert calendar.is_open(saturday)
    assert not calendar.is_working(saturday)
    assert calendar.deadline(at("2026-03-06 09:00"), 1).at == at("2026-03-09 17:30")
