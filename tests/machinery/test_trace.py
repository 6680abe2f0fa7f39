"""A-01: every step leaves a trace that is timed and attributed; what was said cannot be unsaid."""

import json
import sqlite3
from datetime import timedelta

import pytest
from eventsourcing.persistence import StoredEvent

from shared.recorders import Commit, StaleRead
from tests.given import obligation
from tests.machinery.conftest import TUESDAY, count


@obligation("A-01")
async def test_A01_nothing_is_recorded_before_it_happens(desk):
    answer = await desk.one(count(1, happened_at=TUESDAY + timedelta(hours=1)))
    assert (answer.accepted, answer.rule) == (False, "A-01")
    assert desk.log() == []


@obligation("A-01")
async def test_A01_earlier_only_by_those_who_may_say_so(desk):
    yesterday = TUESDAY - timedelta(days=1)
    answer = await desk.one(count(1, actor="applicant:X", happened_at=yesterday))
    assert (answer.accepted, answer.rule) == (False, "A-01")
    assert (await desk.one(count(1, happened_at=yesterday))).accepted


async def test_A01_the_trace_says_who_when_and_when_it_was_recorded(desk):
    await desk.one(count(1, id="c-1", happened_at=TUESDAY - timedelta(hours=1)))
    said = json.loads(desk.store.case("A")[0].state)
    assert (said["actor"], said["causationid"]) == ("clerk:A01", "c-1")
    assert said["time"] == "2026-03-03T08:00:00+08:00"
    assert said["recordedat"] == "2026-03-03T09:00:00+08:00"
    assert said["rules"], "under which version of the rules"


async def test_A01_a_place_in_the_log_is_given_once(desk):
    await desk.one(count(1))
    with pytest.raises(StaleRead):
        desk.recorder.commit(Commit([StoredEvent("counter/A", 1, "counted.v1", b"{}")]))
    with pytest.raises(sqlite3.IntegrityError), desk.recorder.datastore.get_connection(commit=True) as connection:
        connection.cursor().execute("INSERT INTO stored_events VALUES (1, 'counter/B', 1, 'counted.v1', x'')")
