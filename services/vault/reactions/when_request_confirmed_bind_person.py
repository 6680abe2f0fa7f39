"""From the confirmed request on it is known which case the person belongs to."""

from services.vault.access import BindPerson
from shared.contracts.intake import RequestConfirmed
from shared.messages import CloudEvent
from shared.reaction import follow
from shared.sealed import Unreadable, parse_token


def when_request_confirmed_bind_person(confirmed: CloudEvent[RequestConfirmed]) -> BindPerson | None:
    try:
        token = parse_token(confirmed.data.person)
    except Unreadable:
        return None  # sealed elsewhere: not ours to bind
    return follow(confirmed, BindPerson, kid=token.kid)
