"""A city made by `doorstep init`: its files pass their own validators, and its processes are really started."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from nats.js.errors import Error as JetStreamError

from deploy.certificates import ends
from deploy.cli import main
from deploy.gathering import city_stream
from deploy.keys import ADMIN, bus_of
from deploy.sites.making import add_center, make_center, make_city
from deploy.sites.settings import SettingsWrong, read
from deploy.sites.units import CODE
from deploy.supervisor import Site
from tests.deploy.sealing import FACTS, sealed
from tests.servers import free_port

CENTER = "620105"


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("city"), free_port()
    make_city(folder, "127.0.0.1", port, trial=True, listen=f"127.0.0.1:{free_port()}")
    add_center(folder, CENTER, listen=f"127.0.0.1:{free_port()}")
    return folder


def binary():
    return str(Path(sys.executable).parent / "nats-server")


@pytest.mark.parametrize("part", ["hub", f"centers/{CENTER}"])
def test_the_broker_takes_its_configuration(city, part):
    done = subprocess.run(
        [binary(), "-t", "-c", "nats.conf"], cwd=city / part, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = (city / part / "nats.conf").read_text("utf-8")
    assert "sync_interval: always" in said
    assert "SU" + "A" not in re.sub(r"U[A-Z0-9]{55}", "", said)  # no seed in it


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
@pytest.mark.parametrize("part", ["hub", f"centers/{CENTER}"])
def test_systemd_takes_the_units(city, part, tmp_path):
    """With programs where the units expect them."""
    for name in ("python", "nats-server"):
        program = tmp_path / ".venv" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.symlink_to("/bin/true")
    for unit in (city / part / "systemd").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace(CODE, str(tmp_path)), "utf-8")
    units = [str(path) for path in sorted(tmp_path.glob("doorstep*"))]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "doorstep" in line]) == (0, [])


def test_a_broker_reads_its_configuration_again_when_it_is_told_to(city):
    unit = (city / "hub" / "systemd" / "doorstep-nats.service").read_text("utf-8")
    assert "ExecReload=/bin/kill -HUP $MAINPID" in unit, "as the text of `center add` says: systemctl reload"


@pytest.mark.parametrize("part", ["hub", f"centers/{CENTER}"])
def test_compose_is_valid_by_the_specification_s_schema(city, part):
    check = Draft7Validator(json.loads((Path(__file__).parent / "compose-spec.json").read_text("utf-8")))
    made = json.loads((city / part / "compose.yaml").read_text("utf-8"))
    assert [error.message for error in check.iter_errors(made)] == []
    for wrong in ({"ports": [{"published": {}}]}, {"restart": 3}, {"enviroment": {}}, {"env_file": {"path": "x"}}):
        odd = made | {"services": made["services"] | {"nats": made["services"]["nats"] | wrong}}
        assert not check.is_valid(odd), wrong


def test_compose_has_a_process_for_each_of_the_sites_own(city):
    made = json.loads((city / "centers" / CENTER / "compose.yaml").read_text("utf-8"))["services"]
    services = {path.stem for path in (city / "centers" / CENTER / "env").iterdir()}
    assert made.keys() == {"nats", "streams", "reference", *services}
    assert all(
        (city / "centers" / CENTER / file).exists() for each in made.values() for file in each.get("env_file", ())
    )
    dockerfile = Path(made["intake"]["build"]["dockerfile"])
    assert "ARG SERVICE" in dockerfile.read_text("utf-8")
    assert {each["build"]["args"]["SERVICE"] for each in made.values() if "build" in each} == {"tools", *services}


def test_no_secret_has_a_default_or_is_open_to_others(city):
    secrets = [path for path in city.rglob("*") if path.suffix in {".nk", ".key", ".env"} or path.name == "line.conf"]
    assert len(secrets) > 10
    assert all(path.stat().st_mode & 0o077 == 0 for path in secrets)
    seeds = {path.read_bytes() for path in city.rglob("*.nk")}
    assert len(seeds) == len(list(city.rglob("*.nk")))  # each its own
    for path in city.rglob("*"):
        if path.is_file() and path not in secrets:
            assert not any(seed.strip() in path.read_bytes() for seed in seeds), path


def test_what_is_made_again_keeps_its_keys_and_certificates(city):
    before = {path: path.read_bytes() for path in city.rglob("*") if path.suffix in {".nk", ".key", ".crt"}}
    add_center(city, CENTER)
    assert {path: path.read_bytes() for path in before} == before
    assert all(ends(path) for path in before if path.suffix == ".crt")


def test_with_a_real_authority_there_are_requests_only(tmp_path):
    make_city(tmp_path, "hub.example", 7422, trial=False)
    assert sorted(path.name for path in (tmp_path / "hub" / "tls").iterdir()) == [
        "client.csr", "client.key", "line.csr", "line.key",
    ]  # fmt: skip
    assert not (tmp_path / "ca").exists()


def test_a_port_that_is_open_to_others_needs_tls(tmp_path):
    folder = make_center(tmp_path / "site", CENTER)
    path = folder / "site.toml"
    path.write_text(path.read_text("utf-8").replace("127.0.0.1:4222", "0.0.0.0:4222"), "utf-8")
    with pytest.raises(SettingsWrong, match="tls = true"):
        read(folder)


def test_what_to_bring_is_listed_with_what_is_secret(tmp_path, capsys):
    assert main(["init", "city", str(tmp_path), "--host", "hub.example"]) == 0
    assert main(["center", "add", "620102", "--city", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"keys/line\.nk\s+机密", said)
    assert re.search(r"nats\.conf\s+—", said)
    assert "systemctl enable --now" in said
    assert main(["center", "add", "62", "--city", str(tmp_path)]) == 2
    assert main(["center", "add", "620102", "--city", str(tmp_path / "nothing")]) == 2


async def head(site):
    async with site.console() as connection:
        return json.loads((await connection.request(f"ask.{CENTER}.vault.status")).data)["head"]


async def here(connection):
    with suppress(JetStreamError):  # it is being made
        return (await connection.jetstream().stream_info(city_stream(CENTER))).state.messages
    return 0


async def gathered(hub, count):
    """`hub`: the way to its broker."""
    connection = await hub.connect(allow_reconnect=False)
    try:
        async with asyncio.timeout(60):
            while await here(connection) < count:
                await asyncio.sleep(0.2)
        return await here(connection)
    finally:
        await connection.close()


@pytest.mark.nats
@pytest.mark.timeout(120)
def test_hub_and_center_are_started_without_containers_and_the_hub_hears_every_fact(city):
    """The same processes as in the units: broker, streams, services; a real line with certificates."""

    with Site(city / "hub", "hub", []) as hub, Site(city / "centers" / CENTER, CENTER) as site:
        assert (hub.settings.kind, site.settings.dial != "") == ("hub", True)
        asyncio.run(sealed(site))
        count = asyncio.run(head(site))
        assert count >= FACTS
        assert asyncio.run(gathered(hub.bus(ADMIN), count)) == count


@contextmanager
def as_in_compose(folder, name):
    """One of the hub's own processes, by the command that Compose has for it."""
    command = json.loads((folder / "compose.yaml").read_text("utf-8"))["services"][name]["command"]
    words = [str(folder) if word == "/site" else word for word in command]
    program = {"python": sys.executable, "nats-server": binary()}[words[0]]
    with (folder / "log" / f"{name}.log").open("ab") as log:
        process = subprocess.Popen([program, *words[1:]], cwd=folder, stdout=log, stderr=log,
                                   env=os.environ | {"PYTHONPATH": str(Path.cwd())})  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.nats
@pytest.mark.timeout(120)
def test_a_hub_that_compose_keeps_gathers_everything_again_when_its_broker_lost_its_disk(tmp_path):
    make_city(tmp_path, "127.0.0.1", free_port(), trial=True, listen=f"127.0.0.1:{free_port()}")
    add_center(tmp_path, CENTER, listen="127.0.0.1:0")
    folder = tmp_path / "hub"
    hub = bus_of(folder, f"tls://{read(folder).listen}", ADMIN)
    with Site(tmp_path / "centers" / CENTER, CENTER) as site:
        with as_in_compose(folder, "nats"), as_in_compose(folder, "mender"):
            asyncio.run(sealed(site))
            count = asyncio.run(head(site))
            assert asyncio.run(gathered(hub, count)) >= count >= FACTS
        shutil.rmtree(folder / "nats")
        (folder / "nats").mkdir()
        with as_in_compose(folder, "nats"), as_in_compose(folder, "mender"):
            assert asyncio.run(gathered(hub, count)) >= count
        log = (folder / "log" / "mender.log").read_text("utf-8")
    assert "Traceback" not in log, log
