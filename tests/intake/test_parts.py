"""Intake as a whole: what the desk takes, what it hears, what it sends."""

from services.intake.app import INTAKE
from services.intake.effects import send_request_receipt
from services.intake.events import RequestRegistered
from services.intake.reactions.when_complaint_upheld_reopen_request import when_complaint_upheld_reopen_request
from services.intake.reactions.when_credentials_shown_start_service import when_credentials_shown_start_service
from services.intake.reactions.when_result_delivered_complete_request import when_result_delivered_complete_request
from services.visits.events import CredentialsShown as VisitsCredentialsShown
from shared.contracts.feedback import ComplaintUpheld
from shared.contracts.intake import CompleteRequest, QueryProgress, RecordReceiptIssued
from shared.contracts.intake_request import ReopenRequest, StartService
from shared.contracts.visits import ResultDelivered
from shared.contracts.visits_start import CredentialsShown
from shared.deadlines import TickClock
from shared.messages import CloudEvent
from shared.parts import wished
from tests.given import anning, obligation
from tests.intake.samples import MONDAY, NUMBER, SEALED, registered

INSIDE = {TickClock, CompleteRequest, QueryProgress, StartService}  # from clocks, reactions, and intake's own desk


def heard(kind, stream, data, origin="live"):
    return CloudEvent[type(data)](
        id=f"/620105/x/{stream}/{NUMBER}/1", source="/620105/x", type=kind, subject=f"{stream}/{NUMBER}", time=MONDAY,
        case=NUMBER, actor="visitor:A01", causationid="1", rules="r", recordedat=MONDAY, data=data, origin=origin,
    )  # fmt: skip


def test_the_desk_takes_what_people_may_ask_and_nothing_else():
    commands = {command for decider in INTAKE.deciders for command in decider.commands} - INSIDE
    assert set(INTAKE.desk) == commands
    assert all(command.roles for command in INTAKE.desk)


def test_a_delivered_result_completes_the_request_as_it_happened():
    result = ResultDelivered(way="post", team=("A01", "A02"), matter="MT-HUKOU", person_ref="a" * 32)
    event = heard("result_delivered.v1", "delivery", result, origin="ledger")
    command = when_result_delivered_complete_request(event)
    assert isinstance(command, CompleteRequest)
    assert (command.id, command.case, command.happened_at, command.origin) == (event.id, NUMBER, MONDAY, "ledger")


def test_R09_credentials_shown_at_the_door_begin_the_service():
    assert CredentialsShown.type == VisitsCredentialsShown.type
    event = heard(CredentialsShown.type, "visit", CredentialsShown())
    command = when_credentials_shown_start_service(event)
    assert isinstance(command, StartService)
    assert (command.id, command.case) == (event.id, NUMBER)


def test_a_complaint_that_was_upheld_reopens_the_request_if_it_asks_for_it():
    said = {"complaint": f"{NUMBER}.1", "category": "CT03", "finding": "FD1"}
    wish = when_complaint_upheld_reopen_request(
        heard(ComplaintUpheld.type, "complaint", ComplaintUpheld(**said, reopen=True))
    )
    assert isinstance(wish, ReopenRequest)
    assert (wish.case, wish.complaint, wish.finding) == (NUMBER, f"{NUMBER}.1", "FD1")
    quiet = heard(ComplaintUpheld.type, "complaint", ComplaintUpheld(**said, reopen=False))
    assert when_complaint_upheld_reopen_request(quiet) is None


@obligation("I-02")
def test_I02_the_receipt_holds_codes_and_tokens_and_reports_only_its_arrival():
    send = wished(send_request_receipt, heard(RequestRegistered.type, "request", registered()), anning())
    assert send
    assert send.kind == "request_receipt"
    assert send.params == {"case": NUMBER, "person": SEALED, "matter": "MT-HUKOU"}
    assert send.report is not None
    report = send.report("effect-1", True)
    assert isinstance(report, RecordReceiptIssued)
    assert (report.case, report.effect, report.role) == (NUMBER, "effect-1", "system")
    assert send.report("effect-1", False) is None
