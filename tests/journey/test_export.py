"""The sample month, played and exported, is the ledger that it was played from: every case, every column."""

import asyncio
import shutil
import stat
import time
from dataclasses import fields, replace
from datetime import date, datetime

import pytest

from deploy import cli
from deploy.export.cases import registered_cases
from deploy.export.ledger import ledger_rows
from deploy.export.opening import open_all
from deploy.export.own_words import NEVER_IN_FACTS, SAYS, read
from deploy.facts import Site
from deploy.ledger import COLUMNS, Material, Materials, read_ledger
from deploy.ledger.rows import Row
from deploy.supervisor import Site as Running
from tests.given import anning
from tests.journey.playing import CENTER, Played, stored
from tests.journey.test_live_case import Center, live

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]
SECONDS = 60  # four on a machine that does nothing else; more than fifteen there would be a fault
# Columns that do not come back from an export, each with the reason. There is none.
LOST: dict[str, str] = {}
# What no fact of the case says, so that it comes back only in the words of the sealed row.
WORDS_ALONE = {
    *NEVER_IN_FACTS,
    "materials",  # "complete" of a request that was declined, withdrawn or lapsed: nobody asks for papers then
}


@pytest.fixture(scope="module")
def folder(month: Played, tmp_path_factory: pytest.TempPathFactory):
    """A copy: an export leaves its openings in the vault's store."""
    copied = tmp_path_factory.mktemp("export") / "played"
    shutil.copytree(month.folder, copied)
    return copied


@pytest.fixture(scope="module")
def file(folder, tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("out") / "ledger.xlsx"
    started = time.monotonic()
    assert cli.main(["export", "--folder", str(folder), "--month", "2026-03", "--out", str(out)]) == 0
    assert time.monotonic() - started < SECONDS
    return out


def differing(one: Row, other: Row) -> set[str]:
    """`row` is where it stands in the file, `cells` how it was spelt."""
    names = {each.name for each in fields(Row)} - {"row", "cells"}
    return {name for name in names if getattr(one, name) != getattr(other, name)}


def test_an_export_read_again_gives_the_rows_that_were_taken(month, file):
    exported = read_ledger(file)
    assert exported.errors == []
    assert exported.title == "安宁区政务服务中心上门服务台账"
    in_order = sorted(month.ledger.rows, key=lambda row: (row.registered_at, month.case_of[row.row]))
    assert [row.serial for row in exported.rows] == [row.serial for row in in_order]
    lost = {
        (row.serial, name)
        for row, again in zip(in_order, exported.rows, strict=True)
        for name in differing(row, again)
        if name not in LOST
    }
    assert lost == set()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_H03_each_case_was_opened_for_the_archive_by_who_asked_and_it_is_on_record(month, folder, file):
    assert file.exists()
    opened = [fact for fact in Site(folder).all() if fact["type"] == "personal_data_opened.v1"]
    archive = [fact for fact in opened if fact["data"]["purpose"] == "archive"]
    assert {fact["case"] for fact in archive} == set(month.case_of.values())
    assert {fact["actor"] for fact in archive} == {"archivist:F08"}
    last = max(datetime.fromisoformat(fact["recordedat"]) for fact in month.facts)
    assert {datetime.fromisoformat(fact["recordedat"]) for fact in archive} == {last}  # its time stood still
    assert not (folder / "site.json").exists()
    for service in ("intake", "scheduling", "visits", "feedback"):
        assert stored(folder, service) == stored(month.folder, service)


def test_without_the_sealed_rows_the_facts_alone_say_all_but_what_is_named(month, folder):
    """The personal fields are opened, the row that the ledger had is not looked at."""
    cases = registered_cases(month.facts)
    last = max(datetime.fromisoformat(fact["recordedat"]) for fact in month.facts)
    opened = open_all(folder, CENTER, cases, "archivist:F08", last)
    tokens = {case.registered["ledger_text"] for case in cases}
    blind = {
        number: replace(each, texts={token: text for token, text in each.texts.items() if token not in tokens})
        for number, each in opened.items()
    }
    found = {case.number: read(cells) for case, cells in zip(cases, ledger_rows(cases, blind, anning()), strict=True)}
    for column in COLUMNS:
        if column.name in WORDS_ALONE:
            continue
        says = SAYS.get(column.name, lambda values, name=column.name: values[name])
        for row in month.ledger.rows:
            paper = read(row.cells)
            assert says(found[month.case_of[row.row]]) == says(paper), (column.heading, row.serial)


@pytest.fixture
def live_site(tmp_path, monkeypatch):
    with Running(tmp_path / "played", CENTER, mode="played", env=lambda _: {"GATEWAY": "simulated"}) as running:
        asyncio.run(_carried(running))
        yield running


async def _carried(running: Running) -> None:
    async with running.console() as connection:
        await live(Center(connection, running))


def test_a_case_that_was_never_on_paper_is_a_row_like_any_other_and_the_site_goes_on(live_site, tmp_path):
    out = tmp_path / "ledger.csv"
    processes = live_site.pids
    assert cli.main(["export", "--folder", str(live_site.folder), "--out", str(out)]) == 0
    assert live_site.pids == processes  # the vault that runs was asked, no other was started
    exported = read_ledger(out)
    assert exported.errors == []
    (row,) = exported.rows
    said = {"serial": "1", "applicant_name": "甲乙丙", "id_number": "620105194503120014", "phone": "13900000000",
            "address": "某街道1号", "agent_name": None, "channel": "phone", "scope": "A3", "decision": "accepted",
            "appointment_day": date(2026, 3, 5), "appointment_period": "09:00-10:00", "reschedules": 0,
            "credentials_shown": True, "recording": "given", "outcome": "accepted_on_site", "delivery_way": "post",
            "return_visitor": "D01", "return_visit": "satisfied", "rating": 5, "rating_codes": ("510",),
            "complaint_text": "态度生硬", "complaint_code": "CT01", "finding": "FD3"}  # fmt: skip
    assert {name: getattr(row, name) for name in said} == said
    assert [member.id for member in row.team or ()] == ["A01", "A02"]
    assert row.materials == Materials("missing", ("户口簿复印件",))
    assert (row.materials_taken, row.materials_returned) == ((Material("户口簿", 1, True),),) * 2
    moments = (row.registered_at, row.contacted_at, row.notified_at, row.supplemented_at, row.decided_at,
               row.confirmed_at, row.departed_at, row.arrived_at, row.ended_at, row.delivered_at,
               row.return_visit_at, row.complained_at, row.complaint_replied_at)  # fmt: skip
    assert sorted(moments) == list(moments)


def test_who_may_not_open_exports_nothing(folder, tmp_path, capsys):
    out = tmp_path / "ledger.csv"
    assert cli.main(["export", "--folder", str(folder), "--out", str(out), "--as", "visitor:A01"]) == 1
    assert "H-01" in capsys.readouterr().out
    assert not out.exists()


def test_masked_asks_nobody(folder, tmp_path, month):
    out = tmp_path / "ledger.csv"
    before = stored(folder, "vault")
    assert cli.main(["export", "--folder", str(folder), "--out", str(out), "--masked"]) == 0
    assert stored(folder, "vault") == before
    text = out.read_text("utf-8-sig")
    assert len(text.splitlines()) == len(month.ledger.rows) + 1
    for row in month.ledger.rows:
        assert row.applicant_name not in text
        assert (row.id_number or "—") not in text
