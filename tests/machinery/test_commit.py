"""Group commit, the table of commands, streams that guard: what the command handler promises."""

import asyncio
from datetime import timedelta

import pytest
from eventsourcing.persistence import OperationalError, StoredEvent

from shared.recorders import Commit, Letter
from tests.machinery.conftest import TUESDAY, Desk, count, sqlite
from tests.machinery.sample import Add, Allot, Break, Stop, Take

WHO = {"case": "A", "actor": "clerk:A01"}


async def test_a_group_commit_answers_each_caller_its_own(desk):
    commits = []
    write, desk.recorder.commit = desk.recorder.commit, lambda c: commits.append(len(c.events)) or write(c)
    cases = [f"C{n}" for n in range(200)]
    answers = await desk.take(*(count(1, case) for case in cases), count(101, "C0"), count(0, "C1"))
    assert [answer.case for answer in answers[:200]] == cases
    assert all(answer.facts[0] == f"/620105/upper/counter/{answer.case}/1" for answer in answers[:200])
    assert (answers[200].accepted, answers[200].rule) == (False, "N-01")
    assert answers[200].reason == "当前情形下不能办理此操作（count，现为1）。"
    assert answers[200].reason_en == "This cannot be done in the present situation (count in 1)."
    assert answers[201].accepted
    assert answers[201].facts == ()
    assert len(commits) <= 2, "they were committed together"
    assert [record.position for record in desk.committed] == list(range(1, 601))


async def test_commands_of_one_case_are_decided_one_on_the_other(desk):
    answers = await desk.take(*(count(30) for _ in range(5)))
    assert [answer.accepted for answer in answers] == [True, True, True, False, False]
    assert sum(getattr(fact, "n", 0) for fact in desk.history("counter/A")) == 90


async def test_the_same_command_gets_the_same_answer_also_together_and_after_a_restart(desk, desk_at, tmp_path):
    wish = Allot(id="1", case="20260303", actor="clerk:A01")
    first, together = await desk.take(wish, wish)
    again = await desk.one(wish)
    restarted = await desk_at(sqlite(tmp_path)).one(wish)
    assert first.case == "C-1"
    assert first == together == again == restarted
    assert desk.log() == [("book/20260303", "allotted.v1"), ("counter/C-1", "opened.v1")]


async def test_the_same_id_with_another_body_is_refused_and_changes_nothing(desk):
    await desk.one(count(1, id="x"))
    other, together, same = await desk.take(count(2, id="x"), count(3, id="x"), count(1, id="x"))
    assert (other.rule, other.why, together.why, same.accepted) == ("ID", "other_body", "other_body", True)
    assert other.reason == "同一编号的指令已用于另一内容，未作任何更改。"
    assert other.reason_en.startswith("This command id was used for another content")
    assert len(desk.log()) == 1
    assert (await desk.one(count(5, id="x", actor="clerk:B01"))).accepted, "another issuer's ids are its own"


async def test_nothing_to_do_is_remembered(desk, desk_at, tmp_path):
    """A late second delivery must not act on what came to be later."""
    first, holder = Take(id="1", case="B", actor="clerk:A01", place="P"), Take(id="0", **WHO, place="P")
    await desk.one(holder)
    assert (await desk.one(first)).facts == ()
    (row,) = desk.recorder.look([], [("clerk:A01", "1")])[1].values()
    assert '"facts":[]' in row.outcome
    later = desk_at(sqlite(tmp_path))
    assert (await later.one(first.model_copy(update={"place": "Q"}))).why == "other_body"
    assert (await later.one(first)).accepted
    assert ("counter/B", "taken.v1") not in desk.log()


async def test_a_refusal_is_decided_anew(desk):
    wish = count(90, "B")
    await desk.one(count(90, "B"))
    assert not (await desk.one(wish)).accepted
    assert not desk.recorder.look([], [("clerk:A01", wish.id)])[1]


async def test_a_stream_written_to_that_is_there_already_is_not_overwritten(desk, desk_at, tmp_path):
    await desk.one(count(7, "C-1"))
    restarted = desk_at(sqlite(tmp_path))  # it has not read counter/C-1
    answer = await restarted.one(Allot(id="1", case="20260303", actor="clerk:A01"))
    assert "/620105/upper/counter/C-1/4" in answer.facts, "it follows what was there, two clocks included"
    assert desk.log()[0] == ("counter/C-1", "counted.v1")
    assert (await restarted.one(count(94, "C-1"))).rule == "N-01", "what was there is known"


async def test_one_that_fails_by_a_mistake_does_not_fail_the_others(desk):
    bad = Break(id="bad", **WHO)
    answers = await asyncio.gather(
        *(desk.handler.handle(wish) for wish in [count(1, "A"), count(2, "B"), bad, count(3, "C"), count(4, "A")]),
        return_exceptions=True,
    )
    assert isinstance(answers[2], ZeroDivisionError)
    assert [answer.accepted for answer in answers if not isinstance(answer, ZeroDivisionError)] == [True] * 4
    assert len(desk.log()) == 4
    assert (await desk.one(count(1, "A"))).facts[0] == "/620105/upper/counter/A/7"


async def test_a_decision_that_fails_half_way_leaves_nothing_of_it(desk):
    """Also where its failure becomes a letter and the others are committed with it."""
    wishes = [count(1, "A"), count(77, "B"), count(2, "C")]
    [(heard, [rule])] = desk.handler._decisions._effects.items()

    def breaks(document):
        return rule(document) if document.data.n != 77 else 1 / 0

    desk.handler._decisions._effects = {heard: [breaks]}
    letters = []

    def letter_for(index, failure):
        letters.append((index, type(failure)))
        return Letter("620105.upper", index, "B", "when_counted_add", b"{}", "why", 1, 0.0, "held")

    answers = await desk.handler.handle_all(wishes, letter_for=letter_for)
    assert [answer.accepted for answer in answers] == [True, False, True]
    assert letters == [(1, ZeroDivisionError)]
    assert desk.log() == [("counter/A", "counted.v1"), ("counter/C", "counted.v1")]
    assert len(desk.recorder.letters("held", 10)) == 1


@pytest.mark.parametrize(
    ("wish", "rule", "zh", "en"),
    [
        (count(1, happened_at=TUESDAY + timedelta(minutes=1)), "A-01", "发生时间不能晚于记录时间。", "Nothing can be"),
        (count(1, happened_at=TUESDAY - timedelta(hours=1), actor="applicant:x"), "A-01",
         "角色“申请人”不能补录以前发生的事项。", "The role applicant may not date back."),
        (count(1, origin="ledger"), "A-01", "只有台账录入可以按台账记录历史。", "Only the ledger import"),
    ],
    ids=["forward", "back", "origin"],
)  # fmt: skip
async def test_times_and_origins_that_a_caller_may_not_claim(desk, wish, rule, zh, en):
    answer = await desk.one(wish)
    assert (answer.accepted, answer.rule, answer.reason) == (False, rule, zh)
    assert answer.reason_en.startswith(en)
    assert desk.store.after(0, 1) == []


async def test_who_may_date_back_and_when_it_happened_is_kept_apart_from_when_it_was_recorded(desk):
    assert (await desk.one(count(1, happened_at=TUESDAY - timedelta(hours=1)))).accepted
    (event, *_) = desk.store.case("A")
    assert b'"time":"2026-03-03T08:00:00+08:00"' in event.state
    assert b'"recordedat":"2026-03-03T09:00:00+08:00"' in event.state
    assert (await desk.one(count(1, "L", actor="importer:ledger", origin="ledger"))).accepted


async def test_a_store_that_is_away_is_no_answer_but_a_request_to_come_again(desk):
    away, asked = True, []
    commit = desk.recorder.commit

    def unreliable(c):
        asked.append(1)
        if away:
            raise OperationalError("gone")
        return commit(c)

    desk.recorder.commit = unreliable
    wishes = [count(1, f"C{n}") for n in range(64)]
    answers = await desk.take(*wishes)
    assert all(answer.retry and not answer.accepted and answer.rule == "UNAVAILABLE" for answer in answers)
    assert len(asked) == 1, "a store that is away is not asked once for every command"
    away = False
    assert all(answer.accepted for answer in await desk.take(*wishes))
    assert len(desk.log()) == 64


async def test_time_that_is_not_told_yet(desk_at, tmp_path):
    desk: Desk = desk_at(sqlite(tmp_path))
    desk.clock._now = None
    assert (await desk.one(Stop(id="1", **WHO))).retry


async def test_a_command_that_nobody_decides_is_refused(desk):
    answer = await desk.one(Add(id="1", case="A", actor="clerk:A01", n=1))
    assert (answer.rule, answer.why, answer.reason) == ("SCHEMA", "unknown_command", "没有这个操作。")


async def test_a_stream_that_this_version_cannot_read_fails_its_own_commands_and_no_others(desk):
    """After a rollback there are facts of the newer version."""
    desk.recorder.commit(Commit([StoredEvent("counter/A", 1, "counted.v9", b"{}")]))
    answers = await asyncio.gather(*(desk.handler.handle(count(1, case)) for case in "ABC"), return_exceptions=True)
    assert isinstance(answers[0], KeyError)
    assert [answer.accepted for answer in answers[1:]] == [True, True]

    letter = Letter("620105.upper", 1, "A", "when_counted_add", b"{}", "why", 1, 0.0, "held")
    answers = await desk.handler.handle_all([count(1, "A"), count(1, "B")], letter_for=lambda *_: letter)
    assert [answer.accepted for answer in answers] == [False, True]
    assert desk.recorder.letters("held", 10) == [letter]
    assert [stream for stream, _ in desk.log()] == ["counter/A", "counter/B", "counter/C", "counter/B"]
