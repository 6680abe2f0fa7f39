"""Inboxes over a real broker: nothing skipped, nothing twice, order within a case, and what becomes of failures."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from shared.inbox import WAITS, Inbox, Patience
from shared.outbox import stream_of
from shared.recorders import Letter
from shared.service import end
from tests.machinery.conftest import SITE, add_stream, count, sqlite, until
from tests.machinery.sample import Tally
from tests.machinery.test_outbox import publishing

STREAM, UPSTREAM = stream_of(SITE, "upper"), f"{SITE}.upper"
QUICK = Patience(attempts=5, first=0.02, most=0.1)


@pytest.fixture
def tally():
    return Tally()


@pytest.fixture
def lower(desk_at, tmp_path, tally):
    return desk_at(sqlite(tmp_path, "lower"), tally.parts())


@pytest.fixture
async def road(desk, bus):
    """`upper`, whose facts are on the road."""
    async with publishing(desk, bus) as outbox:
        yield outbox


async def always():
    return True


def an_inbox(lower, client, tally, patience=QUICK, is_mine=always, **more):
    reactions = tally.parts().reactions
    return Inbox(client, SITE, "upper", reactions, lower.store, lower.handler, is_mine, patience=patience, **more)


@asynccontextmanager
async def listening(lower, client, tally, *args, **more):
    inbox = an_inbox(lower, client, tally, *args, **more)
    task = asyncio.create_task(inbox.run())
    yield inbox
    await end([task])


def added(lower, case=None):
    facts = [(record.stream.partition("/")[2], record) for record in lower.store.after(0, 10_000)]
    return [
        lower.store._documents[r.type].model_validate_json(r.document).data.n for c, r in facts if c == case or not case
    ]


async def arrived(inbox, desk):
    await until(lambda: inbox.position == desk.handler.head)


async def test_every_fact_is_heard_once_in_order_and_the_place_is_in_its_own_store(desk, road, bus, lower, tally):
    await desk.take(*(count(1, "A") for _ in range(30)))
    async with listening(lower, bus, tally) as inbox:
        await desk.take(*(count(n, "B") for n in range(1, 11)))
        await arrived(inbox, desk)
    assert added(lower, "A") == [1] * 30
    assert added(lower, "B") == list(range(1, 11))
    assert b'"causationid":"when_counted_add:/620105/upper/counter/A/1"' in lower.store.after(0, 1)[0].document
    assert 0 < lower.recorder.max_tracking_id(UPSTREAM) <= inbox.position


async def test_it_goes_on_where_it_was_after_a_restart_with_facts_of_meanwhile(
    desk, road, bus, lower, tally, desk_at, tmp_path
):
    async with listening(lower, bus, tally) as inbox:
        await desk.take(*(count(1, f"C{n}") for n in range(20)))
        await arrived(inbox, desk)
    await desk.take(*(count(2, f"C{n}") for n in range(20)))
    again = desk_at(sqlite(tmp_path, "lower"), tally.parts())
    async with listening(again, bus, tally) as inbox:
        await arrived(inbox, desk)
    assert sorted(added(again)) == [1] * 20 + [2] * 20


async def test_a_fact_heard_again_has_no_effect(desk, road, bus, lower, tally):
    """Whatever the inbox forgets, the table of commands remembers."""
    async with listening(lower, bus, tally) as inbox:
        await desk.take(*(count(1, f"C{n}") for n in range(10)))
        await arrived(inbox, desk)
    with lower.recorder.datastore.transaction(commit=True) as cursor:
        cursor.execute("DELETE FROM tracking WHERE application_name = ?", (UPSTREAM,))
    async with listening(lower, bus, tally) as inbox:
        await arrived(inbox, desk)
    assert added(lower) == [1] * 10


async def test_a_rebuilt_stream_replays_nothing(desk, road, bus, lower, tally):
    async with listening(lower, bus, tally) as inbox:
        await desk.take(*(count(1, f"C{n}") for n in range(10)))
        await arrived(inbox, desk)
        await bus.jetstream().delete_stream(STREAM)
        await add_stream(bus)
        await until(lambda: rebuilt(bus, desk))
        await desk.one(count(7, "after"))
        await arrived(inbox, desk)
    assert added(lower) == [1] * 10 + [7]


async def rebuilt(client, desk):
    return (await client.jetstream().stream_info(STREAM)).state.last_seq == desk.handler.head


async def test_a_hole_in_the_road_is_never_skipped(desk, road, bus, lower, tally):
    await desk.take(count(1, "A"))
    await desk.take(count(2, "B"))
    await until(lambda: road.published == 6)
    await bus.jetstream().delete_msg(STREAM, 2)
    with capture_logs() as logs:
        async with listening(lower, bus, tally) as inbox:
            await until(lambda: sum(line.get("error") == "Hole" for line in logs) > 1)
            assert inbox.position <= 1
    assert added(lower, "B") == [], "what is behind the hole waits"
    assert (lower.recorder.max_tracking_id(UPSTREAM) or 0) <= 1

    await bus.jetstream().delete_stream(STREAM)  # mended: the outbox fills it again from the store
    await add_stream(bus)
    async with listening(lower, bus, tally) as inbox:
        await arrived(inbox, desk)
    assert added(lower) == [1, 2]


@pytest.mark.parametrize("fails", ["refuses", "breaks"])
async def test_a_later_fact_of_a_case_waits_behind_a_failing_one_and_other_cases_go_on(
    desk, road, bus, lower, tally, fails
):
    setattr(tally, fails, {13})
    async with listening(lower, bus, tally, Patience(attempts=1000, first=0.02, most=0.05)) as inbox:
        await desk.take(count(13, "A"), count(2, "A"), count(3, "B"))
        await desk.take(count(4, "A"), count(5, "B"))
        await arrived(inbox, desk)
        await asyncio.sleep(0.3)
        assert (added(lower, "A"), added(lower, "B")) == ([], [3, 5])
        held = lower.recorder.letters("held", 10)
        assert [letter.case for letter in held] == ["A", "A", "A"]
        assert held[0].attempts > 1, "it was tried again"
        assert {letter.reason for letter in held[1:]} == {WAITS}
        setattr(tally, fails, set())
        await until(lambda: added(lower, "A") == [13, 2, 4])
        await until(lambda: not inbox.waiting)
        await desk.one(count(6, "A"))
        await until(lambda: added(lower, "A")[3:] == [6])
    assert not lower.recorder.letters("held", 10)


async def test_waiting_outlives_a_restart(desk, road, bus, lower, tally, desk_at, tmp_path):
    tally.refuses = {13}
    async with listening(lower, bus, tally) as inbox:
        await desk.take(count(13, "A"), count(2, "A"))
        await arrived(inbox, desk)
    again = desk_at(sqlite(tmp_path, "lower"), tally.parts())
    async with listening(again, bus, tally, Patience(1000, 0.02, 0.05)) as inbox:
        await desk.take(count(3, "A"), count(4, "B"))
        await until(lambda: added(again, "B") == [4])
        assert added(again, "A") == []
        tally.refuses = set()
        await until(lambda: added(again, "A") == [13, 2, 3])


async def test_what_never_succeeds_is_a_dead_letter_with_its_reason_and_its_case_goes_on(desk, road, bus, lower, tally):
    tally.refuses, tally.breaks = {13}, {14}
    with capture_logs() as logs:
        async with listening(lower, bus, tally) as inbox:
            await desk.take(count(13, "A"), count(14, "B"), count(2, "A"), count(3, "B"))
            await until(lambda: sorted(added(lower)) == [2, 3])
            await until(lambda: not inbox.waiting)
    refused, broken = lower.recorder.letters("dead", 10)
    assert (refused.case, refused.reason, refused.attempts) == ("A", "Refused: N-02: unknown_command", 5)
    assert (broken.case, broken.reason) == ("B", "ZeroDivisionError tests/machinery/sample.py:decide"), (
        "a mistake's words may hold values: its kind only"
    )
    assert [line["case"] for line in logs if line["event"] == "dead letter"] == ["A", "B"]


async def test_a_document_that_breaks_its_contract_is_dead_at_once_and_names_the_field_not_the_value(
    desk, road, bus, lower, tally
):
    async with listening(lower, bus, tally) as inbox:
        await desk.take(count(5432, "A"), count(1, "A"), count(2, "B"))
        await arrived(inbox, desk)
    (letter,) = lower.recorder.letters("dead", 10)
    assert (letter.case, letter.reason, letter.attempts) == ("A", "Unreadable: data.n: less_than", 1)
    assert "5432" not in letter.reason
    assert added(lower) == [1, 2]


async def test_a_mistake_in_a_reaction_stops_its_case_for_a_while_and_nobody_else(desk, road, bus, lower, tally):
    """when_counted_add divides by zero for 66."""
    async with listening(lower, bus, tally) as inbox:
        await desk.take(count(66, "A"), count(1, "A"), count(5432, "A"), count(2, "A"), count(3, "B"))
        await arrived(inbox, desk)
        assert added(lower, "B") == [3]
        await until(lambda: added(lower, "A") == [1, 2])
        await until(lambda: not inbox.waiting)
    assert [letter.reason for letter in lower.recorder.letters("dead", 10)] == [
        "ZeroDivisionError tests/machinery/sample.py:when_counted_add", "Unreadable: data.n: less_than",
    ]  # fmt: skip


async def test_a_letter_for_a_reaction_that_is_no_more_is_dead(desk, road, bus, lower, tally):
    old = Letter(UPSTREAM, 1, "A", "when_counted_shout", b"{}", "Refused: X", 1, 0.0, "held")
    await lower.handler.handle_all([], letters=[old, replace(old, upstream="620105.other")])
    async with listening(lower, bus, tally) as inbox:
        await desk.one(count(1, "A"))
        await until(lambda: added(lower, "A") == [1])
        assert inbox.position == 3
        await until(lambda: lower.recorder.letters("dead", 10))
    assert [letter.reason for letter in lower.recorder.letters("dead", 10)] == ["NoReaction: when_counted_shout"]
    assert [letter.upstream for letter in lower.recorder.letters("held", 10)] == ["620105.other"], "another inbox's"


async def test_two_replicas_of_a_listener_have_each_effect_once(desk, road, bus, tally, desk_at, postgres_db):
    """Both read at the same time, as when the turn changes hands; one commit of each pair loses."""
    one, other = desk_at(postgres_db, tally.parts()), desk_at(postgres_db, tally.parts())
    async with listening(one, bus, tally, batch=7) as first, listening(other, bus, tally, batch=5) as second:
        for _ in range(5):
            await desk.take(*(count(1, f"C{n}") for n in range(20)))
        await until(lambda: first.position == second.position == desk.handler.head)
    assert added(one) == [1] * 100


async def test_a_replica_that_lost_its_turn_stops_reading_also_when_busy(desk, road, bus, lower, tally):
    mine = True

    async def is_mine():
        return mine

    async with listening(lower, bus, tally, QUICK, is_mine) as inbox:
        with capture_logs() as logs:
            await desk.one(count(1, "A"))
            await arrived(inbox, desk)
            mine, said = False, 0
            while not (said := sum(line.get("error") == "TimeoutError" for line in logs)):
                await desk.one(count(0, "A"))
                await desk.one(count(1, f"C{desk.handler.head}"))
                await asyncio.sleep(0.05)
            place = inbox.position
            await desk.one(count(1, "Z"))
            await asyncio.sleep(0.2)
            assert (said, inbox.position) == (1, place)
