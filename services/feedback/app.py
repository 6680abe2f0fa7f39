"""Feedback, put together. The only file that knows every part."""

from services.feedback.appeal import RATING_APPEAL
from services.feedback.case_file import CASE_FILE
from services.feedback.complaint import COMPLAINT
from services.feedback.complaint_book import COMPLAINT_BOOK
from services.feedback.complaint_month import COMPLAINT_MONTH
from services.feedback.conduct import CONDUCT
from services.feedback.desk import DESK
from services.feedback.effects import bad_rating_dispatch, rating_invitation
from services.feedback.effects_complaints import COMPLAINT_EFFECTS
from services.feedback.evaluation import EVALUATION
from services.feedback.improvement import IMPROVEMENT, IMPROVEMENT_BOOK
from services.feedback.monthly_report import MONTHLY_REPORT
from services.feedback.rating_month import RATING_MONTH
from services.feedback.reactions.when_bad_rating_opened_count_causes import when_bad_rating_opened_count_causes
from services.feedback.reactions.when_paper_arises_add_to_file import PAPERS
from services.feedback.reactions.when_request_ends_open_file import ENDS
from services.feedback.reactions.when_request_registered_open_report_month import (
    when_request_registered_open_report_month,
)
from services.feedback.reactions.when_result_delivered_expect_feedback import when_result_delivered_expect_feedback
from services.feedback.reactions.when_something_closes_look_at_file import CLOSINGS
from services.feedback.reactions.when_something_opens_look_at_file import OPENINGS
from services.feedback.rectification import RECTIFICATION
from services.feedback.recurrence import RECURRENCE
from services.feedback.return_visit import RETURN_VISIT
from services.feedback.stuck_item import STUCK_ITEM, STUCK_LEDGER
from shared.parts import Parts

FEEDBACK = Parts(
    name="feedback",
    deciders=[
        RETURN_VISIT,
        EVALUATION,
        RECTIFICATION,
        RATING_APPEAL,
        RATING_MONTH,
        MONTHLY_REPORT,
        COMPLAINT_BOOK,
        COMPLAINT,
        CASE_FILE,
        COMPLAINT_MONTH,
        CONDUCT,
        RECURRENCE,
        STUCK_LEDGER,
        STUCK_ITEM,
        IMPROVEMENT_BOOK,
        IMPROVEMENT,
    ],
    desk=DESK,
    reactions=[
        when_result_delivered_expect_feedback,
        when_bad_rating_opened_count_causes,
        when_request_registered_open_report_month,
        *PAPERS,
        *ENDS,
        *CLOSINGS,
        *OPENINGS,
    ],
    effects=[rating_invitation, bad_rating_dispatch, *COMPLAINT_EFFECTS],
)
