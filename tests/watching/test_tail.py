"""`doorstep tail`: which facts, in which order, in one masked line; none lost or twice when the broker is killed."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import nats
import pytest
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError
from rich.cells import cell_len

from deploy import cli
from deploy.commands.tail import _moment, _patience
from deploy.keys import ADMIN
from deploy.processes import until
from deploy.provision import provision
from deploy.running import noted
from deploy.sites.settings import Settings
from deploy.supervisor import ROOT, Site
from deploy.watching.pattern import NoPattern, Pattern
from deploy.watching.tail import Road, Tail, Wanted, roads, roads_of_city
from deploy.watching.tail_lines import line
from shared.calendar import SHANGHAI

CENTER, CASE, OTHER = "620105", "SMFW-620105-20260311-0007-V", "SMFW-620105-20260302-0001-8"
NINE = datetime(2026, 3, 11, 9, 0, tzinfo=SHANGHAI)
ALL = Pattern.of("facts.>")


def fact(n, service="intake", case=CASE, kind="request_withdrawn.v1", **data):
    moment = (NINE + timedelta(minutes=n)).isoformat()
    return {
        "specversion": "1.0", "id": f"/{CENTER}/{service}/request/{case}/{n}", "source": f"/{CENTER}/{service}",
        "type": kind, "subject": f"request/{case}.2", "time": moment, "case": case, "actor": "clerk:F01",
        "causationid": "c", "rules": "r", "recordedat": moment, "timing": "exact", "origin": "live", "data": data,
    }  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("tail") / "live", CENTER, []) as site:
        asyncio.run(provision(site.bus(ADMIN), CENTER, ["intake", "visits"]))
        asyncio.run(publish(site, [fact(n, service) for n in range(6) for service in ("visits", "intake")]))
        asyncio.run(publish(site, [fact(6, case=OTHER, kind="request_completed.v1")]))
        yield site


async def publish(site, facts):
    """As the services do, each under its own key."""
    for service in {each["source"].rpartition("/")[2] for each in facts}:
        connection = await site.bus(service).connect()
        for each in facts:
            if each["source"].endswith(service):
                key = each["subject"].partition("/")[2].partition(".")[0]
                subject = f"facts.{CENTER}.{service}.{key}.{each['type']}"
                await connection.jetstream().publish(subject, json.dumps(each).encode(), timeout=5)
        await connection.close()


async def before(site, pattern=ALL, **wanted):
    async with site.console() as console, asyncio.timeout(10):
        return [
            (seen.document["source"].rpartition("/")[2], seen.recorded.minute)
            for seen in await Tail(console, roads(CENTER, pattern), Wanted(**wanted)).before()
        ]


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("facts.620105.*.CASE.>", ("620105", "*", "CASE", "*", "*")),
        ("facts.>", ("*", "*", "*", "*", "*")),
        ("facts.*.visits.*.departed.v1", ("*", "visits", "*", "departed", "v1")),
        (CASE.lower(), ("*", "*", CASE, "*", "*")),
        ("visits", ("*", "visits", "*", "*", "*")),
        ("appointment_booked", ("*", "*", "*", "appointment_booked", "*")),
        ("appointment_booked.v2", ("*", "*", "*", "appointment_booked", "v2")),
    ],
)
def test_a_pattern_is_a_subject_or_a_short_form_of_one(said, parts):
    assert Pattern.of(said).parts == ("facts", *parts)


@pytest.mark.parametrize(
    "said", ["facts.620105", "facts.a.b.c.d.e.f", "facts.>.v1", "SMFW-620105-20260311-0007-K", "?"]
)
def test_what_is_no_pattern_is_said_to_be_none(said, capsys):
    with pytest.raises(NoPattern):
        Pattern.of(said)
    assert cli.main(["tail", said]) == 2
    assert capsys.readouterr().out.strip()


def test_a_pattern_fits_the_document_as_it_fits_the_subject():
    assert [Pattern.of(said).fits(fact(1)) for said in (CASE, "intake", "request_withdrawn", "facts.*.*.*.*.v1")] == [
        True
    ] * 4
    assert [Pattern.of(said).fits(fact(1)) for said in (OTHER, "visits", "request_lapsed")] == [False] * 3


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("facts.>", {"intake": "facts.*.intake.>", "visits": "facts.*.visits.>"}),
        ("visits", {"visits": "facts.*.visits.>"}),
        (CASE, {"intake": f"facts.*.intake.{CASE}.>", "visits": f"facts.*.visits.{CASE}.>"}),
        ("left.v1", {"intake": "facts.*.intake.*.left.v1", "visits": "facts.*.visits.*.left.v1"}),
        ("facts.620102.visits.*.left.>", {"visits": "facts.620102.visits.*.left.>"}),
    ],
)
def test_of_each_stream_no_more_is_asked_than_it_may_hold(said, wanted):
    asked = {road.stream: road for road in roads(CENTER, Pattern.of(said))}
    found = {name: asked[stream].subject for name in ("intake", "visits")
             if (stream := f"FACTS-{CENTER}-{name}") in asked}  # fmt: skip
    assert found == wanted
    assert {road.whole for road in asked.values()} == {said in {"facts.>", "visits"}}


def test_at_a_hub_there_is_a_stream_for_each_center():
    city = ["620102", "620105"]
    assert roads_of_city(city, Pattern.of("facts.620105.>")) == [Road("CITY-620105", "facts.620105.>", whole=True)]
    assert roads_of_city(city, Pattern.of("visits")) == [
        Road(f"CITY-{center}", f"facts.{center}.visits.>", whole=False) for center in city
    ]


async def test_at_a_hub_the_facts_of_all_centers_come_together(nats_url):
    connection = await nats.connect(nats_url)
    for center in ("620102", "620105"):
        await connection.jetstream().add_stream(name=f"CITY-{center}", subjects=[f"facts.{center}.>"])
    for n, center in enumerate(("620105", "620102", "620105")):
        said = fact(n) | {"source": f"/{center}/intake"}
        await connection.jetstream().publish(f"facts.{center}.intake.x.request_withdrawn.v1", json.dumps(said).encode())
    tail = Tail(connection, roads_of_city(["620102", "620105"], ALL), Wanted(last=5))
    shown = [line(seen.document, "zh", center=True).plain for seen in await tail.before()]
    assert [each.split()[2] for each in shown] == ["620105", "620102", "620105"]
    await connection.close()


@pytest.mark.parametrize(
    ("said", "moment"),
    [("10m", NINE - timedelta(minutes=10)), ("2h", NINE - timedelta(hours=2)), ("2026-03-11T09:00", NINE),
     ("2026-03-11", NINE - timedelta(hours=9))],
)  # fmt: skip
def test_since_is_so_long_ago_or_a_moment_of_ours(said, moment):
    assert _moment(said, NINE) == moment


def test_a_line_says_when_where_whose_what_and_who_and_nothing_that_is_sealed():
    sealed = fact(5, kind="request_declined.v1", reason="out_of_scope", body="sealed:v1:k1:AAAA")
    told = line(sealed, "zh").plain
    assert told.startswith("03-11 09:05:00 受理 20260311-0007-V ")
    assert told.endswith("F01")
    assert ("sealed:" in told, "［已加密］" in told) == (False, True)
    assert line(sealed, "en", key=False).plain.startswith("03-11 09:05:00 intake     ")


def test_a_line_of_a_newer_fact_says_its_name():
    assert "something_new.v7" in line(fact(1, kind="something_new.v7"), "zh").plain
    broken = fact(1, kind="rule_deviated.v1")  # without what its sentence needs
    assert "rule_deviated.v1（此版本读不懂）" in line(broken, "zh").plain


def test_nobodys_text_moves_the_cursor():
    told = line(fact(1) | {"actor": "clerk:\x1b[2J"}, "zh").plain
    assert "\x1b" not in told


def test_columns_stand_below_each_other():
    heads = {cell_len(line(fact(1, service, case), "zh").plain.partition("0007-V")[0].partition("0001-8")[0])
             for service in ("intake", "visits", "feedback") for case in (CASE, OTHER)}  # fmt: skip
    assert len(heads) == 1


@pytest.mark.nats
async def test_what_is_there_comes_in_the_order_in_which_it_was_recorded(site):
    found = await before(site)
    assert [minute for _, minute in found] == sorted([*range(6), *range(6), 6])
    assert len(set(found)) == 13


@pytest.mark.nats
@pytest.mark.parametrize(
    ("pattern", "wanted", "minutes"),
    [
        ("facts.>", {"last": 3}, [5, 5, 6]),
        ("facts.>", {"last": 0}, []),
        (CASE, {"last": 1}, [5]),
        (OTHER, {"last": 5}, [6]),
        ("request_completed", {"last": 5}, [6]),
        ("visits", {"since": NINE + timedelta(minutes=4)}, [4, 5]),
        ("facts.>", {"since": NINE + timedelta(minutes=3), "last": 2}, [5, 6]),
        ("facts.620102.>", {"last": 5}, []),
    ],
)
async def test_only_what_is_asked_for(site, pattern, wanted, minutes):
    assert [minute for _, minute in await before(site, Pattern.of(pattern), **wanted)] == minutes


@pytest.mark.nats
async def test_what_comes_is_shown_and_goes_on_where_it_broke_when_the_broker_is_killed(site):
    back = asyncio.Event()

    async def reconnected():
        back.set()

    async def failed(_error):
        pass

    calls = {"reconnected_cb": reconnected, "error_cb": failed}
    async with site.console(**_patience(follow=True), **calls) as console, asyncio.timeout(40):
        tail = Tail(console, roads(CENTER, Pattern.of("visits")), Wanted(last=1))
        assert [seen.recorded.minute for seen in await tail.before()] == [5]
        coming = tail.on()
        await publish(site, [fact(7, "visits"), fact(7), fact(8, "visits")])
        assert [(await anext(coming)).recorded.minute for _ in range(2)] == [7, 8]
        site.kill("nats")
        await back.wait()
        while True:
            with suppress(NatsError, JetStreamError, OSError, TimeoutError):
                await publish(site, [fact(9, "visits"), fact(9)])  # before anybody listens again
                break
        while True:
            with suppress(NatsError, JetStreamError, OSError, TimeoutError):
                await tail.again()
                break
        await publish(site, [fact(10, "visits")])
        assert [(await anext(coming)).recorded.minute for _ in range(2)] == [9, 10]


@pytest.mark.nats
async def test_what_came_just_before_the_line_broke_is_not_shown_twice(site):
    async with site.console() as console, asyncio.timeout(20):
        tail = Tail(console, roads(CENTER, Pattern.of("intake")), Wanted(last=0))
        assert await tail.before() == []
        coming = tail.on()
        await publish(site, [fact(n) for n in (20, 21)])
        while tail._arrived.qsize() < 2:
            await asyncio.sleep(0.01)
        await tail.again()  # both have come, neither was taken
        await publish(site, [fact(22)])
        assert [(await anext(coming)).recorded.minute for _ in range(3)] == [20, 21, 22]


@pytest.mark.nats
def test_the_command_shows_lines_or_documents(site, capsys):
    folder = ["--folder", str(site.folder), "--no-follow"]
    assert cli.main(["tail", OTHER, *folder]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 1
    assert "0001-8" not in shown[0], "whose it is was asked for: every line would repeat it"
    assert cli.main(["tail", OTHER, "--json", *folder]) == 0
    assert [json.loads(said) for said in capsys.readouterr().out.splitlines()] == [
        fact(6, case=OTHER, kind="request_completed.v1")
    ]


def test_where_nothing_ever_ran_there_is_nothing(tmp_path, capsys):
    assert cli.main(["tail", "--folder", str(tmp_path)]) == 3


@pytest.mark.nats
def test_following_ends_with_the_site_and_says_so(tmp_path):
    env = {**os.environ, "DOORSTEP_VAR": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    doorstep = [sys.executable, "-P", "-m", "deploy.cli"]
    subprocess.run([*doorstep, "up", "--detach", "--services"], env=env, check=True, capture_output=True)
    try:
        tail = subprocess.Popen([*doorstep, "tail"], env=env, stderr=subprocess.PIPE, text=True)
        url = noted(tmp_path / "live").nats_url
        assert until(lambda: connections(url) > 0, 10)
    finally:
        subprocess.run([*doorstep, "down"], env=env, check=True, capture_output=True)
    _, said = tail.communicate(timeout=20)
    assert tail.returncode == 0
    assert said.splitlines()[-1] == "服务已停止。"


def connections(url):
    """How many others have one open to this port."""
    port = f":{int(url.rpartition(':')[2]):04X}"
    open_ = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[2].endswith(port) and row[3] == "01" for row in open_)


@pytest.mark.nats
def test_who_works_at_a_hub_may_listen_to_its_streams(tmp_path, capsys):
    Settings("hub", "hub", ("620102", "620105")).write(tmp_path / "hub")
    with Site(tmp_path / "hub", "hub", []) as site:
        assert [done.action for done in site.provisioned if done.stream.startswith("CITY-")] == ["made", "made"]
        assert cli.main(["tail", "--no-follow", "--last", "3", "--folder", str(site.folder)]) == 0
    assert capsys.readouterr().out == ""
