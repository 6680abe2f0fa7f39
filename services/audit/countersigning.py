"""A hub countersigns a center's checkpoint: if it only grew since the last one, and if the facts that were gathered
here lead to the same root. So the signature says also that the hub holds these facts."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.audit.gathered import name_of
from services.audit.ledger import Ledger
from services.audit.sealer import Sealer
from shared.transparency.checkpoint import Checkpoint, key_name, of_log, read
from shared.transparency.key_file import signing_key
from shared.transparency.note import NoteInvalid, Signer, Verifier, split
from shared.transparency.tree import root_at
from shared.transparency.witness import Reply, Witness

NOT_HEARD, FORKED, OTHER_KEY = 503, 422, 403


def signer_of(keys: Path, site: str) -> Signer:
    """The key of a hub for this use alone. Raises `KeyUnsafe`."""
    return signing_key(keys / "countersign.key", f"{key_name(site)}/countersign", make=True)


class Book:
    """What a hub remembers of the checkpoints that it signed: in its ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def last(self, origin: str) -> Checkpoint | None:
        note = self._ledger.last_countersigned(origin)
        return Checkpoint.parse(split(note)[0]) if note else None

    def keep(self, checkpoint: Checkpoint, note: str) -> None:
        self._ledger.keep_countersigned(checkpoint.origin, checkpoint.size, note)


def countersign(ledger: Ledger, sealers: Mapping[str, Sealer], signer: Signer, body: bytes) -> bytes:
    """{"key", "body": as c2sp.org/tlog-witness has it} -> {"status", "body", "content_type"}"""
    try:
        said = json.loads(body)
        asked, key = str(said["body"]), Verifier.parse(str(said["key"]))
        note = asked.partition("\n\n")[2]
        sealed = read(note, note.partition("\n")[0], of_log(key))
    except (ValueError, KeyError, TypeError, NoteInvalid) as invalid:
        return _answer(Reply(400, f"{type(invalid).__name__}\n"))
    checkpoint = sealed.checkpoint
    center, service = checkpoint.origin.split("/")[-3:-1]
    sealer = sealers.get(name_of(center, service))
    if key.name != key_name(center) or sealer is None:
        return _answer(Reply(404, "unknown log\n"))
    # The first key that a center came with, over a line that only it can open, is its key from then on.
    if ledger.meta(f"key of {key.name}", str(key)) != str(key):
        sealer.alarm("other_key", checkpoint.size, checkpoint.size)
        return _answer(Reply(OTHER_KEY, "another key than the one that is known\n"))
    if sealer.size < checkpoint.size:
        return _answer(Reply(NOT_HEARD, f"{sealer.size} facts were heard\n"))
    if root_at(sealer.log.complete(checkpoint.suite), checkpoint.size, checkpoint.suite) != checkpoint.root:
        last = Book(ledger).last(checkpoint.origin)
        sealer.alarm("forked", (last.size if last else 0) + 1, checkpoint.size)
        return _answer(Reply(FORKED, "what was gathered leads to another root\n"))
    witness = Witness(signer, {key.name: key}, Book(ledger))
    return _answer(witness.add_checkpoint(asked, int(datetime.now(UTC).timestamp())))


def _answer(reply: Reply) -> bytes:
    said: dict[str, Any] = {"status": reply.status, "body": reply.body, "content_type": reply.content_type}
    return json.dumps(said).encode()
