"""Effects: sent once, never late, never for history; a gateway's failure is told and stops no other message."""

from datetime import timedelta

import pytest

from shared.effects import Effects
from tests.machinery.conftest import count, sqlite
from tests.machinery.sample import UPPER, Sent


class Gateway:
    """Notes what it was asked to send; some cases' messages do not arrive, others break it."""

    def __init__(self):
        self.sent, self.fails, self.breaks = [], set(), set()

    async def send(self, kind, case, params, text):
        assert text == f"{kind} {params['n']}"
        if case in self.breaks:
            raise ConnectionError("13900000000")
        self.sent.append((kind, case, params))
        return case not in self.fails


@pytest.fixture
def gateway():
    return Gateway()


def effects_of(desk, gateway):
    return Effects(desk.store, desk.handler, UPPER.effects, gateway, desk.clock,
                   lambda kind, params: f"{kind} {params['n']}")  # fmt: skip


async def test_a_message_is_sent_once_and_how_it_went_is_recorded(desk, desk_at, tmp_path, gateway):
    gateway.fails = {"B"}
    await desk.take(count(50, "A"), count(50, "B"), count(49, "C"))
    effects = effects_of(desk, gateway)
    await effects.advance()
    await effects.advance()
    await effects_of(desk_at(sqlite(tmp_path)), gateway).advance()
    assert gateway.sent == [("sms", "A", {"n": 50}), ("sms", "B", {"n": 50})]
    assert [(effect.case, effect.state) for effect in desk.recorder.effects(None, 10)] == [
        ("A", "sent"),
        ("B", "failed"),
    ]
    told = [fact for case in "AB" for fact in desk.history(f"counter/{case}") if isinstance(fact, Sent)]
    assert told == [Sent(delivered=True), Sent(delivered=False)]


async def test_a_command_sent_again_sends_no_second_message(desk, gateway):
    wish = count(50, "A")
    await desk.take(wish, wish)
    await desk.one(wish)
    await effects_of(desk, gateway).advance()
    assert len(gateway.sent) == 1


async def test_what_is_too_late_is_not_sent(desk, gateway):
    await desk.take(count(50, "A"))
    desk.clock.set(desk.clock.now() + timedelta(hours=1))
    await desk.take(count(50, "B"))
    await effects_of(desk, gateway).advance()
    assert [case for _, case, _ in gateway.sent] == ["B"]
    assert [effect.state for effect in desk.recorder.effects(None, 10)] == ["expired", "sent"]


async def test_history_taken_from_a_ledger_is_told_to_nobody(desk, gateway):
    assert (await desk.one(count(50, "A", actor="importer:ledger", origin="ledger"))).accepted
    await effects_of(desk, gateway).advance()
    assert (desk.recorder.effects(None, 10), gateway.sent) == ([], [])


async def test_more_than_one_page_goes_out_in_one_go(desk, gateway):
    await desk.take(*(count(50, f"C{n}") for n in range(120)))
    effects = effects_of(desk, gateway)
    await effects.advance()
    assert len(gateway.sent) == 120
    assert not effects.pending


async def test_a_message_that_breaks_the_gateway_stops_no_other_and_is_tried_again(desk, gateway):
    gateway.breaks = {"A"}
    await desk.one(count(50, "A"))
    await desk.one(count(50, "B"))
    effects = effects_of(desk, gateway)
    await effects.advance()
    assert [case for _, case, _ in gateway.sent] == ["B"]
    assert [effect.case for effect in desk.recorder.effects("pending", 10)] == ["A"]
    gateway.breaks = set()
    await effects.advance()
    assert [case for _, case, _ in gateway.sent] == ["B", "A"]
