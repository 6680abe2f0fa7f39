"""`doorstep watch`: what is wrong is named, with whom; it fits 80 columns; the cases, not the messages, are counted."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from urllib.request import urlopen

import pytest
from rich.console import Console

from deploy import cli
from deploy.certificates import authority
from deploy.gathering import Gathered
from deploy.processes import Known
from deploy.running import Running
from deploy.supervisor import ROOT, Site
from deploy.watching.exporter import samples
from deploy.watching.frame import Frame, _rates
from deploy.watching.screen import screen, span
from tests.watching.test_health import ask, until

NOW = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
CASE = "SMFW-620105-20260311-0007-V"


def inbox(**more):
    return {"upstream": "620105.visits", "mine": True, "position": 5, "last": 5, "behind": 0, "lag": 0.0, "held": 0,
            "retried": 0, "dead": 0, "handled_ago": 3.0} | more  # fmt: skip


def told(**more):
    return {"service": "intake", "mode": "live", "now": NOW.isoformat(), "head": 12, "published": 12, "unpublished": 0,
            "unpublished_for": 0.0, "last": {"type": "request_accepted.v1", "at": NOW.isoformat()}, "stopped": "",
            "inboxes": [inbox()], "letters": {"held": 0, "dead": 0}, "effects": {"pending": 0, "failed": 0},
            "clocks": {"running": 1, "at_risk": 0, "breached": 0}, "by_clock": {}, "at_risk": []} | more  # fmt: skip


def risk(case, hours, *, late=False):
    return {"case": case, "clock": "T01", "due": (NOW + timedelta(hours=hours)).isoformat(), "late": late}


def frame(services=None, **more):
    return Frame("620105", "620105", NOW, True, services or {"intake": told()}, None, **more)


def shown(frame, width=80, language="zh", height=None):
    out = StringIO()
    Console(file=out, width=width, highlight=False).print(screen(frame, language, height))
    return out.getvalue()


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("wrong_silent", frame({"intake": None})),
        ("wrong_outbox", frame({"intake": told(stopped="the stream holds 9 facts, the store 7")})),
        ("wrong_lag", frame({"intake": told(inboxes=[inbox(behind=40, lag=31.0)])})),
        ("wrong_letters", frame({"intake": told(letters={"held": 0, "dead": 2})})),
        ("wrong_process", frame(dead=["intake"])),
        ("wrong_broker", Frame("620105", "620105", NOW, False, {"intake": None}, None)),
        ("wrong_line", frame(centers=[Gathered("620102", False, 10, 3, 99.0)])),
    ],
)
def test_what_is_wrong_is_named(key, wrong):
    assert [found for found, _ in wrong.unwell] == [key]
    assert "1 处异常" in shown(wrong)


def test_a_replica_that_does_not_hear_is_not_behind():
    assert frame({"intake": told(inboxes=[inbox(mine=False, behind=500, lag=999.0)])}).unwell == []


def test_all_is_well_is_said_only_where_nothing_is_wrong():
    assert frame().unwell == []
    assert "一切正常" in shown(frame())


def test_the_late_come_first_and_then_whoever_has_the_least_time():
    services = {
        "intake": told(at_risk=[risk("A", 5), risk("B", 1)]),
        "visits": told(at_risk=[risk("C", -2, late=True), risk("D", 3)]),
    }
    assert [each["case"] for each in frame(services).at_risk] == ["C", "B", "D", "A"]


def test_a_case_at_risk_is_shown_with_what_is_left():
    text = shown(frame({"intake": told(at_risk=[risk(CASE, 2), risk(CASE, -3, late=True)])}))
    assert CASE in text
    assert "剩 2 小时" in text
    assert "已超 3 小时" in text


def test_a_rate_is_what_came_between_two_looks():
    before = Frame("s", "s", NOW, True, {"intake": told(head=10), "visits": None}, None)
    now = {"intake": told(head=30), "visits": told(head=5)}
    assert _rates(now, NOW + timedelta(seconds=10), before) == {"intake": 2.0}


@pytest.mark.parametrize("height", [24, 40])
def test_on_a_terminal_the_cases_take_the_lines_that_are_left_and_the_rest_is_counted(height):
    names = ("vault", "intake", "scheduling", "visits", "feedback")
    busy = told(inboxes=[inbox(upstream=f"620105.{name}") for name in names[1:3]], at_risk=[risk(CASE, 2)] * 9)
    lines = shown(frame(dict.fromkeys(names, busy)), 80, height=height).rstrip().splitlines()
    assert len(lines) == height
    there = sum(CASE in line for line in lines)
    assert there == height - 22
    assert f"另有 {45 - there} 件" in lines[-1]


@pytest.mark.parametrize(("language", "most"), [("zh", 27), ("en", 32)])
def test_a_busy_site_fits_eighty_columns_and_a_screen(language, most):
    names = ("vault", "intake", "scheduling", "visits", "feedback")
    busy = told(head=1_234_567, published=1_234_567, inboxes=[inbox(upstream=f"620105.{name}") for name in names[1:]],
                at_risk=[risk(CASE, 2)])  # fmt: skip
    lines = shown(frame(dict.fromkeys(names, busy)), 80, language).splitlines()
    assert max(Console(width=200).measure(line).maximum for line in lines) <= 80
    assert all(any(word in line for line in lines) for word in ("1,234,567", CASE))
    assert len(lines) <= most


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [(0.4, "0 秒", "0 s"), (59, "59 秒", "59 s"), (7200, "2 小时", "2 h"), (-90, "2 分", "2 m")],
)
def test_a_span_has_the_largest_unit_that_says_enough(seconds, zh, en):
    assert (span(seconds, "zh"), span(seconds, "en")) == (zh, en)


def flat(samples):
    return {(one.name, *one.labels.values()): one.value for each in samples for one in each.family.samples}


def test_what_no_service_can_tell_of_itself_is_told_for_it(tmp_path):
    authority(tmp_path / "tls", "a trial")
    us = Known.of(os.getpid())
    running = Running(tmp_path, "hub", "hub", "live", "", up=True, supervisor=us,
                      processes={"intake": us, "visits": us}, restarts={"intake": 3})  # fmt: skip
    centers = [Gathered("620102", False, 10, 3, 99.0), Gathered("620103", True, 10, 0, 0.5)]
    found = flat(samples(frame({"intake": told(), "visits": None}, dead=["visits"], centers=centers), running))
    assert (found["doorstep_process_up", "intake"], found["doorstep_process_up", "visits"]) == (1, 0)
    assert found["doorstep_process_restarts", "intake"] == 3
    assert (found["doorstep_answers", "intake"], found["doorstep_answers", "visits"]) == (1, 0)
    assert (found["doorstep_line_connected", "620102"], found["doorstep_line_connected", "620103"]) == (0, 1)
    assert (found["doorstep_line_behind_facts", "620102"], found["doorstep_line_silent_seconds", "620102"]) == (3, 99)
    assert 0 < found["doorstep_disk_used_ratio",] < 1
    assert found["doorstep_certificate_seconds_left", "tls/ca.crt"] > 3000 * 86400


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("watch") / "live", "620105") as site:
        asyncio.run(until(lambda: all(ask(site, name, "ready")[0] == 200 for name in site.services)))
        yield site


@pytest.mark.nats
@pytest.mark.timeout(60)
def test_of_a_site_that_runs_every_service_tells(site, capsys):
    code = cli.main(["watch", "--json", "--folder", str(site.folder)])
    said = json.loads(capsys.readouterr().out)
    assert (code, said["unwell"]) == (0, [])
    assert set(said["services"]) == set(site.services) - {"audit"}
    heard = {each["upstream"] for each in said["services"]["intake"]["inboxes"]}
    assert heard == {"620105.visits", "620105.feedback"}
    assert cli.main(["watch", "--once", "--folder", str(site.folder)]) == 0
    assert "一切正常" in capsys.readouterr().out


@pytest.mark.nats
@pytest.mark.timeout(60)
def test_prometheus_finds_every_service_and_the_sites_own_figures(site):
    with served(site) as address:
        groups = json.loads(got(f"{address}/targets"))
        assert {group["labels"]["service"] for group in groups} == set(site.services)
        for group in groups:
            assert "doorstep_" in got(f"http://{group['targets'][0]}/metrics")
        assert "doorstep_broker_up 1.0" in got(f"{address}/metrics")
        assert json.loads(got(f"{address}/healthz/ready")) == {"ok": True, "parts": {"site": "ok"}}


@pytest.mark.nats
def test_an_address_that_is_none_or_taken_is_said(site, capsys):
    assert cli.main(["watch", "--serve", "here", "--folder", str(site.folder)]) == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        assert cli.main(["watch", "--serve", where, "--folder", str(site.folder)]) == 1
    assert where in capsys.readouterr().out


@contextmanager
def served(site):
    """As an operator starts it: a process of its own."""
    command = [sys.executable, "-m", "deploy.cli", "watch", "--serve", "127.0.0.1:0", "--folder", str(site.folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield re.search(r"(http://[\d.:]+)/metrics", process.stdout.readline()).group(1)
    finally:
        process.terminate()
        assert process.wait(10) == 0


def got(url):
    with urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def test_where_nothing_runs_it_says_so(tmp_path, capsys):
    assert cli.main(["watch", "--once", "--folder", str(tmp_path)]) == 3
    assert "没有正在运行" in capsys.readouterr().out
