"""Which facts a month's figures are made of: those of the cases registered in it, whenever they happened."""

from collections.abc import Callable, Sequence
from datetime import datetime

from deploy.outcomes import Document
from shared.calendar import SHANGHAI

REGISTERED = "request_registered.v1"


def months(facts: Sequence[Document]) -> list[str]:
    """`2026-03`, those in which something was registered, in their order."""
    return sorted({_month(fact) for fact in facts if fact["type"] == REGISTERED})


def of_month(facts: Sequence[Document], month: str) -> list[Document]:
    return of_period(facts, lambda registered_at: _local(registered_at) == month)


def of_period(facts: Sequence[Document], holds: Callable[[str], bool]) -> list[Document]:
    """`holds`: of the moment of registration. Facts of no case, such as a publication, belong to every period."""
    elsewhere = {fact["case"] for fact in facts if fact["type"] == REGISTERED and not holds(_registered_at(fact))}
    return [fact for fact in facts if fact["case"] not in elsewhere]


def _month(registered: Document) -> str:
    return _local(_registered_at(registered))


def _registered_at(registered: Document) -> str:
    return str(registered["data"]["registered_at"])


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(SHANGHAI):%Y-%m}"
