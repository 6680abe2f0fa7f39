"""The sample month reported: recorded with the service, received by the head, its anomalies supervised."""

import asyncio
import json
import shutil
from datetime import datetime

import pytest

from deploy import cli
from deploy.facts import Site as Facts
from deploy.play.engine import Engine
from deploy.supervisor import Site
from tests.journey.playing import CENTER, Played

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]
MONTH = "620105-202603"
SMALL = 5  # DOMAIN 17


async def told_the_time(site: Site, last: datetime) -> None:
    async with site.console() as connection:
        engine = Engine(connection, site.center, site.services, lambda _now, _done: None)
        await engine.statuses(last, advance=False)


@pytest.fixture
def site(month: Played, tmp_path, monkeypatch):
    folder = tmp_path / "played"
    shutil.copytree(month.folder, folder)
    monkeypatch.setenv("DOORSTEP_VAR", str(tmp_path))
    with Site(folder, CENTER, mode="played") as site:
        asyncio.run(told_the_time(site, max(datetime.fromisoformat(fact["recordedat"]) for fact in month.facts)))
        yield site


def report(*more: str) -> int:
    return cli.main(["report", "--month", "2026-03", *more])


def test_Q01_a_report_that_is_missing_is_shown_as_missing_and_then_made_received_and_supervised(site, month, capsys):
    assert report() == 0
    assert "尚未作出" in capsys.readouterr().out
    assert report("--record", "--as", "clerk:F01") == 1  # no right to
    assert report("--record") == 0
    assert report("--record") == 1  # once
    capsys.readouterr()
    assert report() == 0
    assert "尚未呈报" in capsys.readouterr().out
    assert cli.main(["tell", "feedback", "receive_monthly_report", f"case={MONTH}", "--as", "director:L01"]) == 0
    (made,) = (fact for fact in Facts(site.folder).all() if fact["type"] == "monthly_report_made.v1")
    assert (made["data"]["cases"], made["case"]) == (len(month.ledger.rows), MONTH)
    for anomaly in made["data"]["anomalies"]:
        fields = [f"case={MONTH}", f"kind={anomaly['kind']}", f"about={anomaly['about']}", "measure=interview"]
        assert cli.main(["tell", "feedback", "supervise_anomaly", *fields, "--as", "supervisor:F06"]) == 0
    capsys.readouterr()
    assert report() == 0
    assert "异常均已督查" in capsys.readouterr().out


def test_Q01_without_a_running_site_nothing_is_recorded(month, capsys):
    assert report("--record", "--folder", str(month.folder)) == 3
    assert report("--record", "--folder", str(month.folder.parent / "nowhere")) == 3
    assert cli.main(["report", "--month", "2020-01", "--folder", str(month.folder)]) == 4
    assert cli.main(["report", "--record", "--folder", str(month.folder)]) == 2
    assert "2026-03" in capsys.readouterr().out


def test_the_public_form_names_no_case_and_no_small_figure(month, capsys):
    assert report("--public", "--json", "--folder", str(month.folder)) == 0
    text = capsys.readouterr().out
    assert not [case for case in month.case_of.values() if case in text]
    shown = [each for each in json.loads(text)["indicators"] if each["numerator"] is not None]
    assert shown
    for each in shown:
        others = (each["denominator"] or 0) - each["numerator"]
        assert each["numerator"] >= SMALL, each
        assert each["unit"] != "share" or others == 0 or others >= SMALL, each
    assert report("--public", "--folder", str(month.folder)) == 0
    assert "少于5" in capsys.readouterr().out


def test_the_cases_of_a_mean_and_of_a_count_are_listed(month, capsys):
    assert report("--cases", "days_to_door", "--folder", str(month.folder)) == 0
    assert report("--cases", "check_out_overdue", "--folder", str(month.folder)) == 0
    assert "SMFW-620105-202603" in capsys.readouterr().out
