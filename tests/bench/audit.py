"""`python -m tests.bench.audit [FACTS]`: what sealing, verifying and proving cost, per second of CPU, in both suites."""

import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from eventsourcing.persistence import StoredEvent

from deploy.auditing.verify import Trust, verify
from services.audit.ledger import Ledger
from services.audit.proving import prove
from services.audit.sealer import Often, Piece, Sealer
from shared.recorders import open_recorder
from shared.transparency.checkpoint import key_name
from shared.transparency.note import Signer
from shared.transparency.tree import SUITES, Growing, consistency
from tests.audit.conftest import SITE, documents

BATCH, BYTES = 500, 500  # facts a commit of the ledger; filling, so that a fact is about as long as a real one


def facts(count):
    """Events of one service, each a case of its own."""
    sample = documents("visits", 1)[0]
    for n in range(1, count + 1):
        stream = f"request/SMFW-{SITE}-20260302-{n:07}-K"
        state = sample.state.replace(sample.originator_id.encode(), stream.encode())
        yield StoredEvent(stream, 1, sample.topic, state.replace(b"visits 1 ", b"visits %d " % n + b"x" * BYTES))


def per_second(count, work):
    began = time.process_time()
    result = work()
    return round(count / (time.process_time() - began)), result


def measure(folder, events, suite):
    signer, count = Signer.make(key_name(SITE)), len(events)
    states = [event.state for event in events]
    (folder / "audit.sqlite").unlink(missing_ok=True)
    ledger = Ledger(folder / "audit.sqlite")
    sealer = Sealer(ledger, SITE, "visits", signer, suite, lambda: datetime.now(UTC), Often())

    def seal():
        for first in range(0, count, BATCH):
            sealer.hear(Piece(first + 1, states[first : first + BATCH]))
        sealer.seal()

    def tree():
        growing = Growing(suite)
        for state in states:
            growing.add(suite.leaf(state))
        return growing.root()

    sealed, _ = per_second(count, seal)
    verified, (standing,) = per_second(count, lambda: verify(folder, Trust(signer.verifier())))
    assert (standing.findings, standing.sealed) == ([], count)
    built, root = per_second(count, tree)
    assert root == sealer.log.tree(suite).root()
    asked = [json.loads(states[n * 997 % count])["id"] for n in range(50)]
    proofs, _ = per_second(len(asked), lambda: [prove(ledger, fact) for fact in asked])
    steps, _ = per_second(
        50, lambda: [consistency(sealer.log.complete(suite), count - 60 - n, count, suite) for n in range(50)]
    )
    ledger.close()
    return {"suite": suite.name, "kept and sealed/s": sealed, "verified/s": verified, "tree alone/s": built,
            "proofs/s": proofs, "consistency proofs/s": steps, "ledger bytes/fact": round(
                (folder / "audit.sqlite").stat().st_size / count)}  # fmt: skip


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    events = list(facts(count))
    with tempfile.TemporaryDirectory() as name:
        factory, recorder = open_recorder({"SQLITE_DBNAME": str(Path(name) / "visits.sqlite")})
        for first in range(0, count, 10_000):
            recorder.insert_events(events[first : first + 10_000])
        factory.close()
        for suite in SUITES.values():
            print(json.dumps(measure(Path(name), events, suite)), flush=True)


if __name__ == "__main__":
    main()
