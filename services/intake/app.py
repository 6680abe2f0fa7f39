"""Intake, put together. The only file that knows every part."""

from services.intake.batch import BATCH
from services.intake.catalogue import CATALOGUE
from services.intake.desk import DESK
from services.intake.duplicates import APPLICATION, watched
from services.intake.effects import send_request_receipt
from services.intake.effects_request import (
    send_lapse_notice,
    send_one_time_notification,
    send_redirect_notice,
    send_refusal_notice,
    send_transfer_notice,
)
from services.intake.enterprise_visits import ENTERPRISE_WINDOW
from services.intake.reactions.when_complaint_upheld_reopen_request import when_complaint_upheld_reopen_request
from services.intake.reactions.when_credentials_shown_start_service import when_credentials_shown_start_service
from services.intake.reactions.when_result_delivered_complete_request import when_result_delivered_complete_request
from services.intake.register import REGISTER
from services.intake.request import REQUEST
from shared.parts import Parts

INTAKE = Parts(
    name="intake",
    asks=(
        "vault.public_key",
        "vault.compare_phone_tail",
        "scheduling.case_history",
        "visits.case_history",
    ),
    deciders=[REGISTER, watched(REQUEST), APPLICATION, BATCH, CATALOGUE, ENTERPRISE_WINDOW],
    desk=DESK,
    reactions=[
        when_result_delivered_complete_request,
        when_credentials_shown_start_service,
        when_complaint_upheld_reopen_request,
    ],
    effects=[
        send_request_receipt,
        send_one_time_notification,
        send_refusal_notice,
        send_redirect_notice,
        send_transfer_notice,
        send_lapse_notice,
    ],
)
