"""A ledger catches up from a file: byte for byte, nothing skipped, and nothing at all where something differs."""

import json
import zipfile

import pytest

from deploy.auditing.carried import Contradicts, HoleBefore, NotAsSigned, NotCarried, brought, hand_over, take
from deploy.auditing.ledgers import ledger_of
from deploy.auditing.verify import FOUND, PROVED, USAGE, trusted, verify
from deploy.cli import main
from tests.audit.by_sql import lost, sql
from tests.audit.conftest import FACTS, SITE, STORES, documents
from tests.audit.test_verify import LEDGER_BYTE, own

CUT = "DELETE FROM entry WHERE position > 30; DELETE FROM node; DELETE FROM checkpoint WHERE size > 30"
STORED = {service: [event.state for event in documents(service)] for service in ("intake", "visits")}


@pytest.fixture(params=STORES)
def store(request):
    return request.param


@pytest.fixture
def file(site, tmp_path):
    path = tmp_path / "facts.zip"
    assert hand_over(site, path, None, 1, None) == {"intake": FACTS, "visits": FACTS}
    return path


def kept(site):
    ledger = ledger_of(site)
    try:
        return {log.service: [bytes(document) for _, document, _ in log.rows()] for log in ledger.logs()}
    finally:
        ledger.close()


def taken(site, file):
    return take(site, brought(file), own(site), trusted(site, SITE, None, None))


def altered(file, to, change):
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return to


def test_a_ledger_that_was_lost_is_had_back_byte_for_byte(site, file):
    lost(site / "audit.sqlite")
    assert {one.service: one[1:] for one in taken(site, file)} == dict.fromkeys(STORED, (0, FACTS, 40))
    assert kept(site) == STORED


def test_what_is_missing_at_the_end_is_added_and_leads_to_what_was_signed(site, file):
    before = verify(site, trusted(site, SITE, None, None))
    sql(site / "audit.sqlite", CUT)
    assert {one.service: one[1:] for one in taken(site, file)} == dict.fromkeys(STORED, (30, 20, 40))
    assert kept(site) == STORED
    assert [standing.findings for standing in verify(site, trusted(site, SITE, None, None))] == [[], []]
    assert [standing.heard for standing in before] == [FACTS, FACTS]


def test_taken_twice_it_adds_nothing(site, file):
    assert [one.added for one in taken(site, file)] == [0, 0]


def test_what_is_missing_in_between_is_named_and_nothing_taken(site, tmp_path):
    hand_over(site, tmp_path / "late.zip", None, 41, None)
    sql(site / "audit.sqlite", CUT)
    with pytest.raises(HoleBefore) as hole:
        taken(site, tmp_path / "late.zip")
    assert (hole.value.first, hole.value.last) == (31, 40)
    assert {len(facts) for facts in kept(site).values()} == {30}


def test_a_fact_that_is_another_one_here_is_named_and_nothing_taken_of_any_service(site, file):
    sql(site / "audit.sqlite", CUT, LEDGER_BYTE)
    with pytest.raises(Contradicts) as other:
        taken(site, file)
    assert (other.value.service, other.value.position) == ("visits", 9)
    assert {len(facts) for facts in kept(site).values()} == {30}


def test_a_file_that_does_not_lead_to_its_own_checkpoint_is_refused(site, file, tmp_path):
    """Somebody changed a fact on the way."""
    sql(site / "audit.sqlite", CUT)

    def lines(name, content):
        return content.replace(b"visits 35", b"visits 36") if name == "visits.jsonl" else content

    with pytest.raises(NotAsSigned, match="visits"):
        taken(site, altered(file, tmp_path / "other.zip", lines))


@pytest.mark.parametrize("content", [b"", b"PK no zip", b"{}"])
def test_what_is_no_such_file_is_said_to_be_none(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(NotCarried):
        brought(tmp_path / "x.zip")


def test_a_line_that_is_missing_in_the_file_breaks_it(file, tmp_path):
    def short(name, content):
        return b"\n".join(content.split(b"\n")[:4] + content.split(b"\n")[5:]) if name == "visits.jsonl" else content

    with pytest.raises(NotCarried):
        brought(altered(file, tmp_path / "short.zip", short))


def test_what_only_the_store_has_goes_along_and_other_bytes_too(site, tmp_path):
    sql(site / "audit.sqlite", CUT)
    sql(site / "visits.sqlite", "UPDATE stored_events SET state = x'ff00fe' WHERE rowid = 50")
    hand_over(site, tmp_path / "all.zip", ["visits"], 1, None)
    assert brought(tmp_path / "all.zip").logs["visits"] == (1, [*STORED["visits"][:49], b"\xff\x00\xfe"])


def test_the_commands_say_what_went_over(site, tmp_path, capsys):
    out = tmp_path / "facts.zip"
    folder = ["--folder", str(site)]
    assert main(["audit", "hand-over", str(out), *folder]) == PROVED
    sql(site / "audit.sqlite", CUT)
    assert main(["audit", "take", str(out), *folder, "--json"]) == PROVED
    told = capsys.readouterr().out
    assert "100 条事实" in told
    assert [each["added"] for each in json.loads(told[told.index("[") :])] == [20, 20]
    sql(site / "audit.sqlite", LEDGER_BYTE)
    assert main(["audit", "take", str(out), *folder]) == FOUND
    assert "第 9 条与台账所存不同" in capsys.readouterr().out
    assert main(["audit", "take", str(tmp_path / "none.zip"), *folder]) == USAGE
