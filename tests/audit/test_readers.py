"""Auditors cannot write: they read and ask, and what they opened is in a log of its own that they cannot edit."""

import asyncio
import json
import time
from datetime import UTC, datetime

import pytest

from deploy import cli
from deploy.auditing.access import note
from deploy.auditing.book import book
from deploy.auditing.verify import trusted, verify
from deploy.console import Console
from deploy.desks import desk_of
from deploy.facts import SERVICES
from deploy.supervisor import Site, services_here
from services.audit.access import OWN, Note, keep
from services.audit.desk import questions
from services.audit.events import FACTS, HistoryRead
from services.audit.ledger import Ledger
from services.audit.sealer import Often, Sealer
from shared.decider import Refused
from shared.messages import Command
from shared.rights import check_right
from shared.transparency.checkpoint import key_name
from shared.transparency.key_file import signing_key
from shared.transparency.tree import DEFAULT
from tests.audit.by_sql import sql
from tests.audit.conftest import SITE
from tests.forms.test_opening import registered
from tests.journey.test_live_case import CENTER

CASE = f"SMFW-{SITE}-20260302-0003-K"
READ = HistoryRead(asked="case", purpose="inspection")
ASKS = {("visits", "AskRiskFlag"), ("visits", "CheckEmergencyPlan")}  # no work is done by them: who asked is kept
DESKS = [(service, command) for service in SERVICES for command in desk_of(service)]


def wish(command: type[Command], role: str) -> Command:
    """Nothing of it is looked at but who asks, and of which center."""
    return command.model_construct(id="t", case=f"{CENTER}-20260302", actor=f"{role}:A1", origin="live")


@pytest.mark.parametrize(("service", "command"), DESKS, ids=[f"{s}.{c.asked()}" for s, c in DESKS])
def test_every_command_of_every_desk_is_refused_to_an_auditor(service, command):
    if (service, command.__name__) in ASKS:
        check_right(wish(command, "auditor"), CENTER)
        return
    with pytest.raises(Refused) as no:
        check_right(wish(command, "auditor"), CENTER)
    assert (no.value.rule, no.value.why) == ("ROLE", "no_right")
    for role in command.roles:
        check_right(wish(command, role), CENTER)


def test_there_are_desks_to_ask_at():
    assert {service for service, _ in DESKS} == {*SERVICES}
    assert {(service, command.__name__) for service, command in DESKS} >= ASKS


def test_the_audit_has_no_door_that_changes_or_deletes(site):
    ledger = Ledger(site / "audit.sqlite")
    doors = questions(ledger, {}, None, "", SITE)
    assert {*doors} == {"note", "status", "seal", "checkpoint", "proof"}
    assert "audit" in services_here()
    assert not [name for name in dir(ledger) if name.startswith(("update", "delete", "remove", "replace", "edit"))]
    ledger.close()


def test_a_note_is_only_ever_added(site):
    for n in range(3):
        note(site, f"auditor:A{n}", READ, CASE)
        with book(site) as of_site:
            assert [look["actor"] for look in of_site.looks(CASE)] == [f"auditor:A{each}" for each in range(n + 1)]
    assert {fact.type for fact in FACTS} == {
        "history_read.v1", "sample_drawn.v1", "package_made.v1", "backup_made.v1", "drill_held.v1",
        "key_rotated.v1", "reference_published.v1", "signed_in.v1", "sign_in_refused.v1", "account_changed.v1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "kind"),
    [("UPDATE entry SET document = replace(document, 'auditor:A1', 'auditor:A9') WHERE position = 2", "changed"),
     ("DELETE FROM entry WHERE position = 2", "cut"), ("DELETE FROM entry WHERE position = 3", "cut")],
)  # fmt: skip
def test_a_note_that_was_changed_or_taken_out_is_found(site, change, kind):
    ledger = Ledger(site / "audit.sqlite")
    signer = signing_key(site / "keys" / "audit.key", key_name(SITE), make=False)
    sealer = Sealer(ledger, SITE, OWN, signer, DEFAULT, lambda: datetime.now(UTC), Often())
    for n in range(3):
        keep(sealer, SITE, Note(actor=f"auditor:A{n}", case=CASE, type=READ.type, data=READ.model_dump()),
             datetime.now(UTC))  # fmt: skip
    sealer.seal()
    ledger.close()
    sql(site / "audit.sqlite", f"{change} AND log = (SELECT id FROM log WHERE service = 'audit')")
    own = next(each for each in verify(site, trusted(site, SITE, None, None)) if each.service == OWN)
    assert {finding.kind for finding in own.findings} == {kind}


async def in_anothers_name(site: Site, case: str) -> dict:
    """A signed-in auditor A7 says that A1 has read."""
    said = Note(actor="auditor:A1", case=case, type=READ.type, data=READ.model_dump(mode="json"))
    async with site.console() as connection:
        assert isinstance(connection, Console)
        headers = await connection._headers(json.dumps({"actor": "auditor:A7"}).encode())
        reply = await connection.connection.request(
            f"ask.{CENTER}.audit.note", said.model_dump_json().encode(), timeout=5, headers=headers
        )
        return json.loads(reply.data)


def heard(folder, case, kind, patience=15.0):
    """The audit has it, a moment after the vault."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with book(folder) as of_site:
            if found := [fact for fact in of_site.case(case) if fact["type"] == kind]:
                return found
        time.sleep(0.1)
    raise TimeoutError(kind)


@pytest.mark.nats
def test_what_an_auditor_opens_is_on_record_in_the_case_and_in_the_audits_own_log(tmp_path, capsys):
    folder = tmp_path / "played"
    with Site(folder, CENTER, mode="played", env=lambda _: {"GATEWAY": "simulated"}) as site:
        case = asyncio.run(registered(site.nats_url, site))
        heard(folder, case, "request_registered.v1")
        told = ["audit", "case", case, "--folder", str(folder), "--as", "auditor:A1"]
        assert cli.main([*told, "--open", "name,phone", "--purpose", "inspection"]) == 0
        said = capsys.readouterr().out
        assert ("甲乙丙" in said, "13900004321" in said, "620105194503120014" in said) == (True, True, False)
        (fact,) = heard(folder, case, "personal_data_opened.v1")
        assert (fact["actor"], fact["data"]["purpose"], fact["data"]["fields"]) == (
            "auditor:A1", "inspection", ["name", "phone"],
        )  # fmt: skip
        assert cli.main([*told, "--open", "name", "--purpose", "delivery"]) == 2
        assert "甲乙丙" not in capsys.readouterr().out
        heard(folder, case, "personal_data_denied.v1")
        with book(folder) as of_site:
            assert [look["data"]["opened"] for look in of_site.looks(case)] == [["name", "phone"]]
        assert cli.main(["audit", "who-looked", case, "--folder", str(folder), "--json"]) == 0
        looks = json.loads(capsys.readouterr().out)["looks"]
        mine = [look for look in looks if look["actor"] == "auditor:A1"]
        assert [look["did"] for look in mine] == ["opened", "denied", "read"]  # the case's time stands still
        refused = asyncio.run(in_anothers_name(site, case))
        assert (refused["accepted"], refused["rule"]) == (False, "ACTOR")
        with book(folder) as of_site:
            assert len(of_site.looks(case)) == 2
