"""Credentials were shown at the door: the service has begun, and the request cannot be withdrawn any more (R-09)."""

from shared.contracts.intake_request import StartService
from shared.contracts.visits_start import CredentialsShown
from shared.messages import CloudEvent
from shared.reaction import follow


def when_credentials_shown_start_service(shown: CloudEvent[CredentialsShown]) -> StartService:
    return follow(shown, StartService)
