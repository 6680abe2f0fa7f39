"""投诉处理. A case may have several complaints: each is its stream's."""

from collections.abc import Iterable

from deploy.indicators.measure import Indicator, Month, judged, ratio
from deploy.outcomes import Document

SUBSTANTIATED = {"FD1", "FD2"}
ANSWERED = ("complaint_accepted.v1", "complaint_not_accepted.v1", "complaint_transferred.v1", "complaint_replied.v1",
            "complaint_withdrawn.v1")  # fmt: skip
CONCLUDED = ANSWERED[1:]


def complaints(month: Month) -> Iterable[Indicator]:
    complained = month.cases("complaint_received.v1")
    yield ratio("complaint", month.cases("request_registered.v1"), complained.__contains__)
    received, replied = month.each("complaint_received.v1"), month.each("complaint_replied.v1")
    answered, concluded = _streams(month.each(*ANSWERED)), _streams(month.each(*CONCLUDED))
    yield judged("complaint_response", [(fact["case"], fact["subject"] in answered) for fact in received])
    yield judged("complaint_conclusion", [(fact["case"], fact["subject"] in concluded) for fact in received])
    yield judged(
        "complaint_substantiated", [(fact["case"], fact["data"]["finding"] in SUBSTANTIATED) for fact in replied]
    )
    objected = _streams(month.each("complaint_objected.v1"))
    yield judged("complaint_recheck", [(fact["case"], _beside_paper(fact, objected)) for fact in replied])
    yield judged("complaint_satisfaction", _satisfied(month, replied))


def _streams(facts: Iterable[Document]) -> set[str]:
    return {fact["subject"] for fact in facts}


def _beside_paper(reply: Document, objected: set[str]) -> bool | None:
    """A paper ledger has no column for an objection."""
    return True if reply["subject"] in objected else None if reply.get("origin") == "ledger" else False


def _satisfied(month: Month, replied: Iterable[Document]) -> list[tuple[str, bool | None]]:
    """What complainants said when they were called; who was not asked, or did not say, is not recorded."""
    said = {fact["subject"]: fact["data"]["satisfied"] for fact in month.each("complainant_visited.v1")}
    return [(fact["case"], said.get(fact["subject"])) for fact in replied]
