"""Every read model is made again from the facts: an untouched month agrees; a row changed by plain SQL is named."""

import json
import shutil
import sqlite3
from contextlib import closing
from typing import NamedTuple

import pytest

from deploy.auditing.folding import data_of
from deploy.auditing.rebuild import Rebuilt, rebuild
from deploy.auditing.rebuilt import Heard, Live, effects
from deploy.auditing.rulebook import versions
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED
from deploy.cli import main
from deploy.desks import parts_of
from deploy.sites.stores import place

SERVICES = ("feedback", "intake", "scheduling", "vault", "visits")


class Change(NamedTuple):
    """`pick`: the key of a row; `change`: what is done to it; the row must then be named as `how`."""

    file: str
    service: str
    model: str
    how: str
    pick: str
    change: str


def of_log(service: str) -> str:
    return f"log = (SELECT id FROM log WHERE service = '{service}')"


REACTED = """SELECT issuer, command_id FROM commands WHERE issuer = 'system:reaction' AND outcome LIKE '%"facts":["%'"""
STARTED = "topic = 'deadline_set.v1' AND originator_id = ? AND json_extract(CAST(state AS TEXT), '$.data.clock') = ?"
CHANGES = [
    Change("intake", "intake", "commands", "missing", REACTED + " ORDER BY 2 LIMIT 1",
           "DELETE FROM commands WHERE issuer = ? AND command_id = ?"),
    Change("visits", "visits", "commands", "differs", REACTED + " ORDER BY 2 LIMIT 1",
           """UPDATE commands SET outcome = replace(outcome, '"facts":["', '"facts":["x') WHERE issuer = ?
              AND command_id = ?"""),
    Change("scheduling", "scheduling", "commands", "differs", REACTED + " ORDER BY 2 DESC LIMIT 1",
           "UPDATE commands SET digest = x'00' WHERE issuer = ? AND command_id = ?"),
    Change("feedback", "feedback", "commands", "extra", "SELECT 'system:reaction', 'when_x:/620105/visits/x/1'",
           """INSERT INTO commands VALUES (?, ?, x'00', '{"facts":[]}')"""),
    Change("vault", "vault", "commands", "extra", "SELECT 'clerk:A01', 'c1'",
           """INSERT INTO commands VALUES (?, ?, x'00', '{"facts":["/620105/vault/subject/none/1"]}')"""),
    Change("vault", "vault", "tracking", "differs", "SELECT '620105.intake'",
           "UPDATE tracking SET notification_id = 999999 WHERE application_name = ?"),
    Change("scheduling", "scheduling", "tracking", "differs", "SELECT '620105.intake'",
           "UPDATE tracking SET notification_id = 5 WHERE application_name = ?"),
    Change("visits", "visits", "tracking", "missing", "SELECT '620105.scheduling'",
           "DELETE FROM tracking WHERE application_name = ?"),
    Change("intake", "intake", "effects", "extra", "SELECT '/620105/intake/request/x/1#sms'",
           "INSERT INTO effects VALUES (?, 'x', 'sms', '{}', '', '', 'pending')"),
    Change("scheduling", "scheduling", "letters", "differs",
           "SELECT '620105.intake', 1, 'a_reaction_that_is_gone'",
           "INSERT INTO letters VALUES (?, ?, 'x', ?, x'7b7d', '', 1, 0, 'dead')"),
    Change("feedback", "feedback", "letters", "extra",
           "SELECT '620105.intake', 888888, 'a_reaction_that_is_gone'",
           "INSERT INTO letters VALUES (?, ?, 'x', ?, x'7b7d', '', 1, 0, 'dead')"),
    Change("intake", "intake", "facts", "differs", "SELECT 700",
           "UPDATE stored_events SET originator_version = 900 WHERE rowid = ?"),
    Change("visits", "visits", "facts", "missing", "SELECT max(rowid) FROM stored_events",
           "DELETE FROM stored_events WHERE rowid = ?"),
    Change("intake", "intake", "situations", "differs",
           "SELECT min(originator_id) FROM stored_events WHERE topic = 'request_registered.v1'",
           "DELETE FROM stored_events WHERE originator_id = ? AND topic = 'request_registered.v1'"),
    Change("feedback", "feedback", "clocks", "differs",
           """SELECT originator_id, json_extract(CAST(state AS TEXT), '$.data.clock') FROM stored_events AS one
              WHERE topic = 'deadline_set.v1' AND NOT EXISTS (SELECT 1 FROM stored_events AS later WHERE
              later.originator_id = one.originator_id AND later.rowid > one.rowid AND later.topic LIKE 'deadline%')
              ORDER BY rowid DESC LIMIT 1""",
           f"""UPDATE stored_events SET state = CAST(replace(state, '"due_at":"2026', '"due_at":"2027') AS BLOB)
               WHERE {STARTED}"""),
    Change("keys/keys", "vault", "keys", "differs", "SELECT min(kid) FROM data_key",
           "UPDATE data_key SET state = 'shredded' WHERE kid = ?"),
    Change("keys/keys", "vault", "keys", "missing", "SELECT max(kid) FROM data_key",
           "DELETE FROM data_key WHERE kid = ?"),
    Change("keys/keys", "vault", "keys", "extra", "SELECT 'a-key-of-nobody'",
           "INSERT INTO data_key VALUES (?, x'00', '', 'held')"),
    *(Change("audit", service, "ledger", "differs", "SELECT 9",
             f"UPDATE entry SET {column} WHERE {of_log(service)} AND position = ?")
      for service, column in (("feedback", '"case" = \'another\''), ("intake", "fact = 'another'"),
                              ("vault", "leaf = zeroblob(32)"))),
    Change("audit", "feedback", "subtrees", "differs", "SELECT 5, 2",
           f"UPDATE node SET hash = zeroblob(32) WHERE {of_log('feedback')} AND level = ? AND number = ?"),
    Change("audit", "intake", "subtrees", "missing", "SELECT 6, 1",
           f"DELETE FROM node WHERE {of_log('intake')} AND level = ? AND number = ?"),
    Change("audit", "visits", "subtrees", "extra", "SELECT 30, 0",
           "INSERT INTO node SELECT id, ?, ?, zeroblob(32) FROM log WHERE service = 'visits'"),
]  # fmt: skip


@pytest.fixture(scope="module")
def untouched(month) -> Rebuilt:
    return rebuild(month.folder)


@pytest.fixture(scope="module")
def touched(month, tmp_path_factory):
    """All changes at once, in a copy: what is named, and the row that each change was made to."""
    folder, rows = tmp_path_factory.mktemp("touched") / "site", []
    shutil.copytree(month.folder, folder)
    for change in CHANGES:
        with closing(sqlite3.connect(folder / f"{change.file}.sqlite", isolation_level=None)) as db:
            key = db.execute(change.pick).fetchone()
            assert db.execute(change.change, key).rowcount == 1
        rows.append(" ".join(map(str, key)))
    return rebuild(folder), rows, folder


def test_an_untouched_month_has_no_difference(untouched, month):
    assert untouched.facts == len(month.facts)
    assert (untouched.differences, untouched.unheard) == (0, 0)


def test_every_model_of_every_service_is_compared_and_holds_rows(untouched):
    rows = {(each.service, each.model): each.rows for each in untouched.compared}
    assert all(rows[service, model] for service in SERVICES for model in
               ("facts", "situations", "commands", "tracking", "ledger", "subtrees"))  # fmt: skip
    assert rows["feedback", "clocks"]
    assert rows["vault", "keys"]


@pytest.mark.parametrize("number", range(len(CHANGES)), ids=[f"{c.service}-{c.model}-{c.how}" for c in CHANGES])
def test_a_changed_row_is_named(touched, number):
    found, rows, _ = touched
    change = CHANGES[number]
    named = next(each for each in found.compared if (each.service, each.model) == (change.service, change.model))
    assert (rows[number], change.how) in named.differences


def test_models_that_nobody_touched_do_not_differ(touched):
    found, _, _ = touched
    differ = {(each.service, each.model) for each in found.compared if each.differences}
    follow = {(service, model) for service in ("intake", "visits") for model in ("facts", "situations")}
    follow |= {("feedback", "facts"), ("feedback", "situations")}  # of the fact whose due moment was changed
    follow |= {("visits", "clocks"), ("feedback", "tracking")}  # of the fact that is gone; a letter beyond the end
    assert differ == {(each.service, each.model) for each in CHANGES} | follow


def test_a_message_that_live_facts_ask_for_must_be_in_the_table(month):
    """History is told to nobody again; the same facts, had they been lived, would have been."""
    ledger, live = live_heard(month, "scheduling")
    wanted = effects(parts_of("scheduling"), ledger, live, versions("620105"))
    assert wanted.rebuilt
    assert not wanted.live
    assert all(key.partition("#")[2] == row[1] for key, row in wanted.rebuilt.items())


def live_heard(month, service):
    stored = Live.read(place(month.folder, service), 10**9)
    raw = [
        row._replace(document=row.document.replace(b'"origin":"ledger"', b'"origin":"live"')) for row in stored.facts
    ]
    return Heard("620105", raw, [json.loads(row.document) for row in raw]), stored


def test_the_command_says_how_many_facts_and_that_none_differ(untouched, month, capsys):
    assert main(["audit", "rebuild", "--folder", str(month.folder)]) == PROVED
    assert f"事实 {untouched.facts} 条" in (said := capsys.readouterr().out)
    assert "差异 0 处" in said


def test_the_command_names_rows_and_what_cannot_be_derived(touched, capsys):
    _, rows, folder = touched
    assert main(["audit", "rebuild", "--folder", str(folder), "--json"]) == FOUND
    said = json.loads(capsys.readouterr().out)
    named = {one["row"] for each in said["compared"] for one in each["differences"]}
    assert named >= set(rows)
    assert {"effects.state", "data_key.wrapped", "checkpoint"} <= set(said["not_derivable"])


def test_where_there_is_no_ledger_nothing_is_called_good(tmp_path, capsys):
    assert main(["audit", "rebuild", "--folder", str(tmp_path)]) == NOT_PROVED
    assert capsys.readouterr().out


def test_data_is_read_where_the_document_ends_and_nowhere_else():
    written = b'{"specversion":"1.0","origin":"live","data":{"text":"x,\\"data\\":1"}}'
    assert json.loads(data_of(written)) == {"text": 'x,"data":1'}
    other = b'{"data":{"text":"y","origin":"live","data":{"a":1}},"id":"x"}'
    assert json.loads(data_of(other)) == {"text": "y", "origin": "live", "data": {"a": 1}}
