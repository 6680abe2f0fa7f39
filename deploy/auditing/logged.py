"""The ledger's facts as the services' logs have them, service after service as the process goes.

What counts the last step of a case, or the course of a clock, counts it in this order: so `doorstep report` does too.
"""

from deploy.auditing.book import REGISTERED, Book, Period
from deploy.facts import SERVICES, Document


def logged(book: Book) -> list[Document]:
    return [fact for service in SERVICES for fact in book.facts([service])]


def logged_cases(book: Book, period: Period | None = None) -> dict[str, list[Document]]:
    """Those registered in the period, sorted by number."""
    found = dict[str, list[Document]]()
    born = set[str]()
    for fact in logged(book):
        found.setdefault(fact["case"], []).append(fact)
        if fact["type"] == REGISTERED and (period is None or period.holds(fact["time"])):
            born.add(fact["case"])
    return {number: found[number] for number in sorted(born)}
