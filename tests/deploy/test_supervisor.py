"""A site with real processes and a real nats-server: it stays up, it ends clean, and others can find and end it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.processes import Known, until
from deploy.running import end, noted
from deploy.supervisor import ROOT, AlreadyRunning, Site, services_here

pytestmark = pytest.mark.nats

HOST = """
import sys
from pathlib import Path
from deploy.supervisor import Site, serve
serve(Site(Path(sys.argv[1]), "620105", code=Path(sys.argv[2])))
"""


def events(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "log" / "supervisor.log").read_text().splitlines()]


def host(folder: Path, code: Path) -> "subprocess.Popen[bytes]":
    """A site in a process of its own, as `doorstep up` has it."""
    process = subprocess.Popen([sys.executable, "-c", HOST, str(folder), str(code)], cwd=ROOT)
    assert until(lambda: bool((here := noted(folder)) and here.up), 10)
    assert until((folder / "services.steady.env").exists, 10), "its SIGTERM handler is in place"
    return process


def nothing_left(known: dict[str, Known]) -> Callable[[], bool]:
    return lambda: not any(process.alive for process in known.values())


def test_a_service_is_told_where_everything_is(tmp_path: Path, code: Path):
    folder = tmp_path / "site"
    with Site(folder, "620105", ["steady"], mode="played", site="anning", code=code) as site:
        assert until((folder / "services.steady.env").exists, 10)
        told = json.loads((folder / "services.steady.env").read_text())
        url = site.nats_url
    assert told == {
        "NATS_URL": url,
        "CENTER": "620105",
        "SITE": "anning",
        "MODE": "played",
        "CENTER_DATA": str(ROOT / "deploy" / "centers" / "620105"),
        "KEYS": str(folder / "keys"),
        "SQLITE_DBNAME": str(folder / "steady.sqlite"),
        "PERSISTENCE_MODULE": "shared.recorders.sqlite",
    }
    assert (folder / "keys").stat().st_mode & 0o077 == 0, "keys are nobody else's"
    assert (folder / "log" / "steady.log").read_text() == "here\n"


def test_a_service_that_ends_before_the_others_are_up_is_started_again(tmp_path: Path, code: Path):
    folder = tmp_path / "site"
    with Site(folder, "620105", ["shaky", "steady"], code=code) as site:
        assert until((folder / "services.shaky.env").exists, 10)
        assert site.restarts == {"nats": 0, "shaky": 2, "steady": 0}
        assert set(site.pids) == {"nats", "shaky", "steady"}
    deaths = [(event["name"], event["code"]) for event in events(folder) if event["event"] == "died"]
    assert deaths == [("shaky", 7), ("shaky", 7)]


async def test_whatever_is_killed_comes_back_and_the_address_stays(tmp_path: Path, code: Path):
    async with Site(tmp_path / "site", "620105", ["steady"], code=code) as site:
        before = site.pids
        for name in ("steady", "nats"):
            assert site.kill(name) == before[name]
        assert until(lambda: all(site.pids.get(name, before[name]) != before[name] for name in before), 10)
        async with site.console(allow_reconnect=True, max_reconnect_attempts=99) as connection:
            assert (await connection.jetstream().stream_info("FACTS-620105-steady")).config.deny_delete
        assert until(lambda: (here := noted(site.folder)) is not None and here.restarts == site.restarts, 5)


def test_stopping_lets_every_service_finish_and_leaves_no_process(tmp_path: Path, code: Path):
    folder = tmp_path / "site"
    with Site(folder, "620105", ["steady"], code=code):
        assert until((folder / "services.steady.env").exists, 10)
        known = dict(noted(folder).processes)
        assert set(known) == {"nats", "steady"}
    assert nothing_left(known)()
    assert (folder / "services.steady.left").read_text() == "in good order"
    assert noted(folder) is None
    assert "killed" not in [event["event"] for event in events(folder)]


def test_a_folder_has_one_supervisor(tmp_path: Path, code: Path):
    with Site(tmp_path / "site", "620105", [], code=code) as first:
        with pytest.raises(AlreadyRunning):
            Site(tmp_path / "site", "620105", [], code=code).start()
        assert first.pids
        assert noted(first.folder).alive, "the second left it alone"


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_in_order(tmp_path: Path, code: Path, sign: signal.Signals):
    folder = tmp_path / "site"
    process = host(folder, code)
    known = dict(noted(folder).processes)
    process.send_signal(sign)
    assert process.wait(15) == 0
    assert nothing_left(known)()


def test_another_process_ends_a_site(tmp_path: Path, code: Path):
    folder = tmp_path / "site"
    process = host(folder, code)
    known = dict(noted(folder).processes)
    assert end(folder) == ["supervisor"]
    assert process.wait(5) == 0
    assert nothing_left(known)()
    assert end(folder) == []


def test_what_a_killed_supervisor_left_behind_is_cleared_away_by_the_next(tmp_path: Path, code: Path):
    folder = tmp_path / "site"
    process = host(folder, code)
    orphans = dict(noted(folder).processes)
    process.kill()
    process.wait(5)
    assert not noted(folder).alive
    with Site(folder, "620105", ["steady"], code=code) as site:
        assert nothing_left(orphans)()
        assert set(site.pids) == {"nats", "steady"}


def test_a_stranger_with_a_noted_number_is_left_alone(tmp_path: Path):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        now = Known.of(stranger.pid)
        before = Known(stranger.pid, now.started - 1, now.command)
        assert before.end(1) is False
        assert Known(stranger.pid, now.started, ("other",)).end(1) is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_services_start_in_the_order_of_the_process(tmp_path: Path):
    for name in ("audit", "visits", "intake", "vault", "none"):
        (tmp_path / "services" / name).mkdir(parents=True)
        if name != "none":
            (tmp_path / "services" / name / "__main__.py").touch()
    assert services_here(tmp_path) == ["vault", "intake", "visits", "audit"]
