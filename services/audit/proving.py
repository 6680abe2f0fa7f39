"""Proofs out of the ledger: a fact with its way to a sealed root; checkpoints handed to a witness."""

from collections.abc import Callable, Generator
from typing import NamedTuple

from services.audit.ledger import Ledger, Log
from shared.transparency.checkpoint import Checkpoint, Inclusion, of_log, read
from shared.transparency.note import NoteInvalid, Verifier, split
from shared.transparency.tree import check_inclusion, consistency, inclusion
from shared.transparency.witness import SIZE, Reply, countersigned, request

Post = Callable[[str], Reply]
Handing = Generator[str, Reply, None]


class Proved(NamedTuple):
    log: Log
    position: int
    document: bytes
    proof: Inclusion


class WitnessRefused(Exception):
    """It would not sign, or not as itself. `status` as HTTP has it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{status} {why}".strip())
        self.status = status


def prove(ledger: Ledger, fact: str) -> Proved | None:
    """By the best checkpoint that holds it: the first that was countersigned most, or else the first. None: not sealed.

    Raises `NotProved` where the ledger does not lead to what it signed.
    """
    if (found := ledger.find(fact)) is None:
        return None
    log, position = found
    holding = [(size, note) for size, note in log.checkpoints() if size >= position]
    if not holding:
        return None
    size, note = max(holding, key=lambda one: (len(split(one[1])[1]), -one[0]))
    checkpoint, document = Checkpoint.parse(split(note)[0]), log.document(position)
    suite = checkpoint.suite
    hashes = inclusion(log.complete(suite), position - 1, size, suite)
    check_inclusion(suite.leaf(document), position - 1, size, hashes, checkpoint.root, suite)
    return Proved(log, position, document, Inclusion(position - 1, hashes, note))


def hand_over(log: Log, key: Verifier, witness: Verifier, post: Post) -> None:
    """The last checkpoint to a witness, whose countersignature is kept; nothing if it has it, or if nothing is sealed.

    Raises `WitnessRefused` and `NoteInvalid`.
    """
    steps = handing(log, key, witness)
    body = resumed(steps, None)
    while body is not None:
        body = resumed(steps, post(body))


def resumed(steps: Handing, reply: Reply | None) -> str | None:
    """One step of it: what is to be posted next. None: it is done."""
    try:
        return next(steps) if reply is None else steps.send(reply)
    except StopIteration:
        return None


def handing(log: Log, key: Verifier, witness: Verifier) -> Handing:
    """`hand_over` in steps that only touch the ledger: yields what is to be posted, takes the reply."""
    last = log.last_checkpoint()
    if last is None or log.witnessed(witness.name) >= last[0]:
        return
    sealed = read(last[1], log.origin, of_log(key))
    old, reply = log.witnessed(witness.name), Reply(409)
    for _ in range(2):  # it may know more than we remember: then it says how much
        hashes = consistency(log.complete(sealed.checkpoint.suite), old, last[0], sealed.checkpoint.suite)
        reply = yield request(old, hashes, last[1])
        said = reply.body.strip()
        if reply.status != 409 or reply.content_type != SIZE or not said.isdigit() or int(said) > last[0]:
            break
        old = int(said)
    if reply.status != 200:
        raise WitnessRefused(reply.status, reply.body.strip())
    countersigned(sealed, reply.body, [witness], of_log(key))
    lines = [line for line in reply.body.splitlines(keepends=True) if line.startswith(f"— {witness.name} ")]
    if not lines:
        raise NoteInvalid("no known witness signed it")
    log.countersign(last[0], witness.name, lines[0])
