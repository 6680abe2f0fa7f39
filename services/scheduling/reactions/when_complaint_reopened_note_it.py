"""The applicant disagrees with the reply: it is not settled yet, so who went there still does not go (P-06)."""

from shared.contracts.feedback import ComplaintReopened
from shared.contracts.scheduling import NoteComplaint
from shared.messages import CloudEvent
from shared.reaction import follow


def when_complaint_reopened_note_it(reopened: CloudEvent[ComplaintReopened]) -> NoteComplaint:
    return follow(reopened, NoteComplaint, number=reopened.data.number, open=True)
