"""Feedback as a whole: its desk, and its streams through the real command handler and a real store."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from services.feedback.app import FEEDBACK
from shared.clock import PlayedClock
from shared.command_handler import CommandHandler
from shared.contracts.complaints import AddEvidence
from shared.contracts.feedback import (
    AcceptComplaint,
    CompleteReturnVisit,
    ContactEvaluator,
    ExpectFeedback,
    FileCase,
    ReceiveComplaint,
    RectifyRating,
    ReplyComplaint,
    SubmitRating,
)
from shared.deadlines import TickClock
from shared.event_store import EventStore
from shared.messages import Answer, Command, Override
from shared.recorders import open_recorder
from tests.feedback.complaints import receive
from tests.feedback.samples import CASE, GOOD, TUESDAY, WEDNESDAY, ask, expect
from tests.given import anning


class Desk:
    """Commands one after the other, each at its moment."""

    def __init__(self, handler: CommandHandler, clock: PlayedClock, store: EventStore) -> None:
        self._handler, self._clock, self._store, self._count = handler, clock, store, 0

    async def take(self, command: Command, moment: datetime = WEDNESDAY) -> Answer:
        self._clock.set(moment)
        self._count += 1
        return await self._handler.handle(command.model_copy(update={"id": str(self._count)}))

    async def history(self) -> list[str]:
        events = await self._handler.in_writer(self._store.case, CASE)
        return [event.topic for event in events]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    env = {"PERSISTENCE_MODULE": "shared.recorders.sqlite", "SQLITE_DBNAME": str(tmp_path / "feedback.sqlite")}
    factory, recorder = open_recorder(env)
    facts = {fact for decider in FEEDBACK.deciders for fact in decider.facts}
    store, clock = EventStore(recorder, "/620105/feedback", facts), PlayedClock()
    handler = CommandHandler(
        FEEDBACK.deciders, store, clock, anning(), effects=FEEDBACK.effects, on_commit=lambda _: None
    )
    yield Desk(handler, clock, store)
    handler._writer.shutdown()
    factory.close()


def test_the_desk_takes_what_people_may_ask_and_nothing_else():
    commands = {command for decider in FEEDBACK.deciders for command in decider.commands}
    assert set(FEEDBACK.desk) == {command for command in commands if command.roles}
    assert ExpectFeedback not in FEEDBACK.desk
    assert TickClock not in FEEDBACK.desk


async def test_E06_A02_a_bad_rating_mended_and_the_case_filed(desk):
    assert (await desk.take(expect(), TUESDAY)).accepted
    assert (await desk.take(ask(SubmitRating, level=2, codes=("H01",)))).accepted
    assert (await desk.take(ask(CompleteReturnVisit, by="D02", **GOOD))).accepted
    refused = await desk.take(ask(FileCase))
    assert (refused.rule, refused.reason) == ("A-02", "档案尚不齐全，缺：整改记录。")
    assert (await desk.take(ask(ContactEvaluator, by="F02"))).accepted
    assert (await desk.take(ask(RectifyRating, classification="RB1", measure="apology", proof="record"))).accepted
    refused = await desk.take(ask(FileCase))
    assert (refused.rule, refused.reason) == ("A-02", "档案尚不齐全，缺：回访记录。")  # F-06: called once more
    assert (await desk.take(ask(CompleteReturnVisit, by="D02", **GOOD))).accepted
    papers = Override(rule="A-02", reason="papers of the visit are not in this test", by="supervisor:F06")
    assert (await desk.take(ask(FileCase, overrides=(papers,)))).accepted

    history = await desk.history()
    assert "case_file_filed.v1" in history
    met = ["T19", "T21", "T22", "T23", "T19"]  # F-06: called twice; an appeal may still come (T24)
    assert history.count("deadline_met.v1") == len(met)
    assert history.count("deadline_set.v1") == len([*met, "T24.filing"])


async def test_C02_the_answer_names_the_complaint_and_it_is_found_under_the_case(desk):
    assert (await desk.take(ask(ReceiveComplaint, category="CT08"))).case == f"{CASE}.1"
    second = (await desk.take(receive())).case
    assert second == f"{CASE}.2"
    early = await desk.take(ask(ReplyComplaint, case=second, finding="FD3", form="oral"))
    assert (early.rule, early.why) == ("C-03", "complaint_not_accepted_yet")
    assert (await desk.take(ask(AcceptComplaint, case=second, investigator="F05", handling="simple"))).accepted
    for side in ("complainant_heard", "respondent_heard"):
        assert (await desk.take(ask(AddEvidence, case=second, kind=side, by="F05"))).accepted
    assert (await desk.take(ask(ReplyComplaint, case=second, finding="FD3", form="oral"))).accepted
    history = await desk.history()
    assert history[-2:] == ["deadline_met.v1", "deadline_set.v1"]  # the reply in time; the complainant is called back
    assert history.count("complaint_received.v1") == 2


async def test_C03_a_ledgers_complaint_is_replied_to_straight_after_its_reception(desk):
    importer = {"actor": "importer:ledger", "origin": "ledger"}
    await desk.take(ask(ReceiveComplaint, category="CT06", **importer), TUESDAY)
    answer = await desk.take(ask(ReplyComplaint, case=f"{CASE}.1", finding="FD3", **importer))
    assert answer.accepted
    assert "complaint_referred_to_discipline.v1" in await desk.history()
    assert "rule_deviated.v1" not in await desk.history()
