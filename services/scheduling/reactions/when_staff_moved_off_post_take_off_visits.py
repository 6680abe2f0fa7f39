"""Complaints that were found true moved somebody off the post: they go to no door any more (C-13, P-02)."""

from shared.contracts.feedback import StaffMovedOffPost
from shared.contracts.scheduling_staff import TakeOffVisits
from shared.messages import CloudEvent
from shared.reaction import follow


def when_staff_moved_off_post_take_off_visits(moved: CloudEvent[StaffMovedOffPost]) -> TakeOffVisits:
    center = moved.source.split("/")[1]
    return follow(moved, TakeOffVisits, because="C-13").model_copy(update={"case": f"{center}-{moved.data.staff}"})
