"""Facts of an old version are heard, and clocks kept, in the words of the newest; what is on disk stays as it was."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest

from shared import timer, upcast
from shared.clock_facts import DeadlineSet
from shared.inbox import Inbox
from shared.letter_desk import LetterDesk, key_of
from shared.letters import RetryLetter
from shared.messages import CloudEvent, Command, Contract, Fact
from shared.parts import Parts
from shared.reaction import follow
from shared.service import end
from shared.upcast import Hearing
from tests.machinery.conftest import SITE, count, sqlite, until
from tests.machinery.sample import Add, Added, Tally
from tests.machinery.test_inbox import always
from tests.machinery.test_outbox import publishing


class CountedV1(Contract):
    service = "upper"
    type = "counted.v1"
    n: int


class CountedV2(Contract):
    service = "upper"
    type = "counted.v2"
    dozens: int


class CountedV3(Contract):
    service = "upper"
    type = "counted.v3"
    score: int


def when_counted_add_scores(counted: CloudEvent[CountedV3]) -> Add:
    assert isinstance(counted.data, CountedV3)
    return follow(counted, Add, n=counted.data.score)


@pytest.fixture
def steps(monkeypatch):
    """Two upcasts that only this test knows."""
    monkeypatch.setattr(upcast, "_NEXT", dict(upcast._NEXT))

    @upcast.upcast
    def as_v2(old: CountedV1) -> CountedV2:
        return CountedV2(dozens=old.n // 12)

    @upcast.upcast
    def as_v3(old: CountedV2) -> CountedV3:
        return CountedV3(score=old.dozens * 1000)


def document(kind, **data):
    return json.dumps({
        "specversion": "1.0", "id": "/620105/upper/counter/A/1", "source": "/620105/upper", "type": kind,
        "subject": "counter/A", "time": "2026-03-03T09:00:00+08:00", "case": "A", "actor": "clerk:A01",
        "causationid": "c", "rules": "r", "recordedat": "2026-03-03T09:00:00+08:00", "data": data,
    }).encode()  # fmt: skip


@pytest.mark.usefixtures("steps")
def test_every_older_version_is_heard_step_by_step():
    hearing = Hearing(CloudEvent[CountedV3])
    assert sorted(hearing.types) == ["counted.v1", "counted.v2", "counted.v3"]
    written = [document("counted.v1", n=24), document("counted.v2", dozens=3), document("counted.v3", score=7)]
    scores = [hearing.read(each).data.score for each in written]
    assert scores == [2000, 3000, 7]
    assert hearing.read(document("counted.v1", n=24)).id == "/620105/upper/counter/A/1"


@pytest.mark.usefixtures("steps")
def test_a_reaction_of_an_older_version_hears_no_further_than_its_own():
    hearing = Hearing(CloudEvent[CountedV2])
    assert sorted(hearing.types) == ["counted.v1", "counted.v2"]
    assert hearing.read(document("counted.v1", n=24)).data == CountedV2(dozens=2)


def test_without_a_step_there_is_one_version():
    assert Hearing(CloudEvent[CountedV3]).types == ["counted.v3"]


@pytest.mark.usefixtures("steps")
async def test_a_reaction_gets_an_old_fact_in_its_new_form_from_the_road_and_from_a_letter(
    desk_at, desk, bus, tmp_path
):
    tally = Tally(refuses={5000})
    parts = Parts("lower", tally.parts().deciders, [], reactions=[when_counted_add_scores])
    lower = desk_at(sqlite(tmp_path, "lower"), parts)
    async with publishing(desk, bus), hearing(lower, bus, parts.reactions) as inbox:
        await desk.take(count(24, case="A"))
        await until(lambda: inbox.position == desk.handler.head)
        await desk.take(count(60, case="B"))  # refused at first: kept as a letter, under its old name
        await until(lambda: inbox.waiting.get("B") == 1)
        tally.refuses = set()
        await until(lambda: not inbox.waiting)
    assert added(lower) == [2000, 5000]
    assert b'"data":{"n":24}' in desk.store.case("A")[0].state


def added(lower):
    records = [record for record in lower.store.after(0, 10) if record.type == Added.type]
    return [lower.store._documents[record.type].model_validate_json(record.document).data.n for record in records]


class CountedV0(Contract):
    """As this service heard it before the others wrote v1."""

    service = "upper"
    type = "counted.v0"
    n: int


def reaction_to(contract):
    """The same rule in two versions of the code: its name is the same."""

    def when_counted_add_it(counted: CloudEvent[contract]) -> Add:
        return follow(counted, Add, n=counted.data.n)

    return when_counted_add_it


async def test_what_only_newer_code_can_read_is_a_dead_letter_and_is_delivered_by_newer_code(
    desk_at, desk, bus, tmp_path
):
    """Rolled back among services that went on: it was passed over in silence, and lost to this one."""
    before, after = reaction_to(CountedV0), reaction_to(CountedV1)
    parts = Parts("lower", Tally().parts().deciders, [], reactions=[before])
    lower = desk_at(sqlite(tmp_path, "lower"), parts)
    async with publishing(desk, bus):
        async with hearing(lower, bus, [before]) as inbox:
            await desk.take(count(24, case="A"))
            await until(lambda: inbox.position == desk.handler.head)
        (letter,) = lower.recorder.letters("dead", 10)
        assert letter.reason == "Unreadable: newer than this code: counted.v1"
        async with hearing(lower, bus, [before]) as inbox:
            act = RetryLetter(id="1", case=key_of(letter), actor="supervisor:S01")
            desk_of_letters = LetterDesk(lower.store, lower.handler, "620105", lambda: [inbox])
            await desk_of_letters.act(act)
            await until(lambda: inbox.retried and lower.recorder.letters("dead", 10))
        async with hearing(lower, bus, [after]) as inbox:
            again = LetterDesk(lower.store, lower.handler, "620105", lambda: [inbox])
            await again.act(act.model_copy(update={"id": "2"}))
            await until(lambda: added(lower) == [24])
    assert not lower.recorder.letters("dead", 10)
    assert not lower.recorder.letters("held", 10)


@asynccontextmanager
async def hearing(lower, bus, reactions):
    inbox = Inbox(bus, SITE, "upper", reactions, lower.store, lower.handler, always)
    task = asyncio.create_task(inbox.run())
    yield inbox
    await end([task])


class Reckoned(Fact):
    """As the clock's fact might have been before it said in which calendar it was reckoned."""

    type: ClassVar[str] = "deadline_set.v0"
    clock: str
    due: str


def test_a_step_leads_within_one_service_and_from_contract_to_contract():
    class OfOthers(Contract):
        service = "other"
        type = "counted.v2"

    def elsewhere(old: CountedV1) -> OfOthers:
        raise AssertionError

    def mixed(old: CountedV1) -> Reckoned:
        raise AssertionError

    def command(old: CountedV1) -> Command:
        raise AssertionError

    for wrong in (elsewhere, mixed, command):
        with pytest.raises(TypeError, match="no upcast"):
            upcast.upcast(wrong)


async def test_a_clock_of_an_old_version_runs_as_one_of_the_newest(desk, monkeypatch):
    """The log holds what was written; the timer reads it through the upcasts."""
    monkeypatch.setattr(upcast, "_NEXT", dict(upcast._NEXT))
    await desk.one(count(1))
    record = next(each for each in desk.store.after(0, 10) if each.type == DeadlineSet.type)
    now = json.loads(record.document)["data"]

    @upcast.upcast
    def with_calendar(old: Reckoned) -> DeadlineSet:
        return DeadlineSet.model_validate(now | {"clock": old.clock, "due_at": old.due})

    monkeypatch.setitem(timer._DOCUMENTS, Reckoned.type, CloudEvent[Reckoned])
    old = json.loads(record.document) | {"type": Reckoned.type, "data": {"clock": now["clock"], "due": now["due_at"]}}
    ours, olds = (timer.Timer(desk.store, desk.handler, desk.handler._decisions._rules, desk.clock) for _ in range(2))
    ours._note([record])
    olds._note([record._replace(type=Reckoned.type, document=json.dumps(old).encode())])
    assert olds.next_due == ours.next_due is not None
    assert olds._running == ours._running
