"""Who is signed in on this machine: a session of the person who works here, in a file of their own (0600)."""

import asyncio
import json
import os
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx2

PATIENCE = 15.0  # seconds


class NotSignedIn(Exception):
    """In whose name this is to be done, nobody is signed in here."""


class SignInRefused(Exception):
    """Where staff sign in, the answer is no; or there is no answer (`rule` UNAVAILABLE)."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        super().__init__(said.get("rule"))
        self.said = said


@dataclass(frozen=True)
class Session:
    """`ca`: the file of the authority that vouches for where staff sign in; "": the machine's own."""

    center: str
    url: str
    secret: str
    staff: str
    roles: tuple[str, ...]
    ca: str = ""

    def is_(self, actor: str) -> bool:
        role, _, name = actor.partition(":")
        return name == self.staff and role in self.roles

    def keep(self) -> None:
        path = _path(self.center)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        new.replace(path)

    def forget(self) -> None:
        _path(self.center).unlink(missing_ok=True)

    def ask(self, path: str) -> dict[str, Any]:
        """Raises `SignInRefused`."""
        return asked(self.url, path, {}, self.ca, {"Authorization": f"Bearer {self.secret}"})


class Tokens:
    """Of one session; a new one when half of its time is over."""

    def __init__(self, session: Session) -> None:
        self._session, self._token, self._until = session, "", 0.0

    async def fresh(self) -> str:
        """Raises `SignInRefused`."""
        if time.monotonic() > self._until:
            said = await asyncio.to_thread(self._session.ask, "/token")
            self._token, self._until = said["token"], time.monotonic() + said["seconds"] / 2
        return self._token


def asked(url: str, path: str, body: Mapping[str, str], ca: str, headers: Mapping[str, str] = {}) -> dict[str, Any]:
    """Raises `SignInRefused`."""
    verify: Any = ssl.create_default_context(cafile=ca) if ca else True
    try:
        with httpx2.Client(verify=verify, timeout=PATIENCE, trust_env=False) as client:
            answer = client.post(f"{url}{path}", json=dict(body), headers=dict(headers))
            said: dict[str, Any] = answer.json() if answer.content else {}
    except (httpx2.HTTPError, OSError, ValueError) as failure:
        raise SignInRefused({"rule": "UNAVAILABLE", "reason": type(failure).__name__,
                             "reason_en": type(failure).__name__}) from None  # fmt: skip
    if answer.is_error:
        raise SignInRefused(said)
    return said


def stored(center: str) -> Session | None:
    """None where nobody is signed in, or the file is none."""
    return _read(_path(center))


def acting(roles: Iterable[str], otherwise: str) -> str:
    """`role:number` of whoever signed in here last, in the first of these roles that they have."""
    found = [path for path in _folder().glob("*.json") if path.is_file()]
    session = _read(max(found, key=lambda path: path.stat().st_mtime)) if found else None
    role = next((role for role in roles if session and role in session.roles), None)
    return f"{role}:{session.staff}" if session and role else otherwise


def _read(path: Path) -> Session | None:
    try:
        said = json.loads(path.read_text("utf-8"))
        return Session(**said | {"roles": tuple(said["roles"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _folder() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "doorstep"


def _path(center: str) -> Path:
    return _folder() / f"{center}.json"
