"""Something of a case is open (again): its file is not owed before that is closed (T30)."""

from shared.contracts.feedback_archive import NoteReopening
from shared.reaction import Reaction, follow, whenever


def _opening(name: str, service: str, kind: str, opened: str) -> Reaction:
    return whenever(
        f"when_{name}_look_at_file", service, kind, lambda heard: follow(heard, NoteReopening, opened=opened)
    )


OPENINGS: tuple[Reaction, ...] = (
    _opening("request_reopened", "intake", "request_reopened.v1", "request"),
    _opening("complained", "feedback", "complaint_registered.v1", "complaint"),
    _opening("objected", "feedback", "complaint_reopened.v1", "complaint"),
    _opening("rated_badly", "feedback", "bad_rating_opened.v1", "rating"),
    _opening("to_be_called_again", "feedback", "return_visit_due_again.v1", "return_visit"),
)
