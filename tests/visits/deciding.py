"""What was accepted at the door, on its way to a decision: the steps that tests of it share."""

from services.visits.custody import CUSTODY
from services.visits.delivery import DELIVERY
from services.visits.events import MatterHandled, TeamLeft
from services.visits.events_matters import MatterAccepted
from services.visits.visit import VISIT
from shared.contracts.visits import DecideMatter
from tests.given import at, given
from tests.visits.samples import NUMBER, PLANNED, SHOWN, ask, streams

NOW, SEALED = at("2026-03-06 16:00"), "sealed:v1:k1:QUJD"
ACCEPTED = MatterAccepted(matter="MT-OLDAGE", round=1, limit="MT-OLDAGE", person_ref="a" * 32)


def after(result, *custody, earlier=()):
    visit = [*(earlier or (PLANNED,)), *SHOWN[1:], MatterHandled(result=result, round=1), TeamLeft()]
    known = {f"visit/{NUMBER}": VISIT.state_after(visit), f"custody/{NUMBER}": CUSTODY.state_after(custody)}
    return streams(known)


def window(kind, *history, result="K02", rules=None, now=NOW, actor="handler:F01", **fields):
    command = ask(kind, actor, **fields)
    return given(DELIVERY, *history).when(command, at=now, situations=after(result), rules=rules)


def deciding(*history, **fields):
    return window(DecideMatter, *history, **fields)
