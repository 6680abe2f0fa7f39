"""The command itself, and a paper with a name on it: the vault gives it out to whom it may concern and keeps who."""

import argparse
import asyncio
import stat
from pathlib import Path

import pytest

from deploy import cli
from deploy.commands import form
from deploy.facts import Site as Facts
from deploy.forms.catalogue import load_forms
from deploy.forms.people import opened
from deploy.running import noted
from deploy.supervisor import CENTERS, Site
from shared.contracts import intake
from shared.sealed import NotSealed
from tests.given import at
from tests.journey.test_live_case import CENTER, Center

RECEIPT = load_forms(CENTERS / CENTER).forms["receipt"]


async def registered(url: str, site: Site) -> str:
    async with site.console() as connection:
        center = Center(connection, site)
        await center.at("2026-03-02 09:20")
        person = await center.vault.seal_person(
            "t:seal", "clerk:F01", "甲乙丙", "id_card", "620105194503120014", "13900004321", "某街道1号",
            on=at("2026-03-02 00:00").date(),
        )  # fmt: skip
        answer = await center.done("intake", intake.RegisterRequest, "clerk:F01", case=f"{CENTER}-20260302",
                                   channel="phone", scope="A3", matter="MT-HUKOU", applicant=person,
                                   consent=True)  # fmt: skip
        return answer.case or ""


@pytest.mark.nats
def test_a_paper_with_a_name_is_printed_for_whom_it_concerns_and_that_is_on_record(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DOORSTEP_VAR", str(tmp_path))
    folder = tmp_path / "played"
    with Site(folder, CENTER, mode="played", env=lambda _: {"GATEWAY": "simulated"}) as site:
        case = asyncio.run(registered(site.nats_url, site))
        running = noted(folder)
        assert running
        facts = _facts(folder, case)
        assert opened(running, RECEIPT, facts, "clerk:F01", "contact")["person"] == {"name": "甲乙丙",
                                                                                    "phone": "13900004321"}  # fmt: skip
        with pytest.raises(NotSealed) as no:
            opened(running, RECEIPT, facts, "archivist:F08", "contact")
        assert no.value.rule == "H-01"
        named = tmp_path / "named.html"
        assert _said(folder, "receipt", case, open=True, out=named) == 0
        assert "甲乙丙" in named.read_text("utf-8")
        assert _said(folder, "receipt", case, open=True, actor="archivist:F08") == 1
        kinds = [(f["type"], f["actor"], f["data"].get("purpose")) for f in _facts(folder, case)]
        assert kinds.count(("personal_data_opened.v1", "clerk:F01", "contact")) == 2
        assert ("personal_data_denied.v1", "archivist:F08", "contact") in kinds

    out = tmp_path / "receipt.html"
    assert _said(folder, "receipt", case, out=out) == 0  # from the stores: nothing runs any more
    page = out.read_text("utf-8")
    assert case in page
    assert "甲乙丙" not in page
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert _said(folder, "receipt", case, open=True) == 3  # no vault, no name
    assert _said(folder, "refusal", case) == 5
    monkeypatch.setenv("DOORSTEP_LANG", "en")
    assert _said(folder, "refusal", case) == 5
    assert _said(folder, "poem", case) == 2
    assert _said(folder, "materials", case, blank=True) == 0
    assert _said(folder, "refusal", case, blank=True) == 2
    told = capsys.readouterr().out
    assert f"办件 {case} 没有“不予上门”的记录，不能出具《不予上门（不予受理）告知书》。" in told
    assert f"Case {case} has no record of: refusal." in told


def _facts(folder: Path, case: str) -> list[dict]:
    return Facts(folder).case(case)


def _said(folder: Path, kind: str, case: str, **more) -> int:
    given = {"out": None, "open": False, "actor": "clerk:F01", "purpose": None, "blank": False} | more
    return form.main(argparse.Namespace(kind=kind, number=case, folder=folder, **given))


def test_what_is_no_case_and_no_site_is_said(tmp_path):
    assert _said(tmp_path, "receipt", "SMFW-620105-20260302-0001-9") == 2
    assert _said(tmp_path, "receipt", "SMFW-620105-20260302-0001-8") == 3


def test_the_papers_are_listed_with_what_they_rest_on(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["form", "--list"])
    assert not end.value.code
    told = capsys.readouterr().out
    assert all(kind in told for kind in load_forms(CENTERS / CENTER).forms)


def test_an_option_may_stand_anywhere(tmp_path, capsys):
    assert cli.main(["form", "materials", "--blank", "SMFW-620105-20260302-0001-8", "--folder", str(tmp_path)]) == 3
    assert capsys.readouterr().out
