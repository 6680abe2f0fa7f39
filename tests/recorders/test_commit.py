"""A commit is all or none, dense and in order, on either store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from eventsourcing.persistence import IntegrityError, Notification

from shared.recorders import (
    AlreadyTracked,
    CommandKnown,
    CommandRow,
    Commit,
    Effect,
    Letter,
    Recorder,
    StaleRead,
    open_recorder,
)
from tests.recorders.conftest import BOTH
from tests.recorders.racing import event, race, streams

pytestmark = pytest.mark.parametrize("env", BOTH, indirect=True)

ROW = CommandRow("clerk", "c-1", b"\x00digest", '{"accepted": true, "理由": "齐全"}')
LETTER = Letter("620105.intake", 7, "CASE-A", "when_x", b'{"a":"\xe4\xb8\xad"}', "later", 1, 1772000000.25, "held")
EFFECT = Effect("e-1", "CASE-A", "sms", '{"template": "T1"}', "2026-03-02T09:00:00+08:00", "2026-03-02T21:00:00+08:00")


def test_all_that_is_committed_is_there(recorder: Recorder):
    everything = Commit(
        events=[event("request/CASE-A", 1, b"\x00\xff"), event("register/620105-20260302", 1)],
        reads={"day_plan/620105-20260303": 0},
        commands=[ROW],
        tracking={"620105.intake": 7},
        letters=[LETTER],
        effects=[EFFECT],
    )
    assert recorder.commit(everything) == 0
    assert recorder.commit(Commit(events=[event("request/CASE-A", 2)], reads={"register/620105-20260302": 1})) == 2
    histories, known = recorder.look(["request/CASE-A", "request/CASE-B"], [("clerk", "c-1"), ("clerk", "c-2")])
    assert histories == {
        "request/CASE-A": [event("request/CASE-A", 1, b"\x00\xff"), event("request/CASE-A", 2)],
        "request/CASE-B": [],
    }
    assert known == {("clerk", "c-1"): ROW}
    assert recorder.versions(["request/CASE-A", "request/CASE-B"]) == {"request/CASE-A": 2, "request/CASE-B": 0}
    assert recorder.max_tracking_id("620105.intake") == 7
    assert recorder.letters("held", 10) == [LETTER]
    assert recorder.effects("pending", 10) == [EFFECT]
    assert recorder.max_notification_id() == 3
    assert recorder.select_notifications(2, 1) == [
        Notification("register/620105-20260302", 1, "it_happened.v1", b"{}", 2)
    ]


FILLED = Commit(
    events=[event("visit/CASE-B", 1)],
    commands=[replace(ROW, command_id="c-2")],
    tracking={"620105.intake": 8},
    letters=[replace(LETTER, position=8)],
    effects=[replace(EFFECT, id="e-2")],
)
REFUSED = [
    (replace(FILLED, commands=[*FILLED.commands, ROW]), CommandKnown),
    (replace(FILLED, reads={"request/CASE-A": 0}), StaleRead),
    (replace(FILLED, reads={"request/CASE-A": 2}), StaleRead),
    (replace(FILLED, reads={"request/CASE-C": 1}), StaleRead),
    (replace(FILLED, events=[*FILLED.events, event("request/CASE-A", 1)]), StaleRead),
    (replace(FILLED, events=[*FILLED.events, event("request/CASE-A", 3)]), StaleRead),
    (replace(FILLED, events=[*FILLED.events, *FILLED.events]), StaleRead),
    (replace(FILLED, tracking={"620105.visits": 1, "620105.intake": 7}), AlreadyTracked),
    (replace(FILLED, effects=[*FILLED.effects, EFFECT]), IntegrityError),
]


@pytest.mark.parametrize(("refused", "why"), REFUSED)
def test_what_is_refused_leaves_nothing_behind(recorder: Recorder, refused: Commit, why: type[Exception]):
    recorder.commit(Commit([event("request/CASE-A", 1)], {}, [ROW], {"620105.intake": 7}, [LETTER], [EFFECT]))
    with pytest.raises(IntegrityError) as raised:
        recorder.commit(refused)
    assert raised.type is why
    assert "clerk" not in str(raised.value)
    assert "CASE" not in str(raised.value)
    assert streams(recorder.select_notifications(1, 10)) == [(1, "request/CASE-A", 1)]
    assert recorder.look([], [("clerk", "c-2")]) == ({}, {})
    assert recorder.max_tracking_id("620105.intake") == 7
    assert recorder.max_tracking_id("620105.visits") is None
    assert recorder.letters(None, 10) == [LETTER]
    assert recorder.effects(None, 10) == [EFFECT]
    assert recorder.commit(FILLED) == 1, "and no hole in the positions"


def test_progress_alone_may_be_committed_and_only_forward(recorder: Recorder):
    recorder.commit(Commit(tracking={"620105.intake": 3}))
    recorder.commit(Commit(tracking={"620105.intake": 9, "620105.visits": 1}))
    for position in (9, 8):
        with pytest.raises(AlreadyTracked):
            recorder.commit(Commit(tracking={"620105.intake": position}))
    assert recorder.max_tracking_id("620105.intake") == 9
    assert recorder.max_notification_id() is None


def test_writers_that_race_leave_dense_positions_and_hear_that_they_were_late(env: dict[str, str], recorder: Recorder):
    other_factory, other = open_recorder(env)
    assert race(recorder, other) > 0, "nobody was in anybody's way: this proves nothing"
    other_factory.close()


def test_a_reader_that_follows_the_log_misses_nothing(env: dict[str, str], recorder: Recorder):
    other_factory, other = open_recorder(env)
    seen: list[int] = []

    def follow() -> None:
        while len(seen) < 200:
            seen.extend(one.id for one in recorder.select_notifications(len(seen) + 1, 7))

    def write(me: int, mine: Recorder) -> None:
        for n in range(50):
            mine.commit(Commit([event(f"request/{me}-{n}", 1), event(f"visit/{me}-{n}", 1)]))

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(follow), pool.submit(write, 0, recorder), pool.submit(write, 1, other)]:
            done.result(30)
    assert seen == list(range(1, 201))
    other_factory.close()


def test_of_one_command_sent_to_two_replicas_one_is_committed(env: dict[str, str], recorder: Recorder):
    other_factory, other = open_recorder(env)
    outcomes = []

    def send(mine: Recorder, n: int) -> None:
        try:
            mine.commit(Commit([event(f"request/{n}-{id(mine)}", 1)], commands=[replace(ROW, command_id=str(n))]))
        except CommandKnown:
            outcomes.append("known")
        else:
            outcomes.append("committed")

    with ThreadPoolExecutor(2) as pool:
        for n in range(20):
            for done in [pool.submit(send, recorder, n), pool.submit(send, other, n)]:
                done.result()
    assert sorted(outcomes) == ["committed"] * 20 + ["known"] * 20
    assert recorder.max_notification_id() == 20
    other_factory.close()


def test_what_was_committed_is_there_after_a_restart(env: dict[str, str]):
    for n in range(3):
        factory, recorder = open_recorder(env)
        assert recorder.commit(Commit([event("request/CASE-A", n + 1)])) == n
        assert recorder.commit(Commit(tracking={"620105.intake": n + 1})) == n + 1
        factory.close()
