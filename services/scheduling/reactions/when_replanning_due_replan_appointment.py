"""A day was closed or visits were suspended, so every appointment that this hits is planned anew, one by one."""

from shared.contracts.scheduling import ReplanAppointment, ReplanningDue
from shared.messages import CloudEvent
from shared.reaction import follow


def when_replanning_due_replan_appointment(due: CloudEvent[ReplanningDue]) -> ReplanAppointment:
    known = {name: getattr(due.data, name) for name in ("period", "reason", "priority", "because")}
    return follow(due, ReplanAppointment, **known).model_copy(update={"case": due.data.appointment})
