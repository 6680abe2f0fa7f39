"""Feedback, put together. The only file that knows every part."""

from services.feedback.case_file import CASE_FILE
from services.feedback.complaint import COMPLAINT
from services.feedback.complaint_book import COMPLAINT_BOOK
from services.feedback.desk import DESK
from services.feedback.effects import rating_invitation
from services.feedback.evaluation import EVALUATION
from services.feedback.reactions.when_result_delivered_expect_feedback import when_result_delivered_expect_feedback
from services.feedback.rectification import RECTIFICATION
from services.feedback.return_visit import RETURN_VISIT
from shared.parts import Parts

FEEDBACK = Parts(
    name="feedback",
    deciders=[RETURN_VISIT, EVALUATION, RECTIFICATION, COMPLAINT_BOOK, COMPLAINT, CASE_FILE],
    desk=DESK,
    reactions=[when_result_delivered_expect_feedback],
    effects=[rating_invitation],
)
