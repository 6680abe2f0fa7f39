"""Visits delivered the result, so the applicant is called, invited to rate, and the file opened."""

from shared.contracts.feedback import ExpectFeedback
from shared.contracts.visits import ResultDelivered
from shared.messages import CloudEvent
from shared.reaction import follow


def when_result_delivered_expect_feedback(delivered: CloudEvent[ResultDelivered]) -> ExpectFeedback:
    result = delivered.data
    return follow(
        delivered, ExpectFeedback, team=result.team, matter=result.matter, person_ref=result.person_ref, way=result.way
    )
