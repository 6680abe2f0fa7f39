"""What feedback sends: the invitation to rate (E-01), without pressure (E-03); a bad rating, to its window (E-06)."""

from datetime import timedelta

from services.feedback.events import EvaluationInvited
from services.feedback.events_rating import RectificationAssigned
from shared.messages import CloudEvent
from shared.parts import Send, under

STALE_AFTER = timedelta(days=3)  # later than that it would come as a nuisance


@under("E-01")
def rating_invitation(invited: CloudEvent[EvaluationInvited]) -> Send:
    params = {"case": invited.case, "person_ref": invited.data.person_ref, "matter": invited.data.matter}
    return Send("rating_invitation", params, STALE_AFTER)


@under("E-06")
def bad_rating_dispatch(assigned: CloudEvent[RectificationAssigned]) -> Send:
    """To whoever handles the matter; who rated is not said."""
    params = {"case": assigned.case, "matter": assigned.data.matter, "handlers": list(assigned.data.handlers)}
    return Send("bad_rating_dispatch", params, STALE_AFTER)
