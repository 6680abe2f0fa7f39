"""The applicant complains of the case: who went there does not go to that person until it is settled (P-06)."""

from shared.contracts.feedback import ComplaintRegistered
from shared.contracts.scheduling import NoteComplaint
from shared.messages import CloudEvent
from shared.reaction import follow


def when_complaint_registered_note_it(registered: CloudEvent[ComplaintRegistered]) -> NoteComplaint:
    return follow(registered, NoteComplaint, number=registered.data.number, open=True)
