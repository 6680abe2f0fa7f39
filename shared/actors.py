"""Who speaks: a command comes with a signed, short-lived token, and its actor must be the one whom the token names.

Tokens are JWTs signed with Ed25519 (RFC 7519, RFC 8037), made where staff sign in, or by a service for itself. Whose
signature vouches for whom is public data (`actors.json` of a site); nobody can vouch for another center.
"""

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

import jwt
import nkeys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic_core import from_json

from shared import tracing
from shared.decider import Refused

HEADER, BESIDE = "Doorstep-Actor", "Doorstep-Beside"  # who sends it; tokens of others who overrode a rule in it
LONGEST = 15 * 60.0  # seconds from its making to its end; longer ones are refused, whoever signed
ALLOWANCE = 5.0  # seconds by which clocks may differ
LOOK = 1.0  # seconds after which the file of those who are believed is looked at again
KEPT = 4096  # tokens whose signature was checked already
Now = Callable[[], float]


class NotAuthentic(Refused):
    """The command is nobody's, or another's. `why` is the key of a sentence."""

    def __init__(self, why: str, **about: Any) -> None:
        super().__init__("ACTOR", why, **about)


class Speaker(NamedTuple):
    """Somebody who was recognised. `how`: oidc, password, console or service (RFC 8176 calls it amr)."""

    id: str
    roles: frozenset[str]
    center: str
    until: float  # unix seconds
    how: str

    def is_(self, actor: str) -> bool:
        role, _, name = actor.partition(":")
        return name == self.id and role in self.roles


@dataclass(frozen=True)
class Voucher:
    """A key, and for whom it vouches: `role:id`, with `*` for any."""

    kid: str
    key: Ed25519PublicKey
    vouches: Sequence[str]

    def covers(self, role: str, name: str) -> bool:
        parts = (each.partition(":") for each in self.vouches)
        return any(r in {"*", role} and n in {"*", name} for r, _, n in parts)


class Issuer:
    """Makes tokens of one center."""

    def __init__(self, seed: bytes, center: str, *, now: Now = time.time) -> None:
        self._key, self.center, self._now = Ed25519PrivateKey.from_private_bytes(seed), center, now
        self.kid = kid_of(self._key.public_key())

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Self | None:
        """With the key by which a service is known to the broker. None where the broker asks for none."""
        return cls(raw_seed(Path(env["NATS_SEED"])), env["CENTER"]) if env.get("NATS_SEED") else None

    @property
    def public(self) -> Ed25519PublicKey:
        return self._key.public_key()

    def token(self, name: str, roles: Sequence[str], *, how: str, seconds: float = LONGEST) -> str:
        at = self._now()
        said = {"iss": self.kid, "aud": self.center, "sub": name, "roles": sorted(roles), "amr": [how],
                "iat": int(at), "exp": int(at + seconds)}  # fmt: skip
        return jwt.encode(said, self._key, algorithm="EdDSA", headers={"kid": self.kid})


class Trust:
    """Whose tokens are believed, at one center. A file that says so is read again when it has changed."""

    def __init__(
        self, center: str, vouchers: Sequence[Voucher], *, now: Now = time.time, path: Path | None = None
    ) -> None:
        self._center, self._now, self._path = center, now, path
        self._vouchers = {voucher.kid: voucher for voucher in vouchers}
        self._known: dict[str, Speaker] = {}
        self._changed, self._looked = _changed(path), now()

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Self | None:
        """From ACTORS, a path. That everybody is trusted must be said: TRUST_EVERYBODY=yes. Raises `ValueError`."""
        if path := env.get("ACTORS"):
            return cls.read(Path(path), env["CENTER"])
        if env.get("TRUST_EVERYBODY") == "yes":
            return None
        raise ValueError("ACTORS: the file that says whose signature is believed")

    @classmethod
    def read(cls, path: Path, center: str) -> Self:
        """Raises `OSError` and `ValueError`."""
        return cls(center, _vouchers(path), path=path)

    def _look_again(self) -> None:
        """Once a second at most; a key that was taken out is believed no longer than that."""
        self._looked = self._now()
        if (changed := _changed(self._path)) != self._changed and self._path:
            with suppress(OSError, ValueError):  # half a file is none: the old one holds until there is a whole one
                self._vouchers = {voucher.kid: voucher for voucher in _vouchers(self._path)}
                self._known.clear()
                self._changed = changed

    def speaker(self, token: str) -> Speaker:
        """Raises `NotAuthentic`."""
        if self._path and self._now() > self._looked + LOOK:
            self._look_again()
        known = self._known.get(token)
        if known is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            known = self._known[token] = self._checked(token)
        if self._now() > known.until + ALLOWANCE:
            del self._known[token]
            raise NotAuthentic("token_expired")
        return known

    def _checked(self, token: str) -> Speaker:
        try:
            voucher = self._vouchers[jwt.get_unverified_header(token)["kid"]]
            said = jwt.decode(
                token, voucher.key, algorithms=["EdDSA"], audience=self._center,
                options={"require": ["exp", "iat", "sub", "aud"], "verify_exp": False, "verify_iat": False},
            )  # fmt: skip
            roles, name, how = frozenset(said["roles"]), str(said["sub"]), str(said["amr"][0])
            made, until = float(said["iat"]), float(said["exp"])
        except jwt.InvalidAudienceError:
            raise NotAuthentic("token_of_other_center") from None
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, IndexError):
            raise NotAuthentic("token_not_authentic") from None
        if until - made > LONGEST or made > self._now() + ALLOWANCE:
            raise NotAuthentic("token_too_long")
        if not roles or not all(voucher.covers(role, name) for role in roles):
            raise NotAuthentic("token_not_authentic")
        return Speaker(name, roles, self._center, until, how)

    def vouches(self, kid: str, role: str, name: str) -> bool:
        """Whether this key may say that somebody is who."""
        voucher = self._vouchers.get(kid)
        return bool(voucher and voucher.covers(role, name))

    def check(self, headers: Mapping[str, str] | None, body: bytes, readers: frozenset[str] | None = None) -> Speaker:
        """Who sent this. An actor named in the body must be the one who speaks; whoever overrides a rule in it, too, or
        their own token is beside it. `readers`: the roles that may ask.

        Raises `NotAuthentic`, and `Refused` where the role may not ask.
        """
        token = (headers or {}).get(HEADER)
        if not token:
            raise NotAuthentic("no_token")
        speaker = self.speaker(token)
        actor, overriding = named_in(body)
        if actor is not None and not speaker.is_(actor):
            raise NotAuthentic("not_you")
        if overriding:
            beside = [speaker, *map(self.speaker, filter(None, (headers or {}).get(BESIDE, "").split(",")))]
            if not all(any(each.is_(by) for each in beside) for by in overriding):
                raise NotAuthentic("not_the_overrider")
        if readers is not None and not speaker.roles & readers:
            raise Refused("ROLE", "no_right", role=min(speaker.roles))
        return speaker


def named_in(body: bytes) -> tuple[str | None, frozenset[str]]:
    """In whose name it is sent, and by whom rules are overridden in it."""
    try:
        said = from_json(body)
    except ValueError:
        return None, frozenset()  # the desk says what is wrong with it
    if not isinstance(said, dict):
        return None, frozenset()
    given = said.get("overrides")
    overrides = given if isinstance(given, list) else []
    overriding = frozenset(str(each["by"]) for each in overrides if isinstance(each, dict) and "by" in each)
    return str(said["actor"]) if "actor" in said else None, overriding


class Speaking:
    """A connection that says with every request who asks. `token` is asked for each time: tokens are short-lived."""

    def __init__(self, connection: Any, token: Callable[[], str] | None) -> None:
        self.connection, self._token = connection, token

    async def request(self, subject: str, body: bytes = b"", timeout: float = 5.0) -> Any:  # noqa: ASYNC109  # as nats-py
        headers = tracing.carried({HEADER: self._token()} if self._token else None)
        return await self.connection.request(subject, body, timeout=timeout, headers=headers)


def renewing(issuer: Issuer, name: str, roles: Sequence[str], *, how: str, now: Now = time.time) -> Callable[[], str]:
    """A token that is made anew when half of its time is over."""
    token, since = "", 0.0

    def fresh() -> str:
        nonlocal token, since
        if now() - since > LONGEST / 2:
            token, since = issuer.token(name, roles, how=how), now()
        return token

    return fresh


def kid_of(key: Ed25519PublicKey) -> str:
    return base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode()


def _changed(path: Path | None) -> tuple[int, int] | None:
    if path is None or not path.exists():
        return None
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_ino


def _vouchers(path: Path) -> list[Voucher]:
    said = json.loads(path.read_text("utf-8"))
    return [voucher(each["public"], each["vouches"]) for each in said["keys"]]


def voucher(public: str, vouches: Sequence[str]) -> Voucher:
    """Raises `ValueError`."""
    raw = base64.urlsafe_b64decode(public + "=" * (-len(public) % 4))
    return Voucher(public, Ed25519PublicKey.from_public_bytes(raw), tuple(vouches))


def guarded(trust: Trust | None, readers: frozenset[str] | None = None) -> Callable[..., object] | None:
    """What a door asks first. None where everybody is trusted, as in trials of a part."""
    return partial(trust.check, readers=readers) if trust else None


def raw_seed(path: Path) -> bytes:
    """The thirty-two bytes of an Ed25519 key, from the file of an NKey's seed."""
    return bytes(nkeys.decode_seed(path.read_bytes().strip())[1])
