"""What people may ask feedback for."""

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
    ReceiveComplaint, AcceptComplaint, ReplyComplaint, FileCase,
)  # fmt: skip
