"""Something of a case is closed: if nothing is open any more, its file is owed (T30). Feedback hears its own facts."""

from shared.contracts.feedback_archive import NoteClosing
from shared.reaction import Reaction, follow, whenever

CLOSED = {
    "answered": "return_visit_completed.v1", "declined": "return_visit_declined.v1",
    "unreachable": "return_visit_closed_unreachable.v1", "rated": "evaluation_submitted.v1",
    "not_rated": "evaluation_expired.v1", "mended": "rectification_closed.v1",
    "complaint_ended": "complaint_closed.v1",
}  # fmt: skip

CLOSINGS: tuple[Reaction, ...] = tuple(
    whenever(f"when_{how}_look_at_file", "feedback", kind, lambda closed: follow(closed, NoteClosing))
    for how, kind in CLOSED.items()
)
