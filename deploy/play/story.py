"""A row of a ledger as the commands that people would have given, each at the moment that the ledger says.

Where the ledger does not say when, the step is played at the latest moment it does say and marked "not recorded".
What it does not say at all is not commanded: not recorded is neither done nor not done. The whole row travels sealed
with the registration, so that no word of it is lost.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from deploy.ledger.rows import Row
from deploy.play.engine import Step, Story
from shared.contracts import feedback, intake, scheduling, visits
from shared.contracts.common import Item, Period, Person
from shared.messages import Command
from shared.rules import Rules
from shared.sealed import VaultClient
from shared.words import catalogue

ACTOR = "importer:ledger"
OTHER = "other"
UNKNOWN = "UNKNOWN"  # a reason nobody can read: the service refuses it, and the report says so


def code_of(section: str, text: str) -> str:
    """The catalogue's code for a Chinese word, with or without 缺 before it; the row itself keeps the words."""
    entries = catalogue().get(section, {})
    return next((code for code, entry in entries.items() if entry["zh"] in {text, f"缺{text}"}), OTHER)


class Teller:
    """Makes the story of each row of one ledger."""

    def __init__(self, vault: VaultClient, rules: Rules, center: str, digest: str) -> None:
        self._vault, self._rules, self._center, self._digest = vault, rules, center, digest[:12]
        self._matters = {matter.name: code for code, matter in rules.matters.items()}

    def story(self, row: Row) -> Story:
        script = _Script(row, self._digest)
        self._intake(row, script)
        if row.decision == "accepted" and row.confirmed_at:
            self._scheduling(row, script)
            self._visit(row, script)
        self._feedback(row, script)
        return Story(row=row.row, serial=row.serial, steps=script.steps)

    def _intake(self, row: Row, script: "_Script") -> None:
        script.steps.append(Step(row.registered_at, row.registered_at, "intake", self._register(row)))
        if row.contacted_at:
            script.at("intake", row.contacted_at, intake.ContactApplicant)
        if row.notified_at and row.materials:
            defects = tuple(code_of("codes_defects", text) for text in row.materials.defects) or (OTHER,)
            script.at("intake", row.notified_at, intake.NotifyOnce, defects=defects)
        if row.supplemented_at:
            script.at("intake", row.supplemented_at, intake.ReceiveSupplement)
        if not row.decided_at:
            return  # lapsed: the supplement period runs out by itself
        if row.decision == "accepted":
            tolerated = row.materials is not None and row.materials.state == "tolerated"
            pledge = row.materials.pledge_days if row.materials and tolerated else None
            script.at("intake", row.decided_at, intake.AcceptRequest,
                      materials="tolerated" if tolerated else "complete", pledge_days=pledge)  # fmt: skip
        elif row.decision in {"declined", "redirected", "transferred"}:
            script.at("intake", row.decided_at, intake.DeclineRequest, reason=row.decision_code or UNKNOWN,
                      redirect=row.redirect)  # fmt: skip
        elif row.decision == "withdrawn":
            script.at("intake", row.decided_at, intake.WithdrawRequest)
        if row.confirmed_at:
            script.at("intake", row.confirmed_at, intake.ConfirmInformation)

    def _register(self, row: Row) -> Callable[[Story], Any]:
        async def make(_story: Story) -> Command:
            name = f"ledger:{self._digest}:{row.row}"
            person = await self._seal(f"{name}:seal", row.applicant_name, row.id_type, row.id_number or "", row.phone,
                                      row.address, row.registered_at)  # fmt: skip
            agent = None
            if row.agent_name:
                agent = await self._seal(f"{name}:seal-agent", row.agent_name, "none", "", row.agent_phone or "", "",
                                         row.registered_at)  # fmt: skip
            whole = await self._vault.seal_text(
                f"{name}:seal-row", ACTOR, json.dumps(dict(row.cells), ensure_ascii=False), person.sealed.split(":")[2]
            )
            return intake.RegisterRequest(
                id=f"{name}:0:register", case=f"{self._center}-{row.registered_at:%Y%m%d}", actor=ACTOR,
                origin="ledger", happened_at=row.registered_at, channel=row.channel, scope=row.scope,
                matter=self._matters.get(row.matter, "MT-UNKNOWN"), applicant=person, agent=agent,
                urgent=bool(row.urgent), needs=tuple(row.needs or ()), wished_day=row.wished_day,
                wished_period=row.wished_period, ledger_row=row.row, ledger_text=whole,
            )  # fmt: skip

        return make

    async def _seal(
        self, name: str, person: str, id_kind: str, number: str, phone: str, address: str, on: datetime
    ) -> Person:
        return await self._vault.seal_person(name, ACTOR, person, id_kind, number, phone, address, on=on.date())

    def _scheduling(self, row: Row, script: "_Script") -> None:
        if not (row.appointment_day and row.appointment_period and row.confirmed_at):
            return
        start, _, end = row.appointment_period.partition("-")
        period = Period(day=row.appointment_day, start=start, end=end)
        staff = [member.id for member in row.team or ()]
        team = {"lead": staff[0], "members": tuple(staff[1:])} if staff else {}
        changes = row.reschedules or 0
        moment = row.confirmed_at
        if not changes:
            script.about("scheduling", moment, scheduling.BookAppointment, period=period, **team)
            return
        script.about("scheduling", moment, scheduling.BookAppointment, period=None)
        for _ in range(changes - 1):
            script.about("scheduling", moment, scheduling.RescheduleAppointment, by=None, reason=None)
        code = row.reschedule_code
        by = {"U": "applicant", "Z": "centre"}.get((code or " ")[0])
        script.about("scheduling", moment, scheduling.RescheduleAppointment, by=by, reason=code, period=period)
        if team:
            script.about("scheduling", moment, scheduling.AssignTeam, **team)

    def _visit(self, row: Row, script: "_Script") -> None:
        if row.departed_at:
            script.at("visits", row.departed_at, visits.DepartTeam)
        if not row.arrived_at:
            return
        script.at("visits", row.arrived_at, visits.ArriveTeam)
        door = row.arrived_at
        if row.credentials_shown is not None:
            script.about("visits", door, visits.ShowCredentials, shown=row.credentials_shown)
        if row.recording:
            script.about("visits", door, visits.AskRecordingConsent, answer=row.recording)
        if row.materials_taken:
            script.about("visits", door, visits.TakeMaterials, items=_items(row.materials_taken))
        if row.materials_returned:
            script.about("visits", door, visits.ReturnMaterials, items=_items(row.materials_returned))
        ended = row.ended_at
        if row.outcome == "not_met":
            script.step("visits", ended or door, visits.RecordNotMet, exact=ended is not None,
                        reason=row.absence_code or UNKNOWN, waited_minutes=row.waited_minutes,
                        calls=row.calls)  # fmt: skip
        elif row.outcome == "aborted":
            script.step("visits", ended or door, visits.AbortVisit, exact=ended is not None,
                        reason=row.end_code or UNKNOWN, incident=row.incident_code,
                        called=row.emergency_call)  # fmt: skip
        elif row.end_code:
            script.step("visits", ended or door, visits.HandleMatter, exact=ended is not None, result=row.end_code)
        if ended and row.outcome != "not_met":
            script.at("visits", ended, visits.LeaveVisit)
        if row.delivered_at:
            script.at("visits", row.delivered_at, visits.DeliverResult, way=row.delivery_way or OTHER)

    def _feedback(self, row: Row, script: "_Script") -> None:
        if row.return_visit_at and row.return_visitor:
            by, moment = row.return_visitor, row.return_visit_at
            if row.return_visit == "unreachable":
                for left in reversed(range(row.return_visit_tries or 0)):
                    script.step("feedback", moment, feedback.AttemptReturnVisit, exact=not left, by=by)
                script.about("feedback", moment, feedback.CloseUnreachable, by=by)
            else:
                answers = ANSWERS.get(row.return_visit, {})
                script.at("feedback", moment, feedback.CompleteReturnVisit, by=by, **answers)
        if row.rating:
            last = row.return_visit_at or row.delivered_at or row.ended_at
            if last:
                script.about("feedback", last, feedback.SubmitRating, level=row.rating,
                             codes=tuple(row.rating_codes or ()))  # fmt: skip
        if row.complained_at:
            text = row.complaint_text
            script.steps.append(
                Step(script.never_back(row.complained_at), row.complained_at, "feedback",
                     self._complain(row, script.name("receive_complaint"), text))
            )  # fmt: skip
            if row.complaint_replied_at and row.finding:
                script.at("feedback", row.complaint_replied_at, feedback.ReplyComplaint, complaint=True,
                          finding=row.finding, measures=tuple(row.measures or ()))  # fmt: skip

    def _complain(self, row: Row, name: str, text: str | None) -> Callable[[Story], Any]:
        async def make(story: Story) -> Command | None:
            if not story.case:
                return None
            sealed = await self._vault.seal_text(f"{name}:seal", ACTOR, text) if text else None
            return feedback.ReceiveComplaint(id=name, case=story.case, actor=ACTOR, origin="ledger",
                                             happened_at=row.complained_at, category=row.complaint_code or "CT99",
                                             text=sealed)  # fmt: skip

        return make


ANSWERS: Mapping[str | None, Mapping[str, Any]] = {
    "satisfied": {"satisfied": True},
    "dissatisfied": {"satisfied": False},
    "late": {"on_time": False},
    "materials_not_returned": {"materials_returned": False},
    "asked_for_money": {"asked_for_gifts": True},
}


def _items(materials: Any) -> tuple[Item, ...]:
    return tuple(Item(code=code_of("codes_item", m.name), copies=m.copies, original=m.original) for m in materials)


class _Script:
    """The steps of one row, never going back in time although what they tell may."""

    def __init__(self, row: Row, digest: str) -> None:
        self._row, self._digest = row, digest
        self.steps: list[Step] = []

    def name(self, what: str) -> str:
        return f"ledger:{self._digest}:{self._row.row}:{len(self.steps)}:{what}"

    def never_back(self, moment: datetime) -> datetime:
        return max(moment, self.steps[-1].at) if self.steps else moment

    def at(self, service: str, moment: datetime, wish: type[Command], **fields: Any) -> None:
        self.step(service, moment, wish, exact=True, **fields)

    def about(self, service: str, moment: datetime, wish: type[Command], **fields: Any) -> None:
        """The ledger does not say when."""
        self.step(service, moment, wish, exact=False, **fields)

    def step(
        self, service: str, moment: datetime, wish: type[Command], *, exact: bool, complaint: bool = False,
        **fields: Any,
    ) -> None:  # fmt: skip
        name = self.name(wish.asked())

        async def make(story: Story) -> Command | None:
            case = story.extra.get("ReceiveComplaint") if complaint else story.case
            if not case:
                return None  # its registration was not taken, and the report says so
            return wish(id=name, case=case, actor=ACTOR, origin="ledger", happened_at=moment,
                        timing="exact" if exact else "not_recorded", **fields)  # fmt: skip

        self.steps.append(Step(self.never_back(moment), moment, service, make, exact))


def last_moment(stories: list[Story]) -> datetime:
    """The end of the last day that the ledger speaks of."""
    last = max(step.at for story in stories for step in story.steps)
    return last.replace(hour=23, minute=59, second=0)
