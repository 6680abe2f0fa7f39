"""Two handlers on one PostgreSQL: what one of them has cached may be stale, and no answer may show it."""

import asyncio
from collections import Counter

import pytest

from tests.machinery.conftest import Desk, count
from tests.machinery.sample import Allot, Take


@pytest.fixture
def two(desk_at, postgres_db) -> tuple[Desk, Desk]:
    return desk_at(postgres_db), desk_at(postgres_db)


def take(n: int, place: str, *, by: str) -> Take:
    return Take(id=f"{by}-{n}-{place}", case=by, actor="clerk:A01", place=place)


async def test_a_stale_cache_refuses_nothing_wrongly(two):
    """What the other replica did meanwhile counts, for a yes and for a no."""
    one, other = two
    assert (await one.one(count(90))).accepted
    refused = await other.one(count(90))
    assert (refused.rule, refused.why) == ("N-01", "not_provided_for"), "seen although it was done elsewhere"
    assert (await one.one(count(10))).accepted
    assert (await other.one(count(1))).reason.endswith("现为100）。"), "the refusal tells the present state"


async def test_a_stale_cache_says_nothing_to_do_only_if_there_is(two):
    one, other = two
    mine = await one.one(take(1, "P", by="A"))
    assert len(mine.facts) == 3, "the place, the plan, a clock"
    assert (await other.one(take(1, "P", by="B"))).facts == (), "taken elsewhere, although it had never read the plan"
    assert (await other.one(count(0))).facts == ()
    assert [stream for stream, _ in one.log()] == ["counter/A", "plan/P"]


async def test_the_same_command_at_two_replicas_counts_once(two):
    one, other = two
    wishes = [count(1, f"C{n % 7}", id=f"same-{n}") for n in range(60)]
    answers = await asyncio.gather(one.take(*wishes), other.take(*reversed(wishes)))
    assert answers[0] == answers[1][::-1]
    assert len(one.log()) == 60


async def test_no_double_booking_and_no_wrong_refusal_under_load(two):
    """Callers at both replicas want the same places, count up to the same limits and draw from the same book."""

    async def caller(desk, name, n):
        answers = []
        for m in range(4):
            answers += await desk.take(
                take(m, f"P{(n * 5 + m) % 12}", by=f"{name}{n}"),
                count(2, f"shared-{n % 3}"),
                Allot(id=f"{name}-{n}-{m}", case="book", actor="clerk:A01"),
            )
        return answers

    callers = [caller(desk, name, n) for name, desk in zip("AB", two, strict=True) for n in range(20)]
    answers = [answer for each in await asyncio.gather(*callers) for answer in each]
    log = two[0].log()

    assert not [answer for answer in answers if answer.retry], "everybody got an answer"
    plans = Counter(stream for stream, kind in log if kind == "taken.v1" and stream.startswith("plan/"))
    assert plans == Counter({f"plan/P{n}": 1 for n in range(12)}), "each place once, and none lost"

    taken, counted, allotted = answers[0::3], answers[1::3], answers[2::3]
    assert sum(bool(answer.facts) for answer in taken) == 12
    assert all(answer.accepted for answer in taken)
    asked = Counter(f"shared-{n % 3}" for n in range(20) for _ in range(2 * 4))
    said_yes = Counter(answer.case for answer in counted if answer.accepted)
    assert said_yes == {case: min(wishes, 50) for case, wishes in asked.items()}, "refused at 100 and not before"
    assert sorted(answer.case for answer in allotted) == sorted(f"C-{n}" for n in range(1, 161)), "no gap, no double"
    assert [record.position for record in two[1].store.after(0, 10_000)] == list(
        range(1, len(two[1].store.after(0, 10_000)) + 1)
    )
