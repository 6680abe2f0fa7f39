"""The vault, put together. The only file that knows every part but the keys."""

from services.vault.access import ACCESS
from services.vault.consent import CONSENT, IMPACT_ASSESSMENT
from services.vault.phone_tail import PHONE_TAIL
from services.vault.reactions.when_request_confirmed_bind_person import when_request_confirmed_bind_person
from services.vault.rights import DATA_REQUEST
from services.vault.subject import SUBJECT
from shared.contracts.vault import (
    AnswerDataConsent,
    AnswerDataRequest,
    ReceiveDataRequest,
    RecordImpactAssessment,
    WithdrawDataConsent,
)
from shared.parts import Parts

VAULT = Parts(
    name="vault",
    deciders=[SUBJECT, ACCESS, DATA_REQUEST, CONSENT, IMPACT_ASSESSMENT, PHONE_TAIL],
    # What touches keys has a desk of its own: see desk.py.
    desk=(ReceiveDataRequest, AnswerDataRequest, AnswerDataConsent, WithdrawDataConsent, RecordImpactAssessment),
    reactions=[when_request_confirmed_bind_person],
)
