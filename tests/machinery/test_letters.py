# ruff: noqa: F811  # fixtures
"""What people do with letters: each act is a fact, and one commit with what becomes of the letter."""

import asyncio
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from shared.decider import Refused
from shared.inbox import Patience
from shared.letter_desk import LetterDesk, changed, fingerprint, key_of
from shared.letters import LETTER, ApproveEdit, DiscardLetter, LetterActs, LetterEditProposed, ProposeEdit, RetryLetter
from shared.recorders import Commit
from tests.machinery.conftest import count, until
from tests.machinery.test_inbox import added, arrived, listening, lower, road, tally  # noqa: F401

GOLDEN = json.loads(Path(__file__).with_name("golden_letters.json").read_text("utf-8"))
ONE, OTHER = "supervisor:S01", "director:S02"
pytestmark = pytest.mark.nats


class At:
    """The desk of `lower`, with the one letter it is about."""

    def __init__(self, lower, inbox):
        self.lower, self.desk = lower, LetterDesk(lower.store, lower.handler, "620105", lambda: [inbox])

    async def ask(self, question, **asked):
        return json.loads(await getattr(self.desk, question)(json.dumps(asked).encode()))

    async def act(self, command, id, actor=ONE, **more):
        return await self.desk.act(command(id=f"{command.__name__}:{actor}:{more}", case=id, actor=actor, **more))

    @property
    def facts(self):
        return [record.type for record in self.lower.store.after(0, 1000) if record.stream.startswith("letter/")]

    async def dead(self):
        await until(lambda: self.lower.recorder.letters("dead", 10))
        return key_of(self.lower.recorder.letters("dead", 10)[0])


@pytest.fixture
async def at(desk, road, bus, lower, tally):
    """13 is refused for good, and what comes later in its case went on."""
    tally.refuses = {13}
    async with listening(lower, bus, tally) as inbox:
        await desk.take(count(13, "A"), count(2, "A"))
        await arrived(inbox, desk)
        await until(lambda: added(lower, "A") == [2])
        yield At(lower, inbox)


async def test_a_dead_letter_is_told_with_its_cause_and_never_with_its_document(at):
    id = await at.dead()
    (told,) = (await at.ask("list"))["letters"]
    assert (told["id"], told["reason"], told["case"]) == (id, "Refused: N-02: unknown_command", "A")
    assert "document" not in told
    assert (await at.ask("show", id=id))["document"]["data"] == {"n": 13}


async def test_retried_after_the_cause_is_gone_it_is_delivered_and_the_act_is_a_fact(at, tally):
    id, tally.refuses = await at.dead(), set()
    assert (await at.act(RetryLetter, id)).accepted
    await until(lambda: added(at.lower, "A") == [2, 13])
    assert at.facts == ["letter_retried.v1"]
    assert at.lower.recorder.letters("dead", 10) == []


async def test_the_same_retry_sent_twice_counts_once_and_wakes_no_letter_that_is_done(at, tally):
    id, tally.refuses = await at.dead(), set()
    await at.act(RetryLetter, id)
    await until(lambda: added(at.lower, "A") == [2, 13])
    with pytest.raises(Refused, match="no_such_letter"):
        await at.act(RetryLetter, id)
    assert at.facts == ["letter_retried.v1"]


async def test_retried_while_the_cause_is_there_it_is_dead_again(at):
    id = await at.dead()
    await at.act(RetryLetter, id)
    await until(lambda: [one.attempts for one in at.lower.recorder.letters("dead", 10)] == [5])
    assert added(at.lower, "A") == [2]


async def test_a_dry_run_tells_what_todays_code_would_do_and_writes_nothing(at, tally):
    id, head = await at.dead(), at.lower.handler.head
    assert (await at.ask("dry_run", id=id))["outcome"] == "refused"
    tally.refuses = set()
    assert await at.ask("dry_run", id=id) == {"outcome": "accepted", "command": "Add", "facts": ["added.v1"]}
    tally.breaks = {13}
    told = await at.ask("dry_run", id=id)
    assert (told["outcome"], told["detail"]) == ("mistake", "ZeroDivisionError")
    assert (at.lower.recorder.max_notification_id(), added(at.lower, "A")) == (head, [2])


async def test_an_edit_needs_a_second_person_and_then_is_what_is_tried(at):
    id = await at.dead()
    await at.act(ProposeEdit, id, changes={"n": 14}, reason="数错了")
    assert (await at.ask("dry_run", id=id, edited=True))["outcome"] == "accepted"
    no = await at.act(ApproveEdit, id, "director:S01")
    assert (no.accepted, no.why) == (False, "edit_needs_another"), "the same person in another role"
    assert (await at.act(ApproveEdit, id, OTHER)).accepted
    await until(lambda: added(at.lower, "A") == [2, 14])
    assert at.facts == ["letter_edit_proposed.v1", "letter_edit_approved.v1"]


async def test_what_was_edited_is_told_by_the_digests_of_before_and_after(at):
    id = await at.dead()
    (letter,) = at.lower.recorder.letters("dead", 10)
    await at.act(ProposeEdit, id, changes={"n": 14}, reason="数错了")
    (proposed,) = at.lower.history(f"letter/{id}")
    assert isinstance(proposed, LetterEditProposed)
    assert proposed.before == sha256(letter.document).hexdigest()
    assert proposed.after == sha256(changed(letter.document, {"n": 14})).hexdigest() != proposed.before


async def test_who_approves_says_yes_to_what_they_saw_and_to_nothing_that_came_in_between(at, monkeypatch):
    id = await at.dead()
    await at.act(ProposeEdit, id, changes={"n": 14}, reason="数错了")
    (proposed,) = at.lower.history(f"letter/{id}")

    async def as_it_was(_desk, _letter):
        return LetterActs(proposed)

    await at.act(ProposeEdit, id, changes={"n": 15}, reason="还是错了")
    monkeypatch.setattr(LetterDesk, "_acts", as_it_was)
    no = await at.act(ApproveEdit, id, OTHER)
    assert (no.accepted, no.why) == (False, "edit_is_another")
    assert added(at.lower, "A") == [2]


@pytest.mark.parametrize("value", ["11010519491231002X", "13900000000"])
async def test_no_value_of_an_edit_is_a_persons_number(at, value):
    id = await at.dead()
    with pytest.raises(Refused, match="no_personal_data"):
        await at.act(ProposeEdit, id, changes={"n": value}, reason="数错了")
    assert at.facts == []


async def test_a_letter_that_is_no_fact_at_all_can_be_looked_at_and_given_up(at):
    id = await at.dead()
    (letter,) = at.lower.recorder.letters("dead", 10)
    at.lower.recorder.commit(Commit(letters=[replace(letter, document=b"{ no json")]))
    assert (await at.ask("show", id=id))["document"] == {}
    assert (await at.act(DiscardLetter, id, reason="读不出")).accepted


async def test_without_a_proposal_nothing_is_approved_and_nothing_changes(at):
    id = await at.dead()
    before = at.lower.recorder.letters("dead", 10)
    no = await at.act(ApproveEdit, id, OTHER)
    assert (no.accepted, no.why) == (False, "no_edit_proposed")
    assert at.lower.recorder.letters("dead", 10) == before


async def test_discarded_it_is_gone_from_the_list_with_its_reason(at):
    id = await at.dead()
    await at.act(DiscardLetter, id, reason="重复登记")
    assert (await at.ask("list"))["letters"] == []
    assert [key_of(one) for one in at.lower.recorder.letters("discarded", 10)] == [id]
    assert at.lower.history(f"letter/{id}")[0].reason == "重复登记"


async def test_a_held_letter_that_is_discarded_lets_later_facts_of_its_case_go_on(desk, road, bus, lower, tally):
    tally.refuses = {13}
    async with listening(lower, bus, tally, Patience(1000, 60.0, 60.0)) as inbox:
        await desk.take(count(13, "A"), count(2, "A"))
        await until(lambda: len(lower.recorder.letters("held", 10)) == 2)
        await asyncio.sleep(0.1)
        assert added(lower, "A") == []
        at = At(lower, inbox)
        await at.act(DiscardLetter, key_of(lower.recorder.letters("held", 10)[0]), reason="不再需要")
        await until(lambda: added(lower, "A") == [2])
        await until(lambda: not inbox.waiting)


@pytest.mark.parametrize("actor", ["clerk:F01", "auditor:A01", "visitor:B01"])
async def test_who_does_not_operate_does_nothing(at, actor):
    id = await at.dead()
    with pytest.raises(Refused, match="no_right"):
        await at.act(RetryLetter, id, actor)
    assert at.facts == []


async def test_nothing_personal_goes_into_a_reason_or_a_value(at):
    id = await at.dead()
    with pytest.raises(Refused, match="no_personal_data"):
        await at.act(DiscardLetter, id, reason="电话 13900000000")
    with pytest.raises(ValueError, match="changes"):
        await at.act(ProposeEdit, id, changes={"n": "张三"}, reason="改名")
    with pytest.raises(Refused, match="no_such_field"):
        await at.act(ProposeEdit, id, changes={"m": 1}, reason="改字段")
    assert at.facts == []


async def test_letters_of_one_cause_have_one_fingerprint(at):
    await at.dead()
    (letter,) = at.lower.recorder.letters("dead", 10)
    assert fingerprint(letter) == fingerprint(replace(letter, case="B", position=99, attempts=2, document=b"{}"))
    assert fingerprint(letter) != fingerprint(replace(letter, reason="Refused: N-03: other"))


def test_what_was_given_up_is_not_taken_up_again():
    acts = LETTER.evolve(LETTER.initial, LETTER.facts[1](fingerprint="f", because="b", reason="rr"))
    with pytest.raises(Refused, match="letter_discarded_before"):
        LETTER.decide(RetryLetter(id="1", case="A.upper.1.abcdef", actor=ONE), acts, None)


@pytest.mark.parametrize("fact", LETTER.facts)
def test_a_fact_of_a_letter_reads_as_it_was_written(fact):
    read = fact.model_validate_json(json.dumps(GOLDEN[fact.type]))
    assert json.loads(read.model_dump_json(exclude_unset=True)) == GOLDEN[fact.type]
