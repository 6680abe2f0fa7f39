"""Clocks: they start, stop, are breached, climb the ladder, are withdrawn, run out; the timer says when."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from eventsourcing.persistence import StoredEvent

from shared.recorders import Commit
from shared.timer import Timer
from tests.given import anning
from tests.machinery.conftest import TUESDAY, Desk, at, count, sqlite
from tests.machinery.sample import Stop

DUE = at("2026-03-04T17:30")  # T02: one working day
LEDGER = {"actor": "importer:ledger", "origin": "ledger"}


class Run:
    """A desk with a timer, moved through time."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.timer = desk, Timer(desk.store, desk.handler, anning(), desk.clock)
        desk.wake = self.timer.hear

    async def till(self, text: str) -> int:
        self.desk.clock.set(at(text))
        return await self.timer.advance()

    async def stop(self, **more) -> None:
        wish = {"id": f"s{self.desk.handler.head}", "case": "A", "actor": "clerk:A01"} | more
        assert (await self.desk.one(Stop(**wish))).accepted

    def of(self, clock: str, case: str = "A") -> list[str]:
        return [f.type.removesuffix(".v1") for f in self.desk.history(f"counter/{case}")
                if getattr(f, "clock", "") == clock]  # fmt: skip


@pytest.fixture
def run(desk):
    return Run(desk)


def due_at(run, clock="T02"):
    return next(f.due_at for f in run.desk.history("counter/A") if getattr(f, "clock", "") == clock)


async def test_a_clock_starts_with_its_fact_and_stops_in_time(run):
    await run.desk.one(count(1))
    assert due_at(run) == DUE
    await run.till("2026-03-04T17:29")
    await run.stop()
    assert run.of("T02") == ["deadline_set", "deadline_met"]
    assert run.desk.history("counter/A")[-2].late is False
    assert run.of("T05") == ["deadline_set", "deadline_cancelled"]
    assert await run.till("2026-06-01T09:00") == 0
    assert run.timer.next_due is None


async def test_a_stream_that_only_newer_code_can_read_does_not_hold_up_the_clocks_of_others(run):
    """After a rollback: its own clock speaks when there is newer code again."""
    await run.desk.take(count(1), count(2, case="B"))
    version = len(run.desk.history("counter/A"))
    newer = StoredEvent("counter/A", version + 1, "counted.v9", b'{"case":"A"}')
    run.desk.recorder.commit(Commit(events=[newer]))
    run.desk.handler._known.clear()
    await run.till("2026-03-04T17:31")
    assert run.of("T02", "B") == ["deadline_set", "deadline_breached"]
    assert ("counter/A", "T02") in run.timer.running
    assert b"deadline_breached" not in b"".join(event.state for event in run.desk.store.case("A"))


async def test_a_breach_is_said_at_its_moment_and_the_ladder_is_climbed_to_its_end(run):
    await run.desk.one(count(1))
    assert await run.till("2026-03-04T17:29") == 0
    assert await run.till("2026-03-04T17:31") == 1
    breach = run.desk.store.case("A")[-1]
    assert b'"time":"2026-03-04T17:30:00+08:00","case":"A","actor":"system:clock"' in breach.state
    await run.till("2026-03-31T18:00")
    assert run.of("T02") == [
        "deadline_set", "deadline_breached", "urge_issued", "supervision_opened", "circular_issued",
    ]  # fmt: skip
    ladder = [
        e.state.split(b'"time":"')[1][:10] for e in run.desk.store.case("A") if b'"type":"deadline_s' not in e.state
    ]
    assert ladder[1:5] == [b"2026-03-04", b"2026-03-05", b"2026-03-09", b"2026-03-12"], "1, 3 and 6 working days later"
    await run.stop()
    assert run.of("T02")[-1] == "deadline_met"
    assert await run.till("2026-12-31T18:00") == 0


async def test_a_stop_that_comes_late_before_the_timer_spoke_is_a_breach_too(run):
    await run.desk.one(count(1))
    run.desk.clock.set(DUE + timedelta(minutes=5))
    await run.stop()
    assert run.of("T02") == ["deadline_set", "deadline_breached", "deadline_met"]
    assert await run.timer.advance() == 0


async def test_late_evidence_withdraws_a_breach_and_erases_nothing(run):
    await run.desk.one(count(1))
    await run.till("2026-03-05T18:00")
    await run.stop(happened_at=DUE - timedelta(minutes=5))
    assert run.of("T02") == [
        "deadline_set", "deadline_breached", "urge_issued", "deadline_breach_withdrawn", "deadline_met",
    ]  # fmt: skip
    assert await run.till("2026-03-31T18:00") == 0


async def test_evidence_that_is_late_itself_withdraws_nothing(run):
    await run.desk.one(count(1))
    await run.till("2026-03-04T18:00")
    await run.stop(happened_at=DUE + timedelta(minutes=5))
    assert run.of("T02") == ["deadline_set", "deadline_breached", "deadline_met"]
    assert next(f for f in run.desk.history("counter/A") if hasattr(f, "late")).late


async def test_a_clock_set_again_for_the_same_moment_speaks_again(run):
    """Its first breach was withdrawn; then it started anew, for the same moment."""
    await run.desk.one(count(1))
    await run.till("2026-03-04T17:31")
    await run.stop(happened_at=DUE - timedelta(minutes=5))
    await run.desk.one(count(1, happened_at=TUESDAY + timedelta(hours=1)))
    assert run.of("T02")[-1] == "deadline_set"
    async with asyncio.timeout(2):
        await run.till("2026-03-04T17:32")
    assert run.of("T02")[-1] == "deadline_breached"


async def test_what_starts_and_ends_in_one_decision_is_over(run):
    await run.desk.one(count(1, note="once"))
    assert run.of("T02") == ["deadline_set", "deadline_met"]
    assert run.of("T05") == ["deadline_set", "deadline_cancelled"]
    assert await run.till("2026-06-01T09:00") == 0


async def test_a_period_that_runs_out_is_nobodys_fault_and_has_its_own_facts(run):
    await run.desk.one(count(1))
    await run.till("2026-03-17T17:31")
    assert run.of("T05") == ["deadline_set", "deadline_expired"]
    assert ("counter/A", "lapsed.v1") in run.desk.log()
    assert run.of("T06") == ["deadline_set"], "what the expiry says starts clocks of its own"


async def test_of_a_ledger_it_is_breached_only_where_the_ledger_could_tell(run):
    await run.desk.one(count(1, **LEDGER))
    await run.till("2026-06-01T09:00")
    assert run.of("T02")[1] == "deadline_breached", "the ledger has a column for its end"
    assert run.of("T06") == ["deadline_set", "deadline_not_recorded"], "it has none for this one"
    assert all(b'"origin":"ledger"' in event.state for event in run.desk.store.case("A"))


async def test_the_moments_come_in_order_and_at_their_time_when_much_is_due(run):
    cases = [f"C{n}" for n in range(30)]
    await run.desk.take(*(count(1, case) for case in cases))
    assert await run.till("2026-03-31T09:00") == 30 * (4 + 1 + 4)
    times = [e.document.split(b'"time":"')[1][:25] for e in run.desk.store.after(0, 10_000)]
    assert all(before <= after for before, after in pairwise(times))


async def test_two_timers_and_a_restarted_one_breach_once(run, desk_at, tmp_path):
    await run.desk.one(count(1))
    other = Run(desk_at(sqlite(tmp_path)))
    await asyncio.gather(run.till("2026-03-04T17:31"), other.till("2026-03-04T17:31"))
    again = Run(desk_at(sqlite(tmp_path)))
    assert await again.till("2026-03-04T17:31") == 0
    assert again.of("T02") == ["deadline_set", "deadline_breached"]


async def test_a_timer_that_has_no_turn_keeps_nothing_of_what_it_hears(run):
    async def not_mine():
        return False

    running = asyncio.create_task(run.timer.run(not_mine, 0.01))
    await run.desk.take(*(count(1, f"C{n}") for n in range(20)))
    run.desk.clock.set(at("2026-03-31T09:00"))
    await asyncio.sleep(0.1)
    running.cancel()
    assert not run.timer._fresh
    assert run.timer.next_due == DUE, "it knows, for the day it has to take over"
    assert run.of("T02", "C1") == ["deadline_set"]
