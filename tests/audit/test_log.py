"""The audit's own log as a page: what was noted, when, by whom; and that it was read is noted first."""

import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from deploy.auditing.book import book
from deploy.auditing.commands.log import log_page
from deploy.auditing.ledgers import ledger_of
from deploy.cli import main
from services.audit.access import Note, keep_aside
from services.audit.events import FACTS
from shared.words import catalogue
from tests.audit.conftest import SITE
from tests.golden import Golden

SAMPLES = Golden("audit").samples
OF_IDENTITY = dict.fromkeys(("signed_in.v1", "sign_in_refused.v1", "account_changed.v1"), "system:identity")
OF_MACHINE = dict.fromkeys(("backup_made.v1", "drill_held.v1", "key_rotated.v1"), "operator:machine")
ACTORS = OF_IDENTITY | OF_MACHINE | {"reference_published.v1": "director:D01"}


@pytest.fixture
def noted(site):
    ledger = ledger_of(site, read_only=False)
    for kind, data in SAMPLES.items():
        note = Note(actor=ACTORS.get(kind, "auditor:A01"), type=kind, data=data)
        keep_aside(ledger, SITE, note, datetime(2026, 3, 11, 2, 0, tzinfo=UTC))
    ledger.close()
    return site


def shown(capsys, *words):
    assert main(["audit", "log", *words]) == 0
    return capsys.readouterr().out


def test_everything_that_was_noted_is_shown_once_and_then_that_it_was_read(noted, capsys):
    found = json.loads(shown(capsys, "--folder", str(noted), "--json"))["noted"]
    assert [each["type"] for each in found] == list(SAMPLES)
    with book(noted) as of_site:
        assert of_site.looks()[-1]["data"]["asked"] == "log"
        assert len(of_site.looks()) == len(SAMPLES) + 1


def test_only_what_was_asked_for(noted, capsys):
    kinds = ("--kind", "signed_in", "--kind", "account_changed")
    found = json.loads(shown(capsys, "--folder", str(noted), "--json", *kinds))["noted"]
    assert [each["type"] for each in found] == ["signed_in.v1", "account_changed.v1"]
    found = json.loads(shown(capsys, "--folder", str(noted), "--json", "--period", "2026-03-10"))["noted"]
    assert found == []
    assert main(["audit", "log", "--folder", str(noted), "--period", "March"]) == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [80, 120])
def test_the_page_has_a_word_for_everything(noted, lang, width):
    with book(noted) as of_site:
        page = log_page(of_site.looks(), lang)
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(page)
    text = console.export_text()
    assert max(len(line) for line in text.splitlines()) <= width
    assert "F01" in text
    words = catalogue()["audit_log"]
    assert {fact.type for fact in FACTS} <= words.keys()
    assert {name for fact in FACTS for name in fact.model_fields} <= words.keys()


def test_who_is_no_auditor_sees_nothing(noted, capsys):
    assert main(["audit", "log", "--folder", str(noted), "--as", "clerk:F01"]) == 2
    assert "F01" not in capsys.readouterr().out.replace("clerk:F01", "")
