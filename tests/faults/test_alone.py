"""Each service starts with nothing of the others: its own folder, what is shared, the rules, its store, a broker."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import nats
import pytest
from nats.errors import Error as NatsError

from deploy.provision import provision
from deploy.supervisor import CENTERS, ROOT
from shared.bus import Bus
from tests.servers import free_port, nats_server

pytestmark = [pytest.mark.nats, pytest.mark.timeout(60)]
CENTER = "620105"
SERVICES = ("intake", "scheduling", "visits", "feedback", "vault")


def only(service: str, folder: Path) -> Path:
    """The code as the image of one service holds it."""
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared", folder / "shared", ignore=skip)
    shutil.copytree(ROOT / "services" / service, folder / "services" / service, ignore=skip)
    shutil.copytree(CENTERS / CENTER, folder / "center")
    shutil.copy(ROOT / "services" / "__init__.py", folder / "services")
    return folder


@contextmanager
def started(service: str, code: Path, url: str):
    """A process that sees no other code: isolated from the folder that the tests run in."""
    here = {
        "NATS_URL": url, "CENTER": CENTER, "SITE": CENTER, "MODE": "live", "CENTER_DATA": str(code / "center"),
        "KEYS": str(code / "keys"), "PERSISTENCE_MODULE": "shared.recorders.sqlite", "PYTHONPATH": str(code),
        "SQLITE_DBNAME": str(code / f"{service}.sqlite"), "PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1",
        "TRUST_EVERYBODY": "yes",  # a service alone, with nobody who signs
    }  # fmt: skip
    with (code / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", f"services.{service}"], cwd=code, env=here, stdout=log,
                                   stderr=log)  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


async def asked(url: str, service: str, process, seconds: float = 20) -> dict:
    """Its answer to what its status is, as soon as it gives one."""
    until, connection = time.monotonic() + seconds, None
    while time.monotonic() < until:
        assert process.poll() is None, f"{service} ended"
        with suppress(NatsError, OSError, TimeoutError):
            connection = connection or await nats.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0)
            reply = await connection.request(f"ask.{CENTER}.{service}.status", b"{}", timeout=1)
            await connection.close()
            return json.loads(reply.data)
        await asyncio.sleep(0.05)
    raise AssertionError(f"{service} does not answer")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_starts_where_no_other_is(service, tmp_path):
    code = only(service, tmp_path / "code")
    assert [path.name for path in (code / "services").iterdir() if path.is_dir()] == [service]
    with nats_server(tmp_path) as url:
        await provision(Bus(url, "admin"), CENTER, [service])
        with started(service, code, url) as process:
            status = await asked(url, service, process)
    assert (status["service"], status["mode"], status["stopped"]) == (service, "live", "")
    assert process.returncode == 0
    assert "Traceback" not in (code / "log").read_text("utf-8")


async def test_a_service_waits_for_a_broker_and_outlives_its_restart(tmp_path):
    """Started first, it answers when the broker comes; when the broker goes and comes again, so does the answer."""
    code, port = only("intake", tmp_path / "code"), free_port()
    with started("intake", code, f"nats://127.0.0.1:{port}") as process:
        await asyncio.sleep(2)
        assert process.poll() is None, (code / "log").read_text("utf-8")
        for _ in range(2):
            with nats_server(tmp_path, port) as url:
                await provision(Bus(url, "admin"), CENTER, ["intake"])
                status = await asked(url, "intake", process)
                assert status["published"] == status["head"]
            assert process.poll() is None
    assert process.returncode == 0  # told to stop while the broker is away
