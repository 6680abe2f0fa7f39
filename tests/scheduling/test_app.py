"""Scheduling as a whole: desk, reactions, and its streams through the real command handler and a real store."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from services.scheduling.app import SCHEDULING
from shared.clock import PlayedClock
from shared.command_handler import CommandHandler
from shared.contracts import visits
from shared.contracts.intake import RequestConfirmed, RequestWithdrawn
from shared.contracts.scheduling import (
    AssignTeam,
    BookAppointment,
    CancelAppointment,
    CloseAppointment,
    NoteComplaint,
    OfferPeriods,
    ReleaseVisit,
    ReplaceTeamMember,
    SeekAgain,
    SeekAppointment,
)
from shared.contracts.scheduling_staff import ChangeAvailability
from shared.deadlines import TickClock
from shared.event_store import EventStore
from shared.messages import Answer, CloudEvent, Command
from shared.reaction import heard_by
from shared.recorders import open_recorder
from tests.given import anning
from tests.scheduling.samples import CASE, OTHER, SEALED, THURSDAY, TUESDAY, WEDNESDAY, ask, sought

CONFIRMED = RequestConfirmed(
    matter="MT-HUKOU", scope="A3", urgent=False, person_ref="a" * 32, person=SEALED, age_band="80_plus", needs=(),
    wished_day=None, wished_period=None, accepted_at=sought().accepted_at, materials="tolerated",
)  # fmt: skip


def heard(data, origin="live"):
    return CloudEvent[type(data)](
        id="/620105/x/y/1", source="/620105/x", type=data.type, subject=f"y/{CASE}", time=TUESDAY, case=CASE,
        actor="visitor:A01", causationid="1", rules="r", recordedat=TUESDAY, data=data, origin=origin,
    )  # fmt: skip


def test_the_desk_takes_what_people_may_ask_and_nothing_else():
    commands = {command for decider in SCHEDULING.deciders for command in decider.commands}
    assert set(SCHEDULING.desk) == {command for command in commands if command.roles}
    assert {TickClock, SeekAppointment, CloseAppointment}.isdisjoint(SCHEDULING.desk)
    assert all(command.roles for command in SCHEDULING.desk)


@pytest.mark.parametrize(
    ("fact", "wish", "said"),
    [
        (CONFIRMED, SeekAppointment, {"matter": "MT-HUKOU", "materials": "tolerated", "person": SEALED}),
        (RequestWithdrawn(), CloseAppointment, {"outcome": "withdrawn"}),
        (visits.ApplicantNotMet(reason="M01"), CloseAppointment, {"outcome": "no_show", "reason": "M01"}),
        (visits.VisitAborted(reason="K13"), CloseAppointment, {"outcome": "aborted", "reason": "K13"}),
        (visits.MatterHandled(result="K04"), CloseAppointment, {"outcome": "fulfilled", "reason": "K04"}),
        (visits.FollowUpPlanned(round=2), SeekAgain, {"round": 2}),
    ],
)
def test_what_is_heard_becomes_one_wish_of_the_same_case_moment_and_origin(fact, wish, said):
    reactions = [reaction for reaction in SCHEDULING.reactions if heard_by(reaction)[1] is type(fact)]
    assert len(reactions) == 1
    event = heard(fact, origin="ledger")
    command = reactions[0](event)
    assert type(command) is wish
    assert (command.id, command.case, command.happened_at, command.origin) == (event.id, CASE, TUESDAY, "ledger")
    assert {name: getattr(command, name) for name in said} == said


class Desk:
    """Commands one after the other, each at its moment."""

    def __init__(self, handler: CommandHandler, clock: PlayedClock, store: EventStore) -> None:
        self.handler, self._clock, self._store, self._count = handler, clock, store, 0

    async def take(self, command: Command, moment: datetime = TUESDAY) -> Answer:
        self._clock.set(moment)
        return await self.handler.handle(self.named(command))

    def named(self, command: Command) -> Command:
        self._count += 1
        return command.model_copy(update={"id": str(self._count)})

    async def history(self, case: str) -> list[str]:
        events = await self.handler.in_writer(self._store.case, case)
        return [event.topic for event in events if not event.topic.startswith("deadline")]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    env = {"PERSISTENCE_MODULE": "shared.recorders.sqlite", "SQLITE_DBNAME": str(tmp_path / "scheduling.sqlite")}
    factory, recorder = open_recorder(env)
    facts = {fact for decider in SCHEDULING.deciders for fact in decider.facts}
    store, clock = EventStore(recorder, "/620105/scheduling", facts), PlayedClock()
    handler = CommandHandler(
        SCHEDULING.deciders, store, clock, anning(), effects=SCHEDULING.effects, on_commit=lambda _: None
    )
    yield Desk(handler, clock, store)
    handler._writer.shutdown()
    factory.close()


def seek(case: str, ref: str) -> SeekAppointment:
    return ask(SeekAppointment, case=case, actor="system:reaction", **dict(sought(person_ref=ref * 32)))


async def test_from_a_confirmed_request_to_a_release(desk):
    for command in (
        seek(CASE, "a"),
        ask(OfferPeriods, periods=(WEDNESDAY, THURSDAY)),
        ask(BookAppointment, period=WEDNESDAY),
        ask(AssignTeam, lead="A01", members=("A02",)),
        ask(ReleaseVisit, actor="chief:F03"),
    ):
        assert (await desk.take(command)).accepted
    assert await desk.history(CASE) == [
        "appointment_sought.v1", "periods_offered.v1", "appointment_booked.v1", "team_assigned.v1",
        "visit_released.v1",
    ]  # fmt: skip
    assert await desk.history("620105-20260304") == [
        "period_held.v1", "hold_released.v1", "place_taken.v1", "place_taken.v1",
    ]  # fmt: skip


async def test_S13_two_bookings_at_once_do_not_send_one_person_to_two_doors(desk):
    await desk.take(seek(CASE, "a"))
    await desk.take(seek(OTHER, "b"))
    both = [ask(BookAppointment, case=case, period=WEDNESDAY, lead="A01", members=("A02",)) for case in (CASE, OTHER)]
    answers = await asyncio.gather(*(desk.handler.handle(desk.named(command)) for command in both))
    assert [(answer.accepted, answer.rule) for answer in answers] == [(True, None), (False, "S-13")]
    assert answers[1].reason == "A01 在 09:00-10:00 已派往他处。"

    assert (await desk.take(ask(CancelAppointment, by="applicant", reason="U05"))).accepted
    assert (await desk.take(both[1])).accepted
    assert await desk.history("620105-20260304") == ["place_taken.v1", "place_released.v1", "place_taken.v1"]


async def test_S13_a_team_and_a_leave_at_once_do_not_pass_each_other_by(desk):
    await desk.take(seek(CASE, "a"))
    await desk.take(ask(BookAppointment, period=WEDNESDAY))
    away = ask(ChangeAvailability, case="620105-A02", kind="leave", first=WEDNESDAY.day, last=WEDNESDAY.day)
    both = [away, ask(AssignTeam, lead="A01", members=("A02",))]
    answers = await asyncio.gather(*(desk.handler.handle(desk.named(command)) for command in both))
    assert [(answer.accepted, answer.rule) for answer in answers] == [(True, None), (False, "S-13")]

    assert (await desk.take(ask(AssignTeam, lead="A01", members=("A03",)))).accepted
    assert (await desk.take(away.model_copy(update={"case": "620105-A03"}))).accepted
    assert (await desk.history("620105-20260304"))[-1] == "replacement_due.v1"
    released = await desk.take(ask(ReleaseVisit, actor="chief:F03"))
    assert (released.rule, released.reason) == ("S-13", "A03 在 2026-03-04 不在岗（请假）。")
    instead = ask(ReplaceTeamMember, out="A03", stand_in="A04", reason="Z01", handover="nothing_yet")
    assert (await desk.take(instead)).accepted
    assert (await desk.take(ask(ReleaseVisit, actor="chief:F03"))).accepted


async def test_P06_a_complaint_keeps_them_away_from_that_person_in_every_case_until_it_is_settled(desk):
    for command in (
        seek(CASE, "a"), ask(BookAppointment, period=WEDNESDAY, lead="A01", members=("A02",)),
        ask(NoteComplaint, number=1, open=True), seek(OTHER, "a"),
        ask(BookAppointment, case=OTHER, period=THURSDAY),
    ):  # fmt: skip
        assert (await desk.take(command)).accepted
    again = ask(AssignTeam, case=OTHER, lead="A03", members=("A02",))
    assert (await desk.take(again)).rule == "P-06"
    assert await desk.history("620105-A02") == ["applicant_complaint_opened.v1"]
    assert (await desk.take(ask(NoteComplaint, number=1, open=False))).accepted
    assert (await desk.take(again)).accepted
