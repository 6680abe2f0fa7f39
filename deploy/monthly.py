"""The month's report as a record (Q-01): what is sent to feedback, and how far it has got by the facts."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from nats.errors import Error as NatsError

from deploy.commands import say
from deploy.commands.tell import send as ask
from deploy.commands.tell import told
from deploy.indicators import Indicator
from deploy.indicators.anomalies import Anomaly
from deploy.outcomes import Document
from deploy.running import noted
from shared.contracts.feedback_reports import MakeMonthlyReport

SERVICE = "feedback"


def body(cases: int, indicators: Sequence[Indicator], anomalies: Sequence[Anomaly]) -> dict[str, Any]:
    """Counts only; of anomalies what they are about and how many cases, never which people."""
    return {
        "cases": cases,
        "figures": [
            {"indicator": one.id, "numerator": one.numerator, "denominator": one.denominator, "unit": one.unit,
             "value": None if one.value is None else round(one.value, 4), "not_recorded": one.not_recorded}
            for one in indicators
        ],
        "anomalies": [{"kind": one.kind, "about": one.about, "count": len(one.cases)} for one in anomalies],
    }  # fmt: skip


def send(folder: Path, actor: str, month: str, report: Mapping[str, Any]) -> int:
    """To the site whose facts were counted, which has to run."""
    running = noted(folder)
    if running is None or not running.alive:
        say("not_running")
        return 3
    case = f"{running.center}-{month.replace('-', '')}"
    wish = {"id": f"shell:{uuid4().hex}", "actor": actor, "case": case, **report}
    try:
        return told(asyncio.run(ask(running, SERVICE, MakeMonthlyReport, wish)))
    except (NatsError, OSError, TimeoutError):
        say("no_answer", service=SERVICE)
        return 3


def recorded(facts: Sequence[Document], month: str) -> str:
    """`missing`, `made`, `handed_over`, or `supervised`."""
    kinds = {fact["type"] for fact in facts if fact["subject"].startswith("monthly_report/")
             and fact["case"].endswith(month.replace("-", ""))}  # fmt: skip
    made = next((fact for fact in facts if fact["type"] == "monthly_report_made.v1"
                 and fact["data"]["month"] == month.replace("-", "")), None)  # fmt: skip
    if made is None:
        return "missing"
    if "monthly_report_handed_over.v1" not in kinds:
        return "made"
    return "supervised" if "anomalies_supervised.v1" in kinds or not made["data"]["anomalies"] else "handed_over"
