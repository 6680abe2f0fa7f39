"""Silence is acceptance: what is missing was not told within the statutory limit (R-04)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.intake.events_request import DeemedAccepted, SupervisorAlerted
from shared.decider import Context
from shared.messages import Fact

RULE = "R-04"


def notice_owed_since(matter: str, context: Context) -> datetime | None:
    """From receipt, where this center lets silence count for this kind of matter (DOMAIN 18, point 6)."""
    rules = context.rules
    kind = rules.matters[matter].kind if matter in rules.matters else ""
    counts = rules.in_force(RULE) and rules.numbers.get(f"intake.deemed.{kind}", 0)
    return context.happened if counts else None


def deem(request: Any) -> Sequence[Fact]:
    return [DeemedAccepted(rule=RULE, accepted_at=request.asked.registered_at), SupervisorAlerted(rule=RULE)]
