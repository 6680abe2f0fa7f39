"""What feedback sends to the outside world: the invitation to rate (E-01), without pressure (E-03)."""

from datetime import timedelta

from services.feedback.events import EvaluationInvited
from shared.messages import CloudEvent
from shared.parts import Send

STALE_AFTER = timedelta(days=3)  # later than that it would come as a nuisance


def rating_invitation(invited: CloudEvent[EvaluationInvited]) -> Send:
    params = {"case": invited.case, "person_ref": invited.data.person_ref, "matter": invited.data.matter}
    return Send("rating_invitation", params, STALE_AFTER)
