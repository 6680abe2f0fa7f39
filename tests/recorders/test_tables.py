"""What a service keeps beside its facts, on either store."""

from dataclasses import replace

import pytest
from eventsourcing.persistence import StoredEvent

from shared.recorders import Commit, Effect, Letter, Recorder, open_recorder, postgres, sqlite
from tests.recorders.conftest import BOTH

pytestmark = pytest.mark.parametrize("env", BOTH, indirect=True)

CASE = "SMFW-620105-20260311-0007-K"
LETTER = Letter("620105.intake", 7, CASE, "when_x", b"{}", "later", 1, 1772000000.0, "held")
EFFECT = Effect("e-1", CASE, "sms", "{}", "2026-03-02T09:00:00+08:00", "2026-03-02T21:00:00+08:00")


def test_a_case_is_all_its_streams_in_the_order_of_the_log(recorder: Recorder):
    names = [
        f"request/{CASE}", f"appointment/{CASE}", "day_plan/620105-20260311", f"complaint/{CASE}.2",
        f"request/{CASE}X", "request/SMFW-620105-20260311-0008-M", f"request/{CASE[:-1]}", f"visit/{CASE}",
    ]  # fmt: skip
    recorder.commit(Commit([StoredEvent(name, 1, "x.v1", b"{}") for name in names]))
    recorder.commit(Commit([StoredEvent(f"request/{CASE}", 2, "y.v1", b"y")]))
    found = recorder.select_case(CASE)
    assert [(n.id, n.originator_id, n.originator_version) for n in found] == [
        (1, f"request/{CASE}", 1), (2, f"appointment/{CASE}", 1), (4, f"complaint/{CASE}.2", 1),
        (8, f"visit/{CASE}", 1), (9, f"request/{CASE}", 2),
    ]  # fmt: skip
    assert (found[-1].topic, found[-1].state) == ("y.v1", b"y")
    assert recorder.select_case("SMFW") == []


def test_streams_are_found_by_how_their_names_start(recorder: Recorder):
    names = ["day_plan/620105-20260312", "day_plan/620105-20260311", "day_plan/620105-20260401", "day_planner/x"]
    recorder.commit(Commit([StoredEvent(name, v, "x.v1", b"") for name in names for v in (1, 2)]))
    march = ["day_plan/620105-20260311", "day_plan/620105-20260312"]
    assert recorder.select_streams_like("day_plan/620105-202603", 10) == march
    assert recorder.select_streams_like("day_plan/", 1) == march[:1]
    assert recorder.select_streams_like("day_plan/%", 10) == []


def test_a_letter_is_kept_once_and_its_last_word_holds(recorder: Recorder):
    other = replace(LETTER, position=5, case="OTHER", reaction="when_y")
    recorder.commit(Commit(letters=[LETTER, other, replace(LETTER, upstream="620105.visits")]))
    assert recorder.letters("held", 2) == [other, LETTER]
    assert recorder.held_cases("620105.intake") == {CASE, "OTHER"}
    dead = replace(LETTER, attempts=8, state="dead", reason="Refused: S-03", due=1772000001.5)
    recorder.commit(Commit(letters=[replace(LETTER, state="done"), dead, replace(other, state="done")]))
    assert recorder.letters("dead", 10) == [dead]
    assert recorder.letters("done", 10) == [replace(other, state="done")]
    assert recorder.held_cases("620105.intake") == set()
    assert len(recorder.letters(None, 10)) == 3


def test_an_effect_waits_until_its_state_is_set(recorder: Recorder):
    second = replace(EFFECT, id="e-0", created="2026-03-02T09:00:01+08:00")
    recorder.commit(Commit(effects=[second, EFFECT]))
    assert recorder.effects("pending", 10) == [EFFECT, second], "the oldest first"
    recorder.set_effect("e-1", "sent")
    assert recorder.effects("pending", 10) == [second]
    assert recorder.effects("sent", 10) == [replace(EFFECT, state="sent")]
    assert len(recorder.effects(None, 10)) == 2
    assert recorder.by_state("effects") == {"pending": 1, "sent": 1}


def test_of_a_note_about_the_store_the_first_writer_wins(env: dict[str, str], recorder: Recorder):
    assert recorder.meta("mode") is None
    assert recorder.set_meta("mode", "played") == "played"
    assert recorder.set_meta("mode", "live") == "played"
    factory, again = open_recorder(env)
    assert again.meta("mode") == "played"
    factory.close()


def test_the_case_is_found_by_the_key_of_the_table_alone(env: dict[str, str], recorder: Recorder):
    recorder.commit(Commit([StoredEvent(f"request/{n}", 1, "x.v1", b"") for n in range(50)]))
    if "SQLITE_DBNAME" in env:
        plan = str([row["detail"] for row in recorder._rows(f"EXPLAIN QUERY PLAN {sqlite.CASE}", "7")])
        assert plan.count("SEARCH e USING INDEX") == 2
        assert "SCAN e" not in plan
        indexes = recorder._rows("SELECT 1 FROM sqlite_master WHERE tbl_name = 'stored_events' AND type = 'index'")
        assert len(indexes) == 1, "what is appended is entered into no other"
    else:
        with recorder.datastore.transaction() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            plan = str(cursor.execute(recorder._sql(f"EXPLAIN {postgres.CASE}"), ("7", "7", "7")).fetchall())
            indexes = cursor.execute(
                "SELECT 1 FROM pg_index WHERE indrelid = %s::regclass", [f"{recorder.datastore.schema}.stored_events"]
            ).fetchall()
        assert "Seq Scan" not in plan
        assert plan.count("Index Cond: (") >= 2, "the case is two ranges of the key"
        assert len(indexes) == 2, "what is appended is entered into no other"


def test_a_case_is_found_where_names_of_nouns_begin_alike_or_have_no_case(recorder: Recorder):
    names = ["plain", "day/7", "day_plan/7", "day/70", "day/7.1", "day-x/7", "zz/7.2.3", "zz/6"]
    recorder.commit(Commit([StoredEvent(name, 1, "x.v1", b"") for name in names]))
    assert [n.originator_id for n in recorder.select_case("7")] == [
        "day/7", "day_plan/7", "day/7.1", "day-x/7", "zz/7.2.3",
    ]  # fmt: skip
    assert recorder.select_case("8") == []
