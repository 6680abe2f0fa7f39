"""Intake, put together. The only file that knows every part."""

from services.intake.desk import DESK
from services.intake.effects import send_request_receipt
from services.intake.reactions.when_result_delivered_complete_request import when_result_delivered_complete_request
from services.intake.register import REGISTER
from services.intake.request import REQUEST
from shared.parts import Parts

INTAKE = Parts(
    name="intake",
    deciders=[REGISTER, REQUEST],
    desk=DESK,
    reactions=[when_result_delivered_complete_request],
    effects=[send_request_receipt],
)
