"""The risk of a visit was assessed: where there is one nobody goes alone (P-04), and the day sheet marks it."""

from shared.contracts.scheduling import NoteCircumstances
from shared.contracts.visits import RiskAssessed
from shared.messages import CloudEvent
from shared.reaction import follow

RISK = ("risk",)


def when_risk_assessed_note_it(assessed: CloudEvent[RiskAssessed]) -> NoteCircumstances:
    if assessed.data.level == "low":
        return follow(assessed, NoteCircumstances, gone=RISK)
    return follow(assessed, NoteCircumstances, needs=RISK)
