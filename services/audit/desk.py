"""What may be asked of the ledger: where it stands, its checkpoints, a proof. Nothing here writes a fact."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from services.audit.access import OWN, Note, keep
from services.audit.ledger import Ledger
from services.audit.proving import prove
from services.audit.sealer import Sealer
from services.audit.submitting import Standing
from shared.decider import Refused
from shared.messages import Answer
from shared.messaging import Reply

InLedger = Callable[..., Awaitable[Any]]
Signing = Mapping[str, Mapping[str, Standing]]  # who countersigns (witness, hub) -> how it is with each log


def questions(
    ledger: Ledger,
    sealers: Mapping[str, Sealer],
    in_ledger: InLedger,
    public_key: str,
    center: str,
    signing: Callable[[], Signing] = dict,
) -> dict[str, Reply]:
    async def status(_body: bytes) -> bytes:
        """{} -> per service: heard, sealed, when; alarms; the key that the checkpoints are signed with"""
        return json.dumps(await in_ledger(standing, ledger, sealers, public_key, signing())).encode()

    async def seal(_body: bytes) -> bytes:
        """{} -> as status, after sealing what was heard"""
        for sealer in list(sealers.values()):
            await in_ledger(sealer.seal)
        return await status(b"")

    async def checkpoint(body: bytes) -> bytes:
        """{"service": name} -> {"note": the last checkpoint}"""
        sealer = sealers.get(json.loads(body or b"{}").get("service", ""))
        last = await in_ledger(sealer.log.last_checkpoint) if sealer else None
        if last is None:
            raise Refused("SCHEMA", "no_checkpoint")
        return json.dumps({"note": last[1]}, ensure_ascii=False).encode()

    async def proof(body: bytes) -> bytes:
        """{"fact": id} -> {"proof": text, "document": the stored bytes as text}"""
        found = await in_ledger(prove, ledger, json.loads(body or b"{}").get("fact", ""))
        if found is None:
            raise Refused("SCHEMA", "no_such_sealed_fact")
        return json.dumps({"proof": str(found.proof), "document": found.document.decode()}, ensure_ascii=False).encode()

    async def note(body: bytes) -> bytes:
        """{"actor", "case", "type", "data"} -> an answer: what an auditor opened or took is kept in the audit's log"""
        wish, sealer = Note.model_validate_json(body), sealers[OWN]
        await in_ledger(keep, sealer, center, wish, datetime.now(UTC))
        return Answer().model_dump_json().encode()

    return {"note": note, "status": status, "seal": seal, "checkpoint": checkpoint, "proof": proof}


def standing(ledger: Ledger, sealers: Mapping[str, Sealer], public_key: str, signing: Signing) -> dict[str, Any]:
    return {
        "service": "audit",
        "key": public_key,
        "logs": {
            name: {
                "heard": sealer.size,
                "sealed": sealer.sealed,
                "waiting_since": sealer.waiting_since.isoformat() if sealer.waiting_since else None,
                "sealed_at": sealer.sealed_at.isoformat(timespec="seconds") if sealer.sealed_at else None,
                **{who: of[name].shown() if name in of else None for who, of in signing.items()},
            }
            for name, sealer in sorted(sealers.items())
        },
        "alarms": [alarm._asdict() for alarm in ledger.alarms()],
    }
