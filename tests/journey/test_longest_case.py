"""One case the longest way: all that the standard provides for happens to it, and one page tells it as it was."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from deploy import history
from deploy.export.cases import registered_cases
from deploy.export.ledger import ledger_rows
from deploy.facts import Site as Facts
from deploy.forms.catalogue import load_forms
from deploy.forms.page import NoGround, render
from deploy.indicators import indicators
from deploy.notices import language_of, notices
from deploy.outcomes import outcomes
from deploy.supervisor import CENTERS, Site
from shared.words import catalogue
from tests.given import anning, at
from tests.journey.detector import Detector
from tests.journey.longest_after import settling
from tests.journey.longest_asking import ADDRESS, AGENT, AGENTS_PHONE, NAME, NUMBER, PHONE, asking
from tests.journey.longest_visits import visiting
from tests.journey.playing import stored
from tests.journey.test_live_case import CENTER, Center

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]
SERVICES = ("vault", "intake", "scheduling", "visits", "feedback")
CLOCK_STATES = {"set": "running", "resumed": "running", "extended": "running", "recomputed": "running",
                "suspended": "suspended", "met": "over", "cancelled": "over", "expired": "over"}  # fmt: skip
STEPS = """
request_registered request_receipt_issued duplicate_request_linked applicant_contacted urgency_granted
power_of_attorney_recorded capacity_assessed scope_classified one_time_notification_issued eligibility_proof_requested
supplement_part_received eligibility_proof_received supplement_period_extended deadline_extended
supplement_part_received tolerance_accepted request_accepted applicant_statement_given request_confirmed
periods_offered appointment_booked team_assigned appointment_confirmed appointment_rescheduled reminder_sent
team_member_replaced appointment_rescheduled visit_replanned visit_released risk_assessed device_checked
transfer_list_closed health_screened staff_checked risk_approved team_departed team_on_the_way delay_reported
later_arrival_expected deadline_breached team_arrived team_verified credentials_shown entry_granted identity_verified
purpose_explained recording_consent_answered alternative_evidence_kept true_intention_asked material_taken
material_list_signed material_bag_sealed visit_aborted service_stopped_for_safety incident_reported supervisor_phoned
incident_step_taken next_step_told follow_up_planned team_left safe_return_reported integrity_declared
conduct_declared material_handed_over records_handed_in incident_report_written incident_decided incident_closed
periods_offered appointment_booked team_assigned pledge_fulfilled incident_reviewed reminder_sent visit_released
risk_assessed team_departed team_arrived credentials_shown entry_granted identity_verified recording_started
true_intention_asked document_copied document_signed recording_stopped matter_handled matter_accepted
delivery_way_chosen need_noticed need_referred communication_recorded service_record_signed rating_invited team_left
safe_return_reported records_handed_in decision_suspended deadline_suspended decision_resumed deadline_resumed
decision_extended deadline_extended matter_decided delivery_attempted result_delivered material_delivered
request_completed return_visit_attempted return_visit_attempted return_visit_completed follow_up_flagged
evaluation_submitted bad_rating_opened evaluator_contacted rectification_planned complaint_received
complaint_referred_to_discipline leader_informed complaint_accepted complaint_assigned
complaint_returned_by_department complaint_assigned rating_appeal_filed evidence_added complaint_suspended
complaint_resumed complaint_extended complaint_replied complaint_decided rectification_extended rating_appeal_decided
complaint_objected rectification_completed rectification_feedback_given rectification_closed rectification_rated
complaint_rechecked return_visit_completed case_finally_closed accountability_measure_taken complainant_visited
complaint_filed case_file_filed retention_class_assigned
""".split()  # noqa: SIM905  # to be read in lines
TOLD = """
request_receipt one_time_notification appointment_confirmation visit_reminder team_change_notice reschedule_notice
on_the_way delay_notice decision_suspended decision_extended rating_invitation
""".split()  # noqa: SIM905
PAPERS = """
receipt notification acceptance confirmation appointment dispatch service-record materials pledge delivery return-visit
complaint-reply continuation extension supplement-extension special-procedure
""".split()  # noqa: SIM905
SECRETS = ("胸闷", "误餐费", "批评教育", "当日身体状况")  # of what was written, sealed


@dataclass(frozen=True)
class Lived:
    folder: Path
    case: str
    facts: list[dict]

    def page(self, language: str = "zh", width: int = 400) -> str:
        """Wide, so that no sentence is broken."""
        console = Console(width=width, no_color=True, record=True, file=(self.folder / "discarded").open("w"))
        history.show(console, self.case, self.facts, language)
        return console.export_text()

    def states(self) -> dict[str, str]:
        found = {}
        for fact in self.facts:
            moved = fact["type"].removeprefix("deadline_").removesuffix(".v1")
            if moved in CLOCK_STATES and "clock" in fact["data"]:
                found[fact["data"]["clock"]] = CLOCK_STATES[moved]
        return found

    def clocks_that(self, moved: str) -> set[str]:
        return {fact["data"]["clock"] for fact in self.facts if fact["type"] == f"deadline_{moved}.v1"}


async def _whole(site: Site) -> str:
    async with site.console() as connection:
        center = Center(connection, site)
        for part in (asking, visiting, settling):
            await part(center)
        statuses = await center._engine.statuses(None)
        assert {status["service"] for status in statuses} == set(SERVICES)
        assert all((status["held"], status["stopped"]) == (0, "") for status in statuses)
        return center.case


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> Lived:
    folder = tmp_path_factory.mktemp("longest")
    with Site(folder, CENTER, mode="played", env=lambda _: {"GATEWAY": "simulated"}) as site:
        case = asyncio.run(_whole(site))
        whole = Lived(folder, case, Facts(folder).case(case))
    (folder / "page.txt").write_text(whole.page(width=120), "utf-8")
    return whole


def test_every_step_happened_in_its_order(lived):
    happened = [fact["type"].removesuffix(".v1") for fact in lived.facts]
    before = -1
    for step in STEPS:
        assert step in happened[before + 1 :], f"{step} after {happened[: before + 1][-1:]}"
        before = happened.index(step, before + 1)


def test_nobody_is_looked_for_who_said_that_they_are_late(lived):
    assert "check_out_overdue.v1" not in {fact["type"] for fact in lived.facts}


def test_nothing_is_left_untaken(lived):
    for service in SERVICES:
        assert stored(lived.folder, service, "reaction, reason, state", "letters") == []
        log = (lived.folder / "log" / f"{service}.log").read_text("utf-8")
        assert not re.search(r'"level": ?"(error|critical)"|dead letter', log)
    for service in SERVICES[1:]:
        assert {state for (state,) in stored(lived.folder, service, "state", "effects")} <= {"sent"}


def test_nothing_was_let_pass(lived):
    assert [fact["data"] for fact in lived.facts if fact["type"] == "rule_deviated.v1"] == []
    assert {fact["origin"] for fact in lived.facts} == {"live"}


def test_one_page_tells_every_step_in_its_order(lived):
    page, place = lived.page(), 0
    steps = iter(STEPS)
    step = next(steps)
    for fact in lived.facts:
        if fact["type"] == f"{step}.v1":
            line = history.read(fact, "zh")
            place = page.find(line.says, place)
            assert place >= 0, (step, line.says)
            step = next(steps, "")
    assert step == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_fact_is_without_a_sentence_that_people_read(lived, language):
    for fact in lived.facts:
        assert fact["type"] in catalogue()["facts"]
        says = history.read(fact, language).says
        assert not re.search(r"[{}]|\[\[|sealed:|None|[a-z]_[a-z]|[a-z]:[A-Z]\d", says), says
        if language == "en":
            assert not re.search(r"[\u4e00-\u9fff]", says), says


def test_no_fact_is_without_the_rule_that_it_answers_to(lived):
    graded = re.compile(r".+（(SEED|[A-D KI]+)级）")
    assert [fact["type"] for fact in lived.facts if not graded.fullmatch(history.read(fact, "zh").rule)] == []


def test_the_citizen_was_told_what_the_page_shows(lived):
    rules = history.rules_of(CENTER)
    told = notices(lived.facts, rules, language_of(CENTERS / CENTER), "zh")
    assert {notice.kind for notice in told} >= set(TOLD)
    page = lived.page(width=2000)
    for notice in told:
        assert "——" not in notice.text, notice.text
        assert notice.text in page, notice.kind


def test_its_clocks_end_as_the_case_did(lived):
    assert lived.clocks_that("breached") == {"T13"}  # twenty minutes late, and told so
    assert lived.clocks_that("suspended") == {"T17", "T26"}
    assert lived.clocks_that("extended") == {"T05", "T17", "T23", "T26"}
    assert {name for name, state in lived.states().items() if state != "over"} == {"A-06"}  # the recording is kept
    assert lived.clocks_that("met") >= {
        "T01", "T02", "T04", "T06", "T09", "T15", "T16", "T17", "T18", "T19", "T20", "T21", "T22", "T23", "T24", "T25",
        "T26", "T27", "T28", "T29", "T29.written", "T30", "R-06.pledge", "X-15", "V-21", "D-03", "C-15.return_visit",
    }  # fmt: skip


def test_a_limit_that_ends_in_another_year_is_shown_with_it(lived):
    console = Console(width=200, no_color=True, record=True, file=(lived.folder / "discarded").open("w"))
    history.show(console, lived.case, lived.facts, "zh", clocks=True)
    (kept,) = [line for line in console.export_text().splitlines() if line.startswith("A-06")]
    assert "2027-05-20" in kept


def test_what_was_learnt_from_it_has_a_page_of_its_own(lived):
    learnt = Facts(lived.folder).case(f"{CENTER}-2026-1")
    kinds = [fact["type"].removesuffix(".v1") for fact in learnt if not fact["type"].startswith("deadline_")]
    assert kinds == ["improvement_proposed", "improvement_adopted", "improvement_implemented",
                     "improvement_effect_checked", "improvement_closed"]  # fmt: skip
    assert learnt[0]["data"]["about"] == f"{lived.case}.1"


def test_the_month_counts_it_once_and_as_it_was(lived):
    facts = Facts(lived.folder).all()
    assert sorted(outcomes(facts).values()) == ["accepted_delivered", "merged"]
    found = {each.id: (each.numerator, each.denominator) for each in indicators(facts)}
    for kept in ("completion_on_time", "material_returned", "bad_rating_mended_on_time", "complaint_on_time"):
        assert found[kept] == (1, 1), kept
    assert (found["complaint"], found["extension"], found["suspension"]) == ((1, 1),) * 3


def test_as_a_row_of_the_ledger_it_says_the_same(lived):
    case, _ = registered_cases(Facts(lived.folder).all())
    (row,) = ledger_rows([case], None, anning())
    said = {
        "上门情形": "急办(群众紧急事项)", "受理时间": "2026-03-02 09:20", "答复结果": "同意上门", "改约次数": "2",
        "到达时间": "2026-03-24 09:02", "录音录像": "同意", "办理结果": "现场受理", "送达时间": "2026-04-24 10:00",
        "收取材料": "户口簿原件1件、居民身份证复印件1件", "退还材料": "户口簿原件1件、居民身份证复印件1件",
        "异常情况": "申请人突发疾病，已拨打120", "评价等级": "不满意", "投诉时间": "2026-04-29 14:00",
    }  # fmt: skip
    assert {heading: row[heading] for heading in said} == said


def papers(lived: Lived) -> dict[str, str]:
    forms, printed = load_forms(CENTERS / CENTER), {}
    for kind, form in forms.forms.items():
        with suppress(NoGround):
            rules, language = history.rules_of(CENTER), language_of(CENTERS / CENTER)
            printed[kind] = render(form, lived.facts, rules, language, forms, at("2026-06-12 10:00").date())
    return printed


def test_a_paper_printed_later_says_what_it_said_on_its_day(lived):
    printed = papers(lived)
    assert "请于2026年3月16日前补齐" in printed["notification"]  # extended afterwards, by a paper of its own
    assert "2026年4月8日" in printed["service-record"]
    assert not any(earlier in printed["service-record"] for earlier in ("突发疾病", "再次上门"))
    assert "反映迟到" not in printed["return-visit"]
    assert "工号 F07" in printed["complaint-reply"]
    assert printed["materials"].count("04-24 10:00") == 2


def test_its_papers_can_all_be_printed_and_say_no_code(lived):
    printed = papers(lived)
    assert printed.keys() >= set(PAPERS)
    for kind, paper in printed.items():
        text = re.sub(r"<style.*?</style>|<[^>]*>|依据记录：\S+", " ", paper, flags=re.DOTALL)
        assert not re.search(r"[{}]|sealed:|None|[a-z]_[a-z]", text), kind
        assert not any(mark in text for mark in (NAME, NUMBER, PHONE, ADDRESS, AGENT, AGENTS_PHONE, *SECRETS)), kind


def test_after_the_site_has_stopped_its_history_is_the_same(lived):
    assert Facts(lived.folder).case(lived.case) == lived.facts


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nobody_is_named_on_the_page(lived, language):
    page = lived.page(language)
    assert [mark for mark in (NAME, NUMBER, PHONE, ADDRESS, AGENT, AGENTS_PHONE, *SECRETS) if mark in page] == []


def test_nobody_is_named_on_the_disk(lived):
    needles = {"name": {NAME, AGENT}, "number": {NUMBER}, "phone": {PHONE, AGENTS_PHONE}, "address": {ADDRESS},
               "text": set(SECRETS)}  # fmt: skip
    assert Detector(needles).folder(lived.folder) == set()
