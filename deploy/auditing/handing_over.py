"""The last checkpoints to a witness: by HTTP, or into its folder where that can be reached."""

from pathlib import Path

from deploy.auditing import witness_book
from deploy.auditing.ledgers import ledger_of
from services.audit.ledger import Log
from services.audit.posting import Send, over_http
from services.audit.proving import WitnessRefused, hand_over
from shared.transparency.checkpoint import base64
from shared.transparency.note import NoteInvalid, Verifier


def hand_over_all(folder: Path, key: Verifier, to: str, witness: str | None, *, hashes: bool) -> dict[str, int]:
    """Service -> size that the witness has now signed. Raises `WitnessRefused`, `NoteInvalid`, `OSError`.

    `witness`: its public key, which must be known from elsewhere than from `to`; a folder's own is read there.
    `hashes`: 32 bytes of each fact go along, so that the witness can name a fact and not only a range.
    """
    by_http = to.startswith(("http://", "https://"))
    if by_http and not witness:
        raise NoteInvalid("the witness's public key is needed: --witness KEY")
    known = Verifier.parse(witness or (Path(to) / "witness.pub").read_text("utf-8"))
    send = over_http(to) if by_http else _into(Path(to))
    ledger, sizes = ledger_of(folder, read_only=False), dict[str, int]()
    try:
        for log in ledger.logs():
            hand_over(log, key, known, lambda body: send("add-checkpoint", body))
            sizes[log.service] = log.witnessed(known.name)
            if hashes and sizes[log.service]:
                _hashes(log, sizes[log.service], send)
    finally:
        ledger.close()
    return sizes


def _hashes(log: Log, size: int, send: Send) -> None:
    reply = send("add-hashes", _body(log, 0, 0))
    known = int(reply.body) if reply.status == 409 else 0
    if known < size:
        reply = send("add-hashes", _body(log, known, size))
        if reply.status != 200:
            raise WitnessRefused(reply.status, reply.body.strip())


def _body(log: Log, known: int, size: int) -> str:
    leaves = b"".join(log.leaf(position) for position in range(known + 1, size + 1))
    return f"{log.origin}\n{known}\n{base64(leaves)}\n"


def _into(folder: Path) -> Send:
    book = witness_book.Book(folder)
    return lambda what, body: witness_book.answer(folder, what, body, book)
