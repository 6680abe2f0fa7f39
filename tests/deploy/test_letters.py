"""`doorstep letters` at a site that runs: by cause, with the citizen's clock; acts are facts of the case."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from deploy import cli
from deploy.supervisor import Site
from shared.letters import LETTER
from shared.words import catalogue
from tests.watching.test_health import ask, until

CENTER, CASE = "620105", "SMFW-620105-20260311-0007-V"
pytestmark = [pytest.mark.nats, pytest.mark.timeout(90)]
NOW = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)


def document(kind, version, **data):
    return json.dumps(
        {"specversion": "1.0", "id": f"/{CENTER}/intake/request/{CASE}/{version}", "source": f"/{CENTER}/intake",
         "type": kind, "subject": f"request/{CASE}", "time": NOW.isoformat(), "case": CASE, "actor": "clerk:F01",
         "causationid": "c", "rules": "r", "recordedat": NOW.isoformat(), "timing": "exact", "origin": "live",
         "data": data}
    ).encode()  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Two letters of one cause in scheduling: the reaction is there no more."""
    with Site(tmp_path_factory.mktemp("letters") / "live", CENTER) as site:
        asyncio.run(until(lambda: all(ask(site, name, "ready")[0] == 200 for name in site.services)))
        with closing(sqlite3.connect(site.folder / "scheduling.sqlite", timeout=10)) as store:
            store.executemany(
                "INSERT INTO letters VALUES (?,?,?,?,?,?,?,?,?)",
                [(f"{CENTER}.intake", 900 + n, CASE, "when_gone", document("request_accepted.v1", n),
                  "NoReaction: when_gone",
                  1, 0.0, "dead") for n in (1, 2)],
            )  # fmt: skip
            store.commit()
        with closing(sqlite3.connect(site.folder / "intake.sqlite", timeout=10)) as store:
            due = (NOW + timedelta(days=5)).isoformat()
            clock = document("deadline_set.v1", 1, clock="T03", starts_at=NOW.isoformat(), due_at=due, limit="T03")
            store.execute("INSERT INTO stored_events VALUES (1,?,1,'deadline_set.v1',?)", (f"request/{CASE}", clock))
            store.commit()
        yield site


def letters(site, capsys, *args):
    code = cli.main(["letters", *args, "--folder", str(site.folder)])
    return code, capsys.readouterr().out


def listed(site, capsys):
    return json.loads(letters(site, capsys, "--json")[1])


def test_they_are_listed_by_cause_with_the_clock_that_runs_for_the_citizen(site, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, text = letters(site, capsys)
    assert code == 1
    assert text.count("NoReaction: when_gone") == 1
    assert "2 封" in text
    assert all("T03" in json.dumps(each["clocks"]) for each in listed(site, capsys))


def test_a_dry_run_of_a_group_says_of_each_what_would_become_of_it(site, capsys):
    fingerprint = listed(site, capsys)[0]["fingerprint"]
    code, text = letters(site, capsys, "dry-run", "--group", fingerprint)
    assert (code, text.count("没有这个反应")) == (1, 2)


def test_one_is_given_up_with_a_reason_and_the_case_says_so(site, capsys):
    first = listed(site, capsys)[0]["id"]
    assert letters(site, capsys, "discard", first, "--reason", "重复登记，已线下办结")[0] == 0
    assert first not in [each["id"] for each in listed(site, capsys)]
    assert cli.main(["case", CASE, "--folder", str(site.folder)]) == 0
    assert "重复登记，已线下办结" in capsys.readouterr().out


def test_who_may_not_is_told_so_in_words(site, capsys):
    last = listed(site, capsys)[-1]["id"]
    code, text = letters(site, capsys, "retry", last, "--as", "clerk:F01")
    assert (code, "ROLE" in text) == (1, True)


def test_a_letter_that_is_not_there_is_not_acted_on(site, capsys):
    assert letters(site, capsys, "retry", f"{CASE}.intake.1.000000")[0] == 3
    assert letters(site, capsys, "retry")[0] == 2


@pytest.mark.parametrize("fact", LETTER.facts)
def test_every_act_has_words_in_both_languages(fact):
    assert set(catalogue()["facts"][fact.type]) == {"zh", "en"}
