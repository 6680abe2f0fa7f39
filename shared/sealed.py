"""Personal data on its way and at rest: envelopes that only the receiver opens, tokens that only the vault opens.

An envelope is 0x01, a one-time X25519 public key (32 bytes) and AES-256-GCM content, as base64url without padding.
Key and nonce come from HKDF-SHA256 over the shared secret and both public keys, so no nonce is ever used twice.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.contracts.common import Person
from shared.contracts.vault import ComparePhoneTail, OpenSealed, Sealed, SealPerson, SealText
from shared.messages import Message
from shared.words import word

VERSION = b"\x01"


class Unreadable(Exception):
    """An envelope or a token that is not for this key, or was changed on the way. Says nothing of what was in it."""


class NotSealed(Exception):
    """The vault said no. `field` is where the mistake is; the sentences are for people and hold no value."""

    def __init__(
        self, rule: str, field: str, reason: str, reason_en: str, *, why: str = "", retry: bool = False
    ) -> None:
        super().__init__(f"{rule}: {why} {field}".rstrip())
        self.rule, self.why, self.field, self.reason, self.reason_en = rule, why, field, reason, reason_en
        self.retry = retry


class Token(NamedTuple):
    """`sealed:v1:<kid>:<content>`: `kid` names the data key, content is nonce and ciphertext."""

    kid: str
    content: bytes

    def __str__(self) -> str:
        return f"sealed:v1:{self.kid}:{to_text(self.content)}"


def to_text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        raise Unreadable("not base64url") from None


def parse_token(text: str) -> Token:
    """Raises `Unreadable`. A `kid` is 32 hexadecimal digits, so that nothing else can pass for one."""
    match text.split(":"):
        case ["sealed", "v1", kid, content] if len(kid) == 32 and not set(kid) - set("0123456789abcdef"):
            return Token(kid, from_text(content))
    raise Unreadable("not a sealed token")


def public_text(key: X25519PrivateKey) -> str:
    return to_text(key.public_key().public_bytes_raw())


def encrypt_to(public_key_b64: str, content: bytes) -> str:
    """Only the holder of the private key reads it; the sender cannot read it again."""
    receiver = from_text(public_key_b64)
    once = X25519PrivateKey.generate()
    ours = once.public_key().public_bytes_raw()
    try:
        secret = once.exchange(X25519PublicKey.from_public_bytes(receiver))
    except ValueError:
        raise Unreadable("not a public key") from None
    key, nonce = _derive(secret, ours, receiver)
    return to_text(VERSION + ours + AESGCM(key).encrypt(nonce, content, VERSION))


def decrypt_with(private_key: X25519PrivateKey, envelope: str) -> bytes:
    """Raises `Unreadable`: another key, another content, or no envelope at all."""
    whole = from_text(envelope)
    if whole[:1] != VERSION or len(whole) < 49:
        raise Unreadable("not an envelope")
    theirs, content = whole[1:33], whole[33:]
    try:
        secret = private_key.exchange(X25519PublicKey.from_public_bytes(theirs))
        key, nonce = _derive(secret, theirs, private_key.public_key().public_bytes_raw())
        return AESGCM(key).decrypt(nonce, content, VERSION)
    except (InvalidTag, ValueError):
        raise Unreadable("not for this key, or changed") from None


def _derive(secret: bytes, once: bytes, receiver: bytes) -> tuple[bytes, bytes]:
    derived = HKDF(SHA256(), 44, salt=None, info=b"doorstep envelope v1" + once + receiver).derive(secret)
    return derived[:32], derived[32:]


class Reply(Protocol):
    @property
    def data(self) -> bytes: ...


Request = Callable[..., Awaitable[Reply]]


class Connection(Protocol):
    """Of a NATS connection, all that is needed here."""

    @property
    def request(self) -> Request: ...


class VaultClient:
    """Asks the vault of a center. May be asked again under the same id: the answer is the same, and counts once.

    `public_key`: the vault's, where it is known beforehand; otherwise the vault is asked for it once.
    """

    def __init__(self, connection: Connection, center: str, *, public_key: str = "", timeout: float = 5.0) -> None:
        self._connection, self._center, self._public_key, self._timeout = connection, center, public_key, timeout

    async def public_key(self) -> str:
        if not self._public_key:
            self._public_key = str((await self._ask("public_key", b"{}"))["public_key"])
        return self._public_key

    async def seal_person(
        self, id: str, actor: str, name: str, id_kind: str, id_number: str, phone: str, address: str,
        *, on: date | None = None,
    ) -> Person:  # fmt: skip
        """`id_kind` "none" with an empty number: no document was shown. `on`: the day that the age is reckoned for.

        Raises `NotSealed` for a number that cannot be right (I-03), or when the vault is away (`retry`).
        """
        person = {"name": name, "id_kind": id_kind, "id_number": id_number, "phone": phone, "address": address}
        envelope = await self._envelope(person)
        sealed = await self._sealed("seal_person", SealPerson(id=id, actor=actor, envelope=envelope, on=on))
        assert sealed.person
        return sealed.person

    async def seal_text(self, id: str, actor: str, text: str, kid: str | None = None) -> str:
        """Under the key of a person already sealed (`kid`), so that one shredding takes both; else under its own."""
        envelope = await self._envelope({"text": text})
        sealed = await self._sealed("seal_text", SealText(id=id, actor=actor, envelope=envelope, kid=kid))
        assert sealed.text
        return sealed.text

    async def open(
        self, id: str, actor: str, case: str, sealed: Sequence[str], fields: Sequence[str], purpose: str
    ) -> dict[str, dict[str, str]]:
        """token -> field -> value. The opening is on record before this returns."""
        once = X25519PrivateKey.generate()
        wish = OpenSealed(id=id, actor=actor, case=case, sealed=tuple(sealed), fields=tuple(fields), purpose=purpose,
                          reply_key=public_text(once))  # fmt: skip
        answer = await self._sealed("open_sealed", wish)
        opened: list[dict[str, str]] = json.loads(decrypt_with(once, answer.envelope or ""))
        return dict(zip(sealed, opened, strict=True))

    async def tail_envelope(self, tail: str) -> str:
        """The last four digits of a phone number, for whoever passes them on unread."""
        return await self._envelope({"tail": tail})

    async def same_phone_tail(self, id: str, actor: str, case: str, sealed: str, envelope: str) -> bool:
        """Whether the phone number that was sealed ends as said; every try is on record, and they are few a day."""
        wish = ComparePhoneTail(id=id, actor=actor, case=case, sealed=sealed, envelope=envelope)
        return bool((await self._sealed("compare_phone_tail", wish)).same)

    async def _envelope(self, content: Mapping[str, str]) -> str:
        return encrypt_to(await self.public_key(), json.dumps(content, ensure_ascii=False).encode())

    async def _sealed(self, asked: str, wish: Message) -> Sealed:
        answer = Sealed.model_validate(await self._ask(asked, wish.model_dump_json(exclude_none=True).encode()))
        if not answer.accepted:
            raise NotSealed(answer.rule or "", answer.field, answer.reason or "", answer.reason_en or "",
                            why=answer.why or "", retry=answer.retry)  # fmt: skip
        return answer

    async def _ask(self, asked: str, body: bytes) -> dict[str, Any]:
        try:
            reply = await self._connection.request(f"ask.{self._center}.vault.{asked}", body, timeout=self._timeout)
        except Exception as failure:  # whatever keeps the vault away, the caller may ask again
            raise NotSealed("UNAVAILABLE", "", word("why", "unavailable"), word("why", "unavailable", "en"),
                            why="unavailable", retry=True) from failure  # fmt: skip
        answer: dict[str, Any] = json.loads(reply.data)
        return answer
