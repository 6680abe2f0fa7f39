"""`doorstep audit export` over a played month: the forms of the standards, the ledger's counts, nobody's data."""

import csv
import hashlib
import json
import shutil
import sqlite3
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, FormatChecker

from deploy import cli
from deploy.auditing.book import book
from deploy.mining.events import TOKEN
from services.audit.events import PackageMade
from tests.journey.detector import Detector
from tests.journey.test_personal_data import needles

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]
SCHEMA = json.loads((Path(__file__).parent / "ocel20.schema.json").read_text("utf-8"))
STANDARD = Draft7Validator(SCHEMA, format_checker=FormatChecker())
AS_IT_STANDS = "> > >"  # nothing is packed or coded in a log: no layers are taken off
XES = "{http://www.xes-standard.org/}"
FILES = {"log.json": "--ocel2", "log.sqlite": "--ocel2", "log.xes": "--xes", "log.csv": "--csv"}


def export(site, out, *more, files=FILES):
    """One file of every form, as they are handed out."""
    wished = [word for name, option in files.items() for word in (option, str(out / name))]
    return cli.main(["audit", "export", "--folder", str(site), *wished, *more])


def copied(month, tmp_path_factory):
    """What is exported is noted in the audit's own log: a copy of what the auditor reads, which is the ledger alone."""
    folder = tmp_path_factory.mktemp("exported") / "site"
    shutil.copytree(month.folder, folder, ignore=shutil.ignore_patterns("nats", "log", "[!a]*.sqlite*"))
    return folder


@pytest.fixture(scope="module")
def site(month, tmp_path_factory):
    return copied(month, tmp_path_factory)


@pytest.fixture(scope="module")
def out(site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    assert export(site, folder) == 0
    return folder


@pytest.fixture(scope="module")
def facts(site):
    with book(site) as ledger:
        return list(ledger.facts())


@pytest.fixture(scope="module")
def ocel(out):
    return json.loads((out / "log.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def store(out):
    return sqlite3.connect(f"file:{out / 'log.sqlite'}?mode=ro", uri=True)


@pytest.fixture(scope="module")
def xes(out):
    return ET.parse(out / "log.xes").getroot()  # noqa: S314  # our own


def test_nobody_is_in_what_is_handed_out_and_nothing_that_is_sealed(out, store, month, facts):
    """Tokens, keys and references by which one person's cases could be told together are left out as well."""
    assert sum(len(values) for values in needles().values()) > 3 * len(month.ledger.rows)
    secret = {fact["data"][name] for fact in facts for name in ("person_ref", "agent_ref", "kid")
              if fact["data"].get(name)}  # fmt: skip
    staff = {member.name for row in month.ledger.rows for member in row.team or () if member.name}
    assert len(staff) > 5
    detector = Detector(needles() | {"staff": staff, "reference": secret})
    texts = {name: (out / name).read_text("utf-8") for name in FILES if name != "log.sqlite"}
    for name, text in (texts | {"log.sqlite": "\n".join(store.iterdump())}).items():
        assert len(text) > 10_000 * len(month.ledger.rows)
        assert detector.text(name, text.encode(), way=AS_IT_STANDS) == set()
        assert not TOKEN.search(text)
        assert "verify_code" not in text


def test_the_search_would_find_somebody(month):
    name = month.ledger.rows[0].applicant_name
    assert Detector(needles()).text("log.csv", f"x,{name},y".encode(), way=AS_IT_STANDS)


def test_the_same_facts_are_the_same_bytes(site, out, tmp_path):
    assert export(site, tmp_path) == 0
    assert {name: (tmp_path / name).read_bytes() == (out / name).read_bytes() for name in FILES} == dict.fromkeys(
        FILES, True
    )


def test_what_is_handed_out_is_noted_by_its_digest(site, out):
    with book(site) as ledger:
        noted = [fact["data"] for fact in ledger.looks() if fact["type"] == PackageMade.type]
    digests = {hashlib.sha256((out / name).read_bytes()).hexdigest() for name in FILES}
    assert digests <= {each["digest"] for each in noted}
    assert {each["kind"] for each in noted} == {"ocel2", "xes", "csv"}


def test_without_a_note_there_is_no_file(site, tmp_path, capsys):
    assert export(site, tmp_path, "--as", "clerk:A01", "--period", "2026-03-02", files={"log.csv": "--csv"}) == 2
    assert "审计" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_ocel_json_is_valid_by_the_standard_s_schema(ocel):
    assert list(STANDARD.iter_errors(ocel)) == []


def test_the_schema_finds_what_is_wrong(ocel):
    event = dict(ocel["events"][0])
    small = ocel | {"objects": [], "events": [event]}
    assert STANDARD.is_valid(small)
    for wrong in (
        {"id": 7},
        {"time": "2026-03-02T09:00:00"},
        {"relationships": [{"objectId": "x"}]},
        {"attributes": [{"name": "x", "value": None}]},
    ):
        assert not STANDARD.is_valid(small | {"events": [event | wrong]}), wrong
    del event["time"]
    (missing,) = STANDARD.iter_errors(small | {"events": [event]})
    assert (missing.json_path, missing.message) == ("$.events[0]", "'time' is a required property")


def test_ocel_json_uses_only_declared_types_attributes_and_objects(ocel):
    python = {"string": str, "time": str, "integer": int, "boolean": bool}
    objects = {each["id"] for each in ocel["objects"]}
    assert len(objects) == len(ocel["objects"])
    for things, types in (("events", "eventTypes"), ("objects", "objectTypes")):
        declared = {kind["name"]: {one["name"]: one["type"] for one in kind["attributes"]} for kind in ocel[types]}
        for each in ocel[things]:
            for attribute in each["attributes"]:
                assert type(attribute["value"]) is python[declared[each["type"]][attribute["name"]]]
            assert {relation["objectId"] for relation in each["relationships"]} <= objects


def test_every_fact_is_an_event_with_its_own_time(ocel, facts):
    assert Counter(dict(flat(each["attributes"]))["type"] for each in ocel["events"]) == Counter(
        fact["type"] for fact in facts
    )
    times = {each["id"]: each["time"] for each in ocel["events"]}
    known = [fact for fact in facts if fact["id"] in times]
    assert len(known) > 0.95 * len(facts)
    assert all(times[fact["id"]] == fact["time"] for fact in known)


def test_what_happened_at_one_moment_keeps_its_order_by_number(ocel):
    numbers = [dict(flat(each["attributes"]))["sequence"] for each in ocel["events"]]
    assert numbers == list(range(1, len(numbers) + 1))
    times = [datetime.fromisoformat(each["time"]) for each in ocel["events"]]
    assert times == sorted(times)
    assert len(set(times)) < len(times)


def flat(attributes):
    return [(each["name"], each["value"]) for each in attributes]


def test_the_objects_are_those_of_the_ledger(ocel, facts):
    count = Counter(each["type"] for each in ocel["objects"])
    streams = Counter(subject.partition("/")[0] for subject in {fact["subject"] for fact in facts})
    assert count["办件"] == sum(fact["type"] == "request_registered.v1" for fact in facts)
    assert count["时限"] == sum(fact["type"] == "deadline_set.v1" for fact in facts)
    assert (count["上门任务"], count["投诉"], count["评价"]) == (
        streams["visit"], streams["complaint"], streams["evaluation"],
    )  # fmt: skip
    assert count["政务服务中心"] == 1


def test_a_case_s_objects_lead_to_it_and_it_to_its_center_and_matter(ocel, facts):
    related = {each["id"]: {tuple(one.values()) for one in each["relationships"]} for each in ocel["objects"]}
    kinds = {each["id"]: each["type"] for each in ocel["objects"]}
    for case in (name for name, kind in kinds.items() if kind == "办件"):
        assert ("center/620105", "at") in related[case]
        assert [kinds[target] for target, qualifier in related[case] if qualifier == "matter"] == ["事项"]
    for fact in facts:
        if fact["type"] == "visit_planned.v1":
            staff = {(f"staff_member/620105-{code}", "member") for code in fact["data"]["members"]}
            lead = (f"staff_member/620105-{fact['data']['lead']}", "lead")
            assert related[fact["subject"]] >= {(fact["case"], "of"), lead, *staff}


def test_the_two_forms_of_ocel_say_the_same(ocel, store):
    rows = dict(store.execute("SELECT ocel_id, ocel_type FROM event UNION ALL SELECT ocel_id, ocel_type FROM object"))
    assert rows == {each["id"]: each["type"] for each in [*ocel["events"], *ocel["objects"]]}
    for table, things in (("event_object", ocel["events"]), ("object_object", ocel["objects"])):
        assert set(store.execute(f"SELECT * FROM {table}")) == {
            (each["id"], *relation.values()) for each in things for relation in each["relationships"]
        }


def test_the_relational_form_has_a_table_for_each_type_and_a_row_for_each_change(ocel, store):
    for table, things in (("event", ocel["events"]), ("object", ocel["objects"])):
        found = {}
        for kind, name in store.execute(f"SELECT ocel_type, ocel_type_map FROM {table}_map_type").fetchall():
            cursor = store.execute(f'SELECT * FROM "{table}_{name}"')
            columns = [column[0] for column in cursor.description]
            for row in cursor:
                found.setdefault(row[0], []).append({k: v for k, v in zip(columns, row, strict=True) if v is not None})
            assert store.execute(f"SELECT count(*) FROM {table} WHERE ocel_type = ?", (kind,)).fetchone()[0]
        assert found.keys() == {each["id"] for each in things}
        for each in things:
            first, *changes = found[each["id"]]
            begun = [one for one in each["attributes"] if not one.get("time") or one["time"].startswith("1970")]
            assert {k: v for k, v in first.items() if not k.startswith("ocel_")} == dict(flat(begun))
            assert [
                (row["ocel_time"], row["ocel_changed_field"], row[row["ocel_changed_field"]]) for row in changes
            ] == [(one["time"], one["name"], one["value"]) for one in each["attributes"] if one not in begun]


def test_no_key_of_the_relational_form_leads_nowhere(store):
    assert store.execute("PRAGMA foreign_key_check").fetchall() == []
    assert store.execute("SELECT count(*) FROM pragma_foreign_key_list('event_object')").fetchone() == (2,)


def test_xes_is_a_trace_for_each_case_with_the_standard_s_extensions(xes, facts):
    assert xes.get("xes.version") == "1849.2016"
    assert [each.get("prefix") for each in xes.iter(f"{XES}extension")] == ["concept", "time", "lifecycle", "org"]
    cases = Counter(fact["case"] for fact in facts if fact["case"].startswith("SMFW-"))
    assert {key(trace, "concept:name"): len(trace.findall(f"{XES}event")) for trace in xes.iter(f"{XES}trace")} == cases


def key(node, name):
    return next(child.get("value") for child in node if child.get("key") == name)


def test_every_event_of_xes_has_what_the_globals_promise_in_order_of_time(xes):
    scope = next(each for each in xes.iter(f"{XES}global") if each.get("scope") == "event")
    promised = {child.get("key") for child in scope}
    for trace in xes.iter(f"{XES}trace"):
        times = [datetime.fromisoformat(key(event, "time:timestamp")) for event in trace.iter(f"{XES}event")]
        assert times == sorted(times)
        assert all(promised <= {child.get("key") for child in event} for event in trace.iter(f"{XES}event"))


def test_csv_has_the_events_of_xes(out, xes):
    with (out / "log.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["case"], row["activity"], row["timestamp"], row["fact"]) for row in csv.DictReader(file)]
    assert rows == [
        (key(trace, "concept:name"), *(key(event, name) for name in ("concept:name", "time:timestamp", "fact")))
        for trace in xes.iter(f"{XES}trace") for event in trace.iter(f"{XES}event")
    ]  # fmt: skip


def test_a_period_and_steps_alone_are_as_asked(site, tmp_path, facts, capsys):
    assert export(site, tmp_path, "--period", "2026-03-02", "--steps", "--json") == 0
    made = {(each["form"], each["cases"]) for each in json.loads(capsys.readouterr().out)}
    day = {fact["case"] for fact in facts if fact["type"] == "request_registered.v1" and "-20260302-" in fact["case"]}
    assert {count for _, count in made} == {len(day)}
    with (tmp_path / "log.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["case"] for row in rows} == day
    assert {row["kind"] for row in rows} == {"step"}


@pytest.mark.parametrize(
    ("words", "code"),
    [([], 2), (["--ocel2", "log.xml"], 2), (["--csv", "x.csv", "--period", "soon"], 2),
     (["--csv", "x.csv", "--period", "2020-01"], 3)],
)  # fmt: skip
def test_what_cannot_be_exported_is_said_and_nothing_written(site, tmp_path, monkeypatch, words, code):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["audit", "export", "--folder", str(site), *words]) == code
    assert list(tmp_path.iterdir()) == []
