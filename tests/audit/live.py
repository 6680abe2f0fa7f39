"""A ledger with one live case, decided by intake's own machinery without servers: what no played month can be."""

import json
from datetime import timedelta

from deploy.auditing.book import Book
from deploy.auditing.replay import Kept, Replay
from services.audit.ledger import Ledger
from shared.contracts.intake import AcceptRequest, ContactApplicant, NotifyOnce, ReceiveSupplement
from shared.contracts.intake_request import AssessCapacity, ClassifyScope
from shared.messages import Override
from shared.transparency.tree import DEFAULT, Growing
from tests.given import anning
from tests.intake.samples import MONDAY, NUMBER, register

CENTER = "620105"
LET_PASS = Override(rule="I-03", reason="本人已口头同意", by="chief:F01")
STEPS = [
    (0, register(scope="A3", consent=False, overrides=(LET_PASS,))),
    (20, ContactApplicant(id="c2", case=NUMBER, actor="clerk:A01")),
    (30, NotifyOnce(id="c3", case=NUMBER, actor="clerk:A01", defects=("household_register_copy",))),
    (60 * 48, ReceiveSupplement(id="c4", case=NUMBER, actor="clerk:A01")),
    (60 * 48 + 5, ClassifyScope(id="c5", case=NUMBER, actor="clerk:A01", scope="A3", grounds=("age",))),
    (60 * 48 + 7, AssessCapacity(id="c7", case=NUMBER, actor="clerk:A01", result="able")),
    (60 * 48 + 9, AcceptRequest(id="c6", case=NUMBER, actor="handler:F01")),
]


def live_facts():
    """(facts in the order of the log, answers of refused steps)."""
    log, refused = list[Kept](), []
    replay = Replay("intake", CENTER, lambda stream: [kept for kept in log if kept.stream == stream])
    for minutes, command in STEPS:
        now, position = MONDAY + timedelta(minutes=minutes), len(log) + 1
        answer, events = replay.decide(
            command, now, anning(), lambda stream, position=position: replay.known(stream, position)
        )  # fmt: skip
        refused += [] if answer.accepted else [answer]
        log += [Kept(position + n, event.state, json.loads(event.state)) for n, event in enumerate(events)]
    return log, refused


def live_book(folder):
    ledger = Ledger(folder / "audit.sqlite")
    facts, refused = live_facts()
    assert not refused
    ledger.log(CENTER, "intake", f"{CENTER}/intake/{DEFAULT.name}").add(Growing(DEFAULT), [kept.raw for kept in facts])
    return Book(ledger)
