"""The readable copy that goes into keeping before a person is shredded: opened by the vault, encrypted at once.

Archival metadata stand in the clear beside it: they name no person.
"""

import html
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from deploy.export.row import Opened
from deploy.facts import Document
from deploy.history_lines import read
from shared.words import sentence, word

SEALED, METADATA = "archive/readable.enc", "archive/metadata.json"
MAGIC, SALT, NONCE = b"doorstep-archive-1\n", 16, 12
LEAST = 12  # characters of a passphrase
FIELDS = ("name", "id_number", "phone", "address")


class Closed(Exception):
    """Not this passphrase, or something was changed."""


class Copy(NamedTuple):
    html: bytes
    json: bytes


def metadata(number: str, facts: Sequence[Document]) -> dict[str, Any]:
    """By the names that keepers of electronic records use; what no fact says is left open."""
    registered = next(fact for fact in facts if fact["type"] == "request_registered.v1")
    center = registered["source"].split("/")[1]
    kept: Mapping[str, Any] = next(
        (f["data"] for f in reversed(facts) if f["type"] == "retention_class_assigned.v1"), {}
    )
    return {
        "题名": sentence("audit_capsule", "archive_title", {"case": number, **registered["data"]}),
        "档号": number, "责任者": sentence("audit_capsule", "archive_by", {"center": center}),
        "形成时间": [facts[0]["time"], facts[-1]["time"]],
        "保管期限": word("codes_retention", kept["retention"]) if kept else None, "保管至": kept.get("until"),
        "密级": None, "含个人信息": True, "规则集": sorted({fact["rules"] for fact in facts}), "事实数": len(facts),
    }  # fmt: skip


def readable(about: Mapping[str, Any], facts: Sequence[Document], opened: Opened) -> Copy:
    people = {"申请人": opened.person} | ({"代理人": opened.agent} if opened.agent else {})
    lines = []
    for fact in facts:
        line, texts = read(fact, "zh"), [
            opened.texts[value] for value in fact["data"].values() if isinstance(value, str) and value in opened.texts
        ]  # fmt: skip
        lines.append([f"{line.time:%Y-%m-%d %H:%M}", line.says, line.who, line.rule, "；".join(texts)])
    content = {"metadata": about, "people": people, "history": lines, "facts": list(facts)}
    named = [
        (f"{who} · {word('codes_fields', name)}", value)
        for who, fields in people.items() for name, value in fields.items()
    ]  # fmt: skip
    tables = (_table([(name, _plain(value)) for name, value in about.items()]), _table(named), _table(lines))
    style = "body{font:16px/1.7 serif;max-width:60em;margin:2em auto}td{border:1px solid #999;padding:3px 8px}"
    page = (f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{html.escape(about["题名"])}</title>'
            f"<style>{style}table{{border-collapse:collapse;margin:1em 0}}</style>"
            f"<h1>{html.escape(about['题名'])}</h1>{''.join(tables)}</html>")  # fmt: skip
    return Copy(page.encode(), json.dumps(content, ensure_ascii=False, indent=1).encode())


def _plain(value: Any) -> str:
    return " — ".join(map(str, value)) if isinstance(value, list) else "—" if value is None else str(value)


def _table(rows: Sequence[Sequence[str]]) -> str:
    told = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in told)}</table>"


def locked(copy: Copy, passphrase: str) -> bytes:
    """AES-256-GCM under a key that scrypt makes of the passphrase."""
    salt, nonce = secrets.token_bytes(SALT), secrets.token_bytes(NONCE)
    plain = json.dumps([each.decode() for each in copy]).encode()
    return MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, MAGIC)


def unlocked(raw: bytes, passphrase: str) -> Copy:
    """Raises `Closed`."""
    head, rest = raw[: len(MAGIC)], raw[len(MAGIC) :]
    salt, nonce, content = rest[:SALT], rest[SALT : SALT + NONCE], rest[SALT + NONCE :]
    try:
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, content, head)
    except (InvalidTag, ValueError):
        raise Closed from None
    return Copy(*(text.encode() for text in json.loads(plain)))


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
