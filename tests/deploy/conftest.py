"""A code folder with two services that do nothing but say that they are there."""

from pathlib import Path

import pytest

STEADY = """
import json, os, pathlib, signal, sys, time
names = ("NATS_URL", "CENTER", "SITE", "MODE", "CENTER_DATA", "KEYS", "SQLITE_DBNAME", "PERSISTENCE_MODULE")
here = pathlib.Path(os.environ["KEYS"]).parent
def leave(*_):
    (here / f"{__spec__.parent}.left").write_text("in good order")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
(here / f"{__spec__.parent}.env").write_text(json.dumps({name: os.environ[name] for name in names}))
print("here", flush=True)
while True:
    time.sleep(60)
"""
GIVES_UP_AT_FIRST = (
    """
import os, pathlib
tries = pathlib.Path(os.environ["KEYS"]).parent / "tries"
tries.open("a").write("x")
if len(tries.read_text()) < 3:
    raise SystemExit(7)
"""
    + STEADY
)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    for name, text in {"steady": STEADY, "shaky": GIVES_UP_AT_FIRST}.items():
        (folder / "services" / name).mkdir(parents=True)
        (folder / "services" / name / "__init__.py").touch()
        (folder / "services" / name / "__main__.py").write_text(text)
    (folder / "services" / "__init__.py").touch()
    return folder
