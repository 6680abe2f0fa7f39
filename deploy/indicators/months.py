"""Which facts a month's figures are made of: those of the cases registered in it, whenever they happened."""

from collections.abc import Sequence
from datetime import datetime

from deploy.outcomes import Document
from shared.calendar import SHANGHAI

REGISTERED = "request_registered.v1"


def months(facts: Sequence[Document]) -> list[str]:
    """`2026-03`, those in which something was registered, in their order."""
    return sorted({_month(fact) for fact in facts if fact["type"] == REGISTERED})


def of_month(facts: Sequence[Document], month: str) -> list[Document]:
    """Facts of no case, such as a publication, belong to every month."""
    born = {fact["case"]: _month(fact) for fact in facts if fact["type"] == REGISTERED}
    return [fact for fact in facts if born.get(fact["case"], month) == month]


def _month(registered: Document) -> str:
    return f"{datetime.fromisoformat(registered['data']['registered_at']).astimezone(SHANGHAI):%Y-%m}"
