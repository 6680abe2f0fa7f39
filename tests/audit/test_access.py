"""What auditors do is noted in a log of its own, sealed and verified like every other."""

import json
import os
from datetime import UTC, datetime

import pytest

from deploy.auditing.access import NotNoted, note
from deploy.auditing.book import Period, book
from deploy.auditing.verify import trusted, verify
from deploy.facts import NothingHere
from deploy.keys import CONSOLE, made
from deploy.processes import Known, free_port
from services.audit.access import OWN, Note, keep, keep_aside
from services.audit.events import HistoryRead
from services.audit.ledger import Ledger
from services.audit.sealer import Often, Sealer
from shared.decider import Refused
from shared.transparency.checkpoint import key_name
from shared.transparency.key_file import signing_key
from shared.transparency.tree import DEFAULT
from tests.audit.by_sql import sql
from tests.audit.conftest import SITE

CASE = f"SMFW-{SITE}-20260302-0003-K"
READ = HistoryRead(asked="case", purpose="inspection")


def own(standings):
    return next(each for each in standings if each.service == OWN)


def test_what_an_auditor_opened_is_kept_and_read_by_case(site):
    note(site, "auditor:A1", READ, CASE)
    note(site, "auditor:A2", READ)
    with book(site) as of_site:
        assert [(fact["actor"], fact["data"]["asked"]) for fact in of_site.looks(CASE)] == [("auditor:A1", "case")]
        assert len(of_site.looks()) == 2
        assert {fact["source"] for fact in of_site.case(CASE)} == {f"/{SITE}/intake", f"/{SITE}/visits"}


def test_where_the_site_runs_but_its_broker_does_not_it_is_a_sentence_and_nothing_is_shown(site):
    """As while the broker starts again: what asks hears it, and notes nothing beside a service that is there."""
    made(site, [CONSOLE])
    alive = Known.of(os.getpid()).as_json()
    state = {"site": "s", "center": SITE, "mode": "live", "nats_url": f"nats://127.0.0.1:{free_port()}", "up": True,
             "restarts": {}, "processes": {}, "supervisor": alive}  # fmt: skip
    (site / "site.json").write_text(json.dumps(state))
    with pytest.raises(NotNoted, match="not available"):
        note(site, "auditor:A1", READ, CASE)
    with book(site) as of_site:
        assert of_site.looks() == []


def test_what_was_noted_aside_is_sealed_at_the_next_start_and_a_change_is_found(site):
    for n in range(3):
        note(site, f"auditor:A{n}", READ, CASE)
    ledger = Ledger(site / "audit.sqlite")
    signer = signing_key(site / "keys" / "audit.key", key_name(SITE), make=False)
    sealer = Sealer(ledger, SITE, OWN, signer, DEFAULT, lambda: datetime.now(UTC), Often())
    keep(sealer, SITE, Note(actor="auditor:A9", type=READ.type, data=READ.model_dump()), datetime.now(UTC))
    sealer.seal()
    ledger.close()
    standing = own(verify(site, trusted(site, SITE, None, None)))
    assert (standing.sealed, standing.findings) == (4, [])
    number = "SELECT id FROM log WHERE service = 'audit'"
    sql(site / "audit.sqlite", f"DELETE FROM entry WHERE position = 4 AND log = ({number})")
    assert [finding.kind for finding in own(verify(site, trusted(site, SITE, None, None))).findings] == ["cut"]


@pytest.mark.parametrize(
    ("actor", "kind", "why"),
    [("clerk:F01", READ.type, "not_an_auditor"), ("auditor:A1", "request_registered.v1", "not_noted_here")],
)
def test_nothing_else_is_written_there(site, actor, kind, why):
    ledger = Ledger(site / "audit.sqlite")
    with pytest.raises(Refused) as refused:
        keep_aside(ledger, SITE, Note(actor=actor, type=kind, data=READ.model_dump()), datetime.now(UTC))
    ledger.close()
    assert refused.value.why == why


def test_where_there_is_no_ledger_nothing_is_shown(tmp_path):
    with pytest.raises(NothingHere):
        note(tmp_path, "auditor:A1", READ)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("2026-03", "2026-03-01", "2026-03-31"), ("2026-12", "2026-12-01", "2026-12-31"),
     ("2026-03-05", "2026-03-05", "2026-03-05"), ("2026-03-05..2026-04", "2026-03-05", "2026-04-30")],
)  # fmt: skip
def test_a_period_is_a_month_a_day_or_from_one_to_another(text, first, last):
    assert tuple(map(str, Period.parse(text))) == (first, last)
