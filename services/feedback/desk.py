"""What people may ask feedback for."""

from services.feedback.desk_complaints import COMPLAINT_DESK, IMPROVEMENT_DESK
from shared.contracts.feedback import (
    AcceptComplaint,
    AttemptReturnVisit,
    CloseUnreachable,
    CompleteReturnVisit,
    ContactEvaluator,
    FileCase,
    ReceiveComplaint,
    RectifyRating,
    ReplyComplaint,
    SubmitRating,
)
from shared.contracts.feedback_archive import ARCHIVE_DESK, AddFileDocument
from shared.contracts.feedback_reports import REPORT_DESK
from shared.contracts.ratings import RATING_DESK

DESK = (
    AttemptReturnVisit, CompleteReturnVisit, CloseUnreachable, SubmitRating, ContactEvaluator, RectifyRating,
    ReceiveComplaint, AcceptComplaint, ReplyComplaint, FileCase, *COMPLAINT_DESK, *IMPROVEMENT_DESK,
    AddFileDocument, *ARCHIVE_DESK, *RATING_DESK, *REPORT_DESK,
)  # fmt: skip
