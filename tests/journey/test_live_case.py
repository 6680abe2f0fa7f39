"""One case as live users carry it, through all four services: asked at the desks, on a clock that the test moves."""

import asyncio
import json
from pathlib import Path

import pytest

from deploy.play.engine import Engine
from deploy.supervisor import Site
from services.visits.lists import obligatory
from shared.contracts import complaints, feedback, intake, intake_request, scheduling, visits, visits_after
from shared.contracts import visits_door as door
from shared.contracts.common import Item, Period
from shared.messages import Answer, Command
from shared.rules import load_rules
from shared.sealed import VaultClient
from tests.given import at

CENTER = "620105"
READ_BACK = ("identity", "phone", "address", "matter", "materials", "persons", "fee", "recording")


class Center:
    """The desks of a running site; every command is sent as somebody, at a moment."""

    def __init__(self, connection, site: Site) -> None:
        self._engine = Engine(connection, CENTER, site.services, lambda *_: None)
        self._nats, self._count = connection, 0
        self.vault = VaultClient(connection, CENTER)
        self.case = ""

    async def at(self, moment: str) -> None:
        """Moves the clock there, stopping wherever a service's clock is due."""
        now = at(moment)
        while (due := await self._engine._settled(None)) and due < now:
            await self._engine._settled(due)
        await self._engine._settled(now)

    async def tell(self, service: str, wish: type[Command], actor: str, **fields) -> Answer:
        self._count += 1
        command = wish(id=f"t:{self._count}", case=fields.pop("case", self.case), actor=actor, **fields)
        answer = await self._engine.tell(service, command)
        await self._engine._settled(None)
        return answer

    async def done(self, *args, **fields) -> Answer:
        answer = await self.tell(*args, **fields)
        assert answer.accepted, (answer.rule, answer.why)
        return answer

    async def no(self, rule: str, *args, **fields) -> None:
        answer = await self.tell(*args, **fields)
        assert (answer.accepted, answer.rule) == (False, rule)
        assert answer.reason
        assert answer.reason_en
        assert answer.facts == ()

    async def ask(self, service: str, question: str, **fields) -> dict:
        body = json.dumps(fields).encode()
        return json.loads((await self._nats.request(f"ask.{CENTER}.{service}.{question}", body, timeout=3)).data)

    async def facts(self, service: str) -> list[dict]:
        body = json.dumps({"case": self.case}).encode()
        reply = await self._nats.request(f"ask.{CENTER}.{service}.case_history", body, timeout=3)
        return json.loads(reply.data)["facts"]

    async def kinds(self, service: str) -> list[str]:
        return [fact["type"].removesuffix(".v1") for fact in await self.facts(service)]


async def prepared(center: Center, team: tuple[str, ...], **risk) -> None:
    """All that has to be so before a team leaves: risk, lists, devices, what leaves the center, health, people."""
    rules = load_rules(Path(__file__).parents[2] / "deploy/centers" / CENTER)
    lists = [f"{name}{matter}" for name in ("precheck", "kit", "papers") for matter in ("", ":MT-HUKOU")]
    ready = {"clock_set": True, "charged": True, "storage_free": True}
    for wish, fields in (
        (door.AssessRisk, risk or {"level": "low", "factors": ("floor",)}),
        (door.CheckItem, {"items": obligatory(rules, *lists)}),
        (door.CheckDevice, {"device": "REC-1", **ready}),
        (door.IssueMaterials, {}),
        (door.AnswerHealth, {"answer": "well"}),
    ):
        await center.done("visits", wish, f"visitor:{team[0]}", **fields)
    for member in team:
        await center.done("visits", door.CheckSelf, f"visitor:{member}", badge=True, dress=True, work_certificate=True,
                          fit=True)  # fmt: skip


async def live(center: Center) -> None:
    await center.at("2026-03-02 09:20")
    person = await center.vault.seal_person("t:seal", "clerk:F01", "甲乙丙", "id_card", "620105194503120014",
                                            "13900000000", "某街道1号", on=at("2026-03-02 00:00").date())  # fmt: skip
    register = {"case": "620105-20260302", "channel": "phone", "scope": "A3", "matter": "MT-HUKOU", "applicant": person,
                "consent": True}  # fmt: skip
    await center.no("G-01", "intake", intake.RegisterRequest, "clerk:F01", **(register | {"matter": "MT-NOTHING"}))
    await center.no("ROLE", "intake", intake.RegisterRequest, "visitor:A01", **register)
    center.case = (await center.done("intake", intake.RegisterRequest, "clerk:F01", **register)).case or ""
    assert center.case.startswith("SMFW-620105-20260302-0001-")

    await center.done("intake", intake.ContactApplicant, "clerk:F01")
    await center.done("intake", intake.NotifyOnce, "clerk:F01", defects=("household_register_copy",))
    await center.no("R-06", "intake", intake.AcceptRequest, "handler:F02")
    await center.done("intake", intake_request.AssessCapacity, "clerk:F01", result="able")
    await center.at("2026-03-03 10:00")
    await center.done("intake", intake.ReceiveSupplement, "clerk:F01")
    await center.done("intake", intake.AcceptRequest, "handler:F02")
    await center.done("intake", intake.ConfirmInformation, "clerk:F01", read_back=READ_BACK,
                      statement="oral")  # fmt: skip

    thursday, friday = (
        Period(day=at(f"2026-03-{day} 00:00").date(), start="09:00", end="10:00") for day in ("05", "06")
    )
    await center.no("S-01", "scheduling", scheduling.OfferPeriods, "dispatcher:F04", periods=(thursday,))
    await center.done("scheduling", scheduling.OfferPeriods, "dispatcher:F04", periods=(thursday, friday))
    await center.done("scheduling", scheduling.BookAppointment, "dispatcher:F04", period=thursday)
    await center.no("P-04", "scheduling", scheduling.AssignTeam, "dispatcher:F04", lead="A01", members=())
    await center.done("scheduling", scheduling.AssignTeam, "dispatcher:F04", lead="A01", members=("A02",))

    await center.at("2026-03-05 08:30")
    assert "appointment_confirmed" in await center.kinds("scheduling")
    assert "reminder_sent" in await center.kinds("scheduling")
    await center.no("N-06", "visits", visits.DepartTeam, "visitor:A01")
    await center.done("scheduling", scheduling.ReleaseVisit, "chief:F03")
    await center.no("N-04", "visits", visits.DepartTeam, "visitor:A01")
    await prepared(center, ("A01", "A02"))
    await center.done("visits", visits.DepartTeam, "visitor:A01")
    [row] = (await center.ask("visits", "whereabouts", actor="duty_leader:F01"))["out"]
    assert (row["case"], row["team"], row["where"]) == (center.case, ["A01", "A02"], "on_the_way")
    await center.at("2026-03-05 09:05")
    await center.done("visits", visits.ArriveTeam, "visitor:A01", distance="at_place")
    impostor = await center.tell("visits", door.VerifyTeam, "applicant:self", staff=("A01", "B09"))
    assert (impostor.accepted, impostor.rule, len(impostor.facts)) == (False, "X-12", 1)  # kept: the alarm hangs on it
    await center.done("visits", door.VerifyTeam, "applicant:self", staff=("A01", "A02"))
    await center.done("visits", visits.ShowCredentials, "visitor:A01")
    await center.done("visits", door.RecordEntry, "visitor:A01", answer="granted", announced=True)
    await center.done("visits", door.ExplainPurpose, "visitor:A01",
                      points=("purpose", "process", "time", "fee", "rights", "phone", "card"))  # fmt: skip
    await center.done("visits", visits.VerifyIdentity, "visitor:A01")
    await center.done("visits", visits.AskRecordingConsent, "visitor:A01", answer="given", scope="audio")
    receipt = {"result": "K02", "acceptance_number": "SL-1", "inquiry": "phone"}
    await center.no("V-06", "visits", visits.HandleMatter, "visitor:A01", **receipt)
    note = await center.vault.seal_text("t:inquiry", "visitor:A01", "问：是否本人意愿？答：是。")
    await center.done("visits", visits.AskTrueIntention, "visitor:A01", own_will=True, apart=True, note=note)
    book = Item(code="household_register", original=True)
    await center.done("visits", visits.TakeMaterials, "visitor:A01", items=(book,), signed=True)
    await center.done("visits", visits.HandleMatter, "visitor:A01", **receipt)
    await center.done("visits", visits_after.ChooseDeliveryWay, "visitor:A01", way="post")
    await center.done("visits", visits.ReturnMaterials, "visitor:A01", items=(book,))
    await center.at("2026-03-05 09:55")
    await center.no("V-15", "visits", visits.LeaveVisit, "visitor:A01")
    await center.done("visits", door.RecordCommunication, "visitor:A01", phrases=("L-05", "L-06", "L-07"))
    await center.done("visits", door.SignServiceRecord, "visitor:A01", by_applicant=True, by_team=True,
                      summary=("done", "next", "when"), card_left=True)  # fmt: skip
    await center.done("visits", visits.LeaveVisit, "visitor:A01")
    await center.at("2026-03-05 10:20")
    await center.done("visits", visits.ReportSafeReturn, "visitor:A01")
    await center.done("visits", door.DeclareConduct, "visitor:A01")
    await center.done("visits", visits.HandInRecords, "visitor:A01", parts=("service_record", "material_list", "kit"),
                      recordings=(), received_by="F02")  # fmt: skip
    await center.at("2026-03-09 10:00")
    await center.done("visits", visits.DecideMatter, "handler:F02")
    await center.at("2026-03-10 10:00")
    await center.done("visits", visits.DeliverResult, "handler:F02", way="post", receipt="SD-1",
                      recipient="applicant", identity_checked=True, items=1, tracking="EMS-1")  # fmt: skip
    assert "request_completed" in await center.kinds("intake")

    await center.at("2026-03-11 10:00")
    await center.no("F-02", "feedback", feedback.CompleteReturnVisit, "return_visitor:D01", by="A01", satisfied=True)
    await center.done("feedback", feedback.CompleteReturnVisit, "return_visitor:D01", by="D01", satisfied=True,
                      came=True, on_time=True, credentials_shown=True, explained=True, asked_for_gifts=False,
                      materials_returned=True, result_correct=True, suggestions=False)  # fmt: skip
    await center.no("E-04", "feedback", feedback.SubmitRating, "applicant:self", level=2)
    await center.done("feedback", feedback.SubmitRating, "applicant:self", level=5, codes=("510",))
    received = await center.done("feedback", feedback.ReceiveComplaint, "clerk:F01", category="CT01", channel="phone")
    complaint = received.case
    assert complaint == f"{center.case}.1"
    await investigate(center, complaint)
    await center.at("2026-03-12 10:00")
    await center.done("feedback", feedback.ReplyComplaint, "complaint_officer:F05", case=complaint, finding="FD3",
                      form="oral", by="F06")  # fmt: skip
    await center.no("C-15", "feedback", complaints.FileComplaint, "complaint_officer:F05", case=complaint)
    await center.done("feedback", complaints.VisitComplainant, "return_visitor:D02", case=complaint, by="D02",
                      satisfied=True, retaliated=False)  # fmt: skip
    await center.done("feedback", complaints.FileComplaint, "complaint_officer:F05", case=complaint)
    await center.done("feedback", feedback.FileCase, "archivist:F08")

    whole = [fact for name in ("intake", "scheduling", "visits", "feedback") for fact in await center.facts(name)]
    broken = [fact["data"] for fact in whole if "breached" in fact["type"] or "deviated" in fact["type"]]
    assert broken == []
    assert {fact["origin"] for fact in whole} == {"live"}


async def investigate(center: Center, complaint: str) -> None:
    """A complaint told on the phone: written down in full, accepted, both sides heard, what there is looked at."""
    accept = {"case": complaint, "investigator": "F06", "handling": "ordinary"}
    await center.no("C-02", "feedback", feedback.AcceptComplaint, "complaint_officer:F05", **accept)
    words = await center.vault.seal_text("t:complaint", "complaint_officer:F05", "态度生硬")
    who = await center.vault.seal_person("t:who", "complaint_officer:F05", "甲乙丙", "none", "", "13900000000", "",
                                         on=at("2026-03-11 00:00").date())  # fmt: skip
    await center.done("feedback", complaints.CompleteComplaintRecord, "complaint_officer:F05", case=complaint,
                      complainant=who.sealed, respondents=("A01",), occurred_at=at("2026-03-05 09:20"), text=words,
                      demand=words, evidence=())  # fmt: skip
    team = {**accept, "investigator": "A02"}
    await center.no("C-07", "feedback", feedback.AcceptComplaint, "complaint_officer:F05", **team)
    await center.done("feedback", feedback.AcceptComplaint, "complaint_officer:F05", **accept)
    reply = {"case": complaint, "finding": "FD3", "form": "oral", "by": "F06"}
    await center.no("C-07", "feedback", feedback.ReplyComplaint, "complaint_officer:F05", **reply)
    for kind in ("complainant_heard", "respondent_heard", "visit_record", "no_recording"):
        await center.done("feedback", complaints.AddEvidence, "supervisor:F06", case=complaint, kind=kind, by="F06")


@pytest.fixture
def site(tmp_path: Path):
    with Site(tmp_path, CENTER, mode="played", env=lambda _: {"GATEWAY": "simulated"}) as site:
        yield site


@pytest.mark.nats
def test_a_case_kept_by_the_rules_goes_from_the_phone_call_to_the_file(site):
    async def go() -> None:
        async with site.console() as connection:
            await live(Center(connection, site))

    asyncio.run(go())
