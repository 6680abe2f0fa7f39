"""A key is made anew: the broker forgets the old one at once, services within a second; who used it starts again."""

import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nkeys

from deploy.care.line_key import LINE, NEXT
from deploy.keys import ADMIN, CONSOLE, issuer, made, seed_path
from deploy.processes import until
from deploy.running import Running, noted
from shared.actors import kid_of

PATIENCE = 30.0


class NoSuchKey(Exception):
    """It is none of those that are rotated here."""


class NotBack(Exception):
    """Who uses the key did not come back in time."""


@dataclass(frozen=True)
class Key:
    name: str
    public: str
    since: datetime


def keys_of(folder: Path) -> list[Key]:
    """Those by which the broker is entered and commands are signed."""
    return [
        Key(path.stem, _public(folder, path.stem), datetime.fromtimestamp(path.stat().st_mtime, UTC))
        for path in sorted((folder / "keys").glob("*.nk"))
    ]


def _public(folder: Path, name: str) -> str:
    return made(folder, [name])[name]


def rotatable(folder: Path) -> list[str]:
    """The line's is known to the hub by its public key, so there is an order to it: `deploy.care.line_key`."""
    return [key.name for key in keys_of(folder) if key.name not in {LINE, NEXT}]


def rotate(folder: Path, name: str) -> Key:
    """The site may run. Raises `NoSuchKey`, `NotBack`."""
    if name not in rotatable(folder):
        raise NoSuchKey
    path, running = seed_path(folder, name), noted(folder)
    old = _public(folder, name), kid_of(issuer(folder, name, "-").public)
    new_seed = path.with_suffix(".rotated")
    with os.fdopen(os.open(new_seed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
    new_seed.replace(path)
    new = _public(folder, name), kid_of(issuer(folder, name, "-").public)
    for file_name, before, after in (("nats.conf", old[0], new[0]), ("keys/actors.json", old[1], new[1])):
        _replaced(folder / file_name, before, after)
    if running and running.alive:
        _known_at_once(running, name)
    return Key(name, new[0], datetime.now(UTC))


def _replaced(path: Path, before: str, after: str) -> None:
    if path.exists() and before in (said := path.read_text("utf-8")):
        new = path.with_suffix(".rotated")
        new.write_text(said.replace(before, after), "utf-8")
        new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)


def _known_at_once(running: Running, name: str) -> None:
    """The broker reads its configuration again and lets go of whoever came by the old key."""
    os.kill(running.processes["nats"].pid, signal.SIGHUP)
    if name in (ADMIN, CONSOLE) or name not in running.services:
        return
    before = {each: running.processes[each].pid for each in running.of_service(name)}
    for pid in before.values():
        os.kill(pid, signal.SIGTERM)  # its supervisor starts it again, with the new key

    def back() -> bool:
        now = noted(running.folder)
        there = now.processes if now else {}
        return all(each in there and there[each].pid != pid and there[each].alive for each, pid in before.items())

    if not until(back, PATIENCE):
        raise NotBack
