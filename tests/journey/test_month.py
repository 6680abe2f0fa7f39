"""The sample ledger's month, played through all services: what the paper says is what the facts say."""

import csv
import json
from collections import Counter
from datetime import datetime

import pytest

from deploy.commands import run
from deploy.supervisor import CENTERS
from shared.calendar import read_calendar
from shared.identifiers import parse_case_number
from tests.journey.playing import CENTER, Played, data, stored

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]
CALENDAR = read_calendar(CENTERS / CENTER / "calendar.toml")
FIRST_REPLY, FIRST_REPLY_URGENT, SUPPLEMENT = 1, 0, 10  # working days: DOMAIN T02, R-11, T05
ENDS = {"accepted": "request_accepted.v1", "declined": "request_declined.v1", "redirected": "request_declined.v1",
        "transferred": "request_declined.v1", "withdrawn": "request_withdrawn.v1", "lapsed": "request_lapsed.v1",
        }  # fmt: skip


def when(fact):
    return datetime.fromisoformat(fact["time"])


def rows_with(month: Played, kind: str, **said) -> set[int]:
    """The rows whose case has such a fact."""
    return {
        row
        for row, case in month.case_of.items()
        for fact in month.by_case[case]
        if fact["type"] == kind and said.items() <= fact["data"].items()
    }


def test_every_row_that_was_taken_has_a_case_of_its_own(month):
    assert [story.row for story in month.stories] == [row.row for row in month.ledger.rows]
    cases = [story.case for story in month.stories]
    assert len(set(cases)) == len(month.ledger.rows)
    for row in month.ledger.rows:
        number = parse_case_number(month.case_of[row.row])
        assert number.day == row.registered_at.date()


def test_every_row_of_the_file_is_taken_or_said_to_be_wrong(month):
    with run.SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        lines = sum(any(record) for record in csv.reader(file)) - 1
    assert lines == len(month.ledger.rows) + len({problem.row for problem in month.ledger.errors})
    assert len(json.loads((month.folder / "rows.json").read_text("utf-8"))) == len(month.ledger.problems)


def test_no_step_is_left_untaken(month):
    assert month.untaken == []
    assert all(story.next is None for story in month.stories)


def test_no_letter_is_held_or_dead(month):
    for status in month.statuses:
        letters = stored(month.folder, status["service"], "state, reason", "letters")
        assert [letter for letter in letters if letter[0] != "done"] == [], status["service"]
    assert [status["held"] for status in month.statuses] == [0] * len(month.statuses)


def test_everything_recorded_is_published_once_in_order_as_the_same_bytes(month):
    assert {status["service"] for status in month.statuses} >= {"intake", "scheduling", "visits", "feedback", "vault"}
    for status in month.statuses:
        service = status["service"]
        log, stream = stored(month.folder, service, "rowid, state"), month.streams[service]
        assert status["published"] == status["head"] == len(log) == len(stream), service
        assert [position for position, _ in log] == list(range(1, len(log) + 1)), service
        assert [message.position for message in stream] == list(range(1, len(log) + 1)), service
        assert [message.document for message in stream] == [bytes(document) for _, document in log], service
        assert [message.message_id for message in stream] == [f"{CENTER}.{service}.{n + 1}" for n in range(len(log))]
        for upstream, position in status["inboxes"].items():
            assert position == len(month.streams[upstream.partition(".")[2]]), (service, upstream)


def test_every_stream_is_without_holes_and_every_id_is_there_once(month):
    versions = Counter(fact["source"] + "/" + fact["subject"] for fact in month.facts)
    ids = {fact["id"] for fact in month.facts}
    assert len(ids) == len(month.facts)
    assert ids == {f"{stream}/{n}" for stream, last in versions.items() for n in range(1, last + 1)}


def test_every_fact_says_who_when_and_under_which_rules(month):
    for fact in month.facts:
        role, _, name = fact["actor"].partition(":")
        assert role in {"importer", "system"}, fact["id"]
        assert name, fact["id"]
        assert fact["rules"].startswith(CENTER), fact["id"]
        assert datetime.fromisoformat(fact["recordedat"]).tzinfo, fact["id"]
        assert when(fact) <= datetime.fromisoformat(fact["recordedat"]), fact["id"]
        assert fact["causationid"], fact["id"]


def test_how_each_request_ended_is_what_its_row_says(month):
    for row in month.ledger.rows:
        kinds = month.kinds(row.row)
        assert {kind: kinds.count(kind) for kind in set(ENDS.values()) if kind in kinds} == {ENDS[row.decision]: 1}
    said = Counter(ENDS[row.decision] for row in month.ledger.rows)
    assert said == Counter(fact["type"] for fact in month.facts if fact["type"] in set(ENDS.values()))
    assert len(said) == 4


def test_why_a_visit_was_declined_is_kept_as_the_row_gives_it(month):
    declined = [row for row in month.ledger.rows if row.decision == "declined"]
    assert declined
    for row in declined:
        (fact,) = (f for f in month.by_case[month.case_of[row.row]] if f["type"] == "request_declined.v1")
        assert (fact["data"]["reason"], fact["data"]["redirect"]) == (row.decision_code, row.redirect)
        assert when(fact) == row.decided_at


def test_what_came_of_each_visit_is_what_its_row_says(month):
    rows = month.ledger.rows
    assert rows_with(month, "applicant_not_met.v1") == {row.row for row in rows if row.outcome == "not_met"} != set()
    assert rows_with(month, "visit_aborted.v1") == {row.row for row in rows if row.outcome == "aborted"} != set()
    handled = {row.row: row.end_code for row in rows if row.end_code and row.outcome not in {"aborted", "not_met"}}
    assert handled == {row: fact["data"]["result"] for row, case in month.case_of.items()
                       for fact in month.by_case[case] if fact["type"] == "matter_handled.v1"}  # fmt: skip


def test_each_delivery_rating_and_complaint_is_what_its_row_says(month):
    def said(kind, of):
        return {row: of(fact) for row, case in month.case_of.items()
                for fact in month.by_case[case] if fact["type"] == kind}  # fmt: skip

    rows = month.ledger.rows
    assert said("result_delivered.v1", when) == {row.row: row.delivered_at for row in rows if row.delivered_at}
    assert said("evaluation_submitted.v1", lambda fact: fact["data"]["level"]) == {
        row.row: row.rating for row in rows if row.rating
    }
    assert said("complaint_received.v1", when) == {row.row: row.complained_at for row in rows if row.complained_at}
    assert said("complaint_replied.v1", lambda fact: fact["data"]["finding"]) == {
        row.row: row.finding for row in rows if row.complaint_replied_at and row.finding
    }


def test_V02_credentials_not_shown_is_a_deviation_on_those_rows_and_no_other(month):
    not_shown = {row.row for row in month.ledger.rows if row.credentials_shown is False}
    assert not_shown
    assert rows_with(month, "rule_deviated.v1", rule="V-02") == not_shown
    assert rows_with(month, "credentials_not_shown.v1") == not_shown
    assert rows_with(month, "credentials_shown.v1") == {r.row for r in month.ledger.rows if r.credentials_shown}


def test_T02_a_late_first_contact_is_a_breach_and_one_in_time_is_none(month):
    late = set()
    for row in month.ledger.rows:
        limit = FIRST_REPLY_URGENT if row.urgent else FIRST_REPLY
        if row.contacted_at > CALENDAR.deadline(row.registered_at, limit).at:
            late.add(row.row)
    assert late
    assert late != set(month.case_of)
    assert rows_with(month, "deadline_breached.v1", clock="T02") == late
    assert rows_with(month, "deadline_breach_withdrawn.v1", clock="T02") == set()


def test_T05_what_was_not_supplemented_lapses_when_the_period_ends(month):
    lapsed = [row for row in month.ledger.rows if row.decision == "lapsed"]
    assert lapsed
    for row in lapsed:
        facts = month.by_case[month.case_of[row.row]]
        (end,) = (fact for fact in facts if fact["type"] == "request_lapsed.v1")
        assert when(end) == CALENDAR.deadline(row.notified_at, SUPPLEMENT).at
        assert not {"request_accepted.v1", "visit_planned.v1"} & {fact["type"] for fact in facts}


def test_a_row_that_stands_twice_is_played_once(month):
    by_serial = {row.serial: row for row in month.ledger.rows}
    (double,) = (problem for problem in month.ledger.errors if problem.kind == "duplicate")
    assert double.serial == "218"
    assert double.serial not in by_serial
    first = by_serial["96"]
    registrations = [fact for fact in month.facts if fact["type"] == "request_registered.v1"]
    assert {fact["data"]["ledger_row"] for fact in registrations} == set(month.case_of)
    (taken,) = (fact for fact in registrations if fact["data"]["ledger_row"] == first.row)
    again = [fact for fact in registrations if (fact["time"], fact["data"]["matter"], fact["data"]["person_ref"])
             == (taken["time"], taken["data"]["matter"], taken["data"]["person_ref"])]  # fmt: skip
    assert again == [taken]


def test_the_life_of_a_visited_case_is_told_by_four_services(month):
    completed = [row for row in month.ledger.rows if row.delivered_at and row.return_visit_at]
    assert completed
    for row in completed:
        sources = {fact["source"].rpartition("/")[2] for fact in month.by_case[month.case_of[row.row]]}
        assert sources >= {"intake", "scheduling", "visits", "feedback"}


def test_F02_who_asks_afterwards_was_not_in_the_team(month):
    asked = 0
    for row in month.ledger.rows:
        facts = month.by_case[month.case_of[row.row]]
        teams = {staff for fact in facts if fact["type"] == "team_assigned.v1"
                 for staff in (fact["data"]["lead"], *fact["data"]["members"])}  # fmt: skip
        for fact in facts:
            if fact["type"].startswith("return_visit_") and "by" in fact["data"]:
                asked += 1
                assert teams
                assert fact["data"]["by"] == row.return_visitor
                assert fact["data"]["by"] not in teams
    assert asked


def test_numbers_of_a_day_follow_the_ledger_and_have_no_gaps(month):
    by_day: dict[object, list[int]] = {}
    for row in month.ledger.rows:
        by_day.setdefault(row.registered_at.date(), []).append(parse_case_number(month.case_of[row.row]).serial)
    for serials in by_day.values():
        assert serials == list(range(1, len(serials) + 1))


def test_H01_what_people_wrote_is_sealed_wherever_it_stands(month):
    for fact in month.facts:
        if fact["type"] == "request_registered.v1":
            assert fact["data"]["person"].startswith("sealed:v1:")
            assert fact["data"]["ledger_text"].startswith("sealed:v1:")
    texts = [row.complaint_text for row in month.ledger.rows if row.complaint_text]
    assert texts
    assert not [fact["id"] for fact in month.facts if any(text in data(fact) for text in texts)]
