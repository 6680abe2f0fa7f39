"""At a hub: by which public keys a center's line is let in; while its key is made anew there are two."""

import base64
import binascii
import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

from deploy.running import noted
from deploy.sites.broker import LINES, lines
from deploy.sites.making import HUB

KEY = re.compile(r"U[A-Z2-7]{55}")


class NoKey(ValueError):
    """It is no public key of a line."""


class NotLetIn(Exception):
    """That center, or that key of it, is not known here."""


def checked(key: str) -> str:
    """A key that was copied by hand: its last two bytes say whether all are right. Raises `NoKey`."""
    text = key.strip()
    if not KEY.fullmatch(text):
        raise NoKey
    said = base64.b32decode(text)
    if binascii.crc_hqx(said[:-2], 0) != int.from_bytes(said[-2:], "little"):
        raise NoKey
    return text


def let_in(city: Path, center: str, key: str) -> list[Path]:
    """Beside what is known of that center; the configurations that say so now. Raises `NoKey`, `NotLetIn`."""
    known = _known(city, center)
    if checked(key) in known:
        return []
    changed = [path for path in _configurations(city) if _changed(path, lambda text: with_key(text, known[-1], key))]
    _write(city, center, [*known, key])
    return changed


def only(city: Path, center: str, key: str) -> list[Path]:
    """Nobody comes in by another key of that center any more. Raises `NoKey`, `NotLetIn`: first it is let in."""
    known = _known(city, center)
    if checked(key) not in known:
        raise NotLetIn(key)
    others = [each for each in known if each != key]
    changed = [path for path in _configurations(city) if _changed(path, lambda text: without_keys(text, others))]
    _write(city, center, [key])
    return changed


def reload(changed: list[Path]) -> list[Path]:
    """What runs here reads its configuration again at once; the folders where somebody has to see to it."""
    left = list[Path]()
    for path in changed:
        running = noted(path.parent)
        if running and running.alive and running.processes["nats"].alive:
            os.kill(running.processes["nats"].pid, signal.SIGHUP)
        else:
            left.append(path.parent)
    return left


def with_key(text: str, old: str, new: str) -> str:
    """Whoever has the new key may what whoever has the old one may."""
    return "\n".join(f"{line.rstrip(',')},\n{line.replace(old, new)}" if old in line else line
                     for line in text.split("\n"))  # fmt: skip


def without_keys(text: str, keys: list[str]) -> str:
    """The users with these keys are no more. The last of a list has no comma after it."""
    kept = [line for line in text.split("\n") if not any(key in line for key in keys)]
    return re.sub(r",(\s*\])", r"\1", "\n".join(kept))


def _known(city: Path, center: str) -> list[str]:
    known = lines(city / HUB).get(center)
    if not known:
        raise NotLetIn(center)
    return known


def _configurations(city: Path) -> list[Path]:
    """Of a hub, and of the other two of its cluster."""
    return sorted(city.glob(f"{HUB}/nats.conf")) + sorted(city.glob(f"{HUB}-?/nats.conf"))


def _changed(path: Path, change: Callable[[str], str]) -> bool:
    before = path.read_text("utf-8")
    after = change(before)
    new = path.with_suffix(".new")
    new.write_text(after, "utf-8")
    new.chmod(path.stat().st_mode & 0o777)
    new.replace(path)
    return before != after


def _write(city: Path, center: str, keys: list[str]) -> None:
    said = lines(city / HUB) | {center: keys}
    new = city / HUB / f".{LINES}"
    new.write_text(json.dumps(said, indent=1), "utf-8")
    new.replace(city / HUB / LINES)
