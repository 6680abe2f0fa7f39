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

DESK = (
    AttemptReturnVisit, CompleteReturnVisit, CloseUnreachable, SubmitRating, ContactEvaluator, RectifyRating,
    ReceiveComplaint, AcceptComplaint, ReplyComplaint, FileCase, *COMPLAINT_DESK, *IMPROVEMENT_DESK,
)  # fmt: skip
