"""The complaint is settled: who had gone may go to that person again (P-06)."""

from shared.contracts.feedback import ComplaintClosed
from shared.contracts.scheduling import NoteComplaint
from shared.messages import CloudEvent
from shared.reaction import follow


def when_complaint_closed_note_it(closed: CloudEvent[ComplaintClosed]) -> NoteComplaint:
    return follow(closed, NoteComplaint, number=closed.data.number, open=False)
