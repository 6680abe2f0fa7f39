"""After the return: record, list and recordings are taken over by the center, the same working day (V-20)."""

from collections.abc import Iterator

from services.visits.custody import Custody
from services.visits.rounds import Left
from shared.contracts.visits import HandInRecords
from shared.deviation import Breach
from shared.rules import Rules

PARTS = "V-20.parts"
RECORDINGS = "recordings"


def not_handed_in(command: HandInRecords, visit: Left, custody: Custody, rules: Rules) -> Iterator[Breach]:
    """Somebody else counts it with them; each recording has its digest; no original stays in anybody's bag."""
    handed = command.parts or ()
    if missing := [part for part in rules.lists[PARTS] if part not in handed]:
        yield Breach("V-20", "hand_in_incomplete", {"part": missing}, in_ledger=False)
    if command.recordings is None or (RECORDINGS in handed) != bool(command.recordings):
        yield Breach("V-20", "recordings_not_stated", in_ledger=False)
    elif visit.recorded and not command.recordings:
        yield Breach("V-20", "recording_not_handed_in", in_ledger=False)
    if command.received_by is None or command.received_by in visit.plan.team:
        yield Breach("V-20", "nobody_took_over", in_ledger=False)
    if custody.still_out:
        yield Breach("V-20", "materials_still_out", in_ledger=False)
