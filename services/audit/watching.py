"""Health and figures of the audit: what it has heard, what is sealed, what is wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, generate_latest

from shared.database import FAILURES
from shared.health import Asked
from shared.metrics import Now, Sample

if TYPE_CHECKING:
    from services.audit.app import Audit

LATE = 300.0  # seconds: what was heard so long ago and is not sealed yet


def asked(audit: "Audit") -> Asked:
    registry, now = CollectorRegistry(), Now()
    registry.register(now)

    async def live() -> dict[str, str]:
        ended = [task for task in audit.tasks if task.done()]
        return {"loop": "", "tasks": f"{len(ended)} ended" if ended else ""}

    async def ready() -> dict[str, str]:
        broker = "" if audit.connected else "not connected"
        try:
            standing = await audit.standing()
        except FAILURES as failure:
            return {"broker": broker, "ledger": f"away: {type(failure).__name__}"}
        late = [name for name, log in standing["logs"].items() if _waits(log) > LATE]
        return {
            "broker": broker,
            "ledger": "" if standing["logs"] else "hears nobody yet",
            "sealing": f"late: {', '.join(late)}" if late else "",
        }

    async def figures() -> bytes:
        now.samples = _samples(await audit.standing())
        return generate_latest(registry)

    return Asked(live, ready, figures)


def _waits(log: Mapping[str, Any]) -> float:
    """Seconds since the last sealing, if something has come since."""
    return 0.0 if log["sealed"] >= log["heard"] else _since(log["sealed_at"])


def _since(moment: str | None) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds() if moment else 0.0


def _samples(standing: Mapping[str, Any]) -> list[Sample]:
    heard = Sample("doorstep_audit_heard", "Facts in the ledger", ("log",))
    sealed = Sample("doorstep_audit_sealed", "Facts under the last signed checkpoint", ("log",))
    waits = Sample("doorstep_audit_unsealed_seconds", "Seconds since the last sealing, if facts wait", ("log",))
    witnessed = Sample("doorstep_audit_witnessed", "Facts under a checkpoint that the witness signed", ("log",))
    refused = Sample("doorstep_audit_witness_failing_seconds", "Since the witness last signed, if it fails", ("log",))
    alarms = Sample("doorstep_audit_alarms", "Holes and contradictions, ever")
    for name, log in standing["logs"].items():
        heard(log["heard"], name)
        sealed(log["sealed"], name)
        waits(_waits(log), name)
        if witness := log["witness"]:
            witnessed(witness["witnessed"], name)
            refused(_since(witness["failing_since"]), name)
    alarms(len(standing["alarms"]))
    return [heard, sealed, waits, witnessed, refused, alarms]
