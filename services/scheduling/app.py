"""Scheduling, put together. The only file that knows every part."""

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.day_plan import DAY_PLAN
from services.scheduling.desk import DESK
from services.scheduling.effects import (
    send_appointment_confirmation,
    send_cancellation_notice,
    send_change_notice,
    send_reschedule_notice,
    send_visit_reminder,
)
from services.scheduling.effects_day import (
    send_delay_notice,
    send_miss_notice,
    send_not_met_notice,
    send_on_the_way,
)
from services.scheduling.effects_staff import send_team_change_notice
from services.scheduling.reactions.when_applicant_not_met_close_appointment import (
    when_applicant_not_met_close_appointment,
)
from services.scheduling.reactions.when_complaint_closed_note_it import when_complaint_closed_note_it
from services.scheduling.reactions.when_complaint_registered_note_it import when_complaint_registered_note_it
from services.scheduling.reactions.when_complaint_reopened_note_it import when_complaint_reopened_note_it
from services.scheduling.reactions.when_follow_up_planned_seek_again import when_follow_up_planned_seek_again
from services.scheduling.reactions.when_matter_handled_close_appointment import when_matter_handled_close_appointment
from services.scheduling.reactions.when_next_visit_delayed_report_delay import when_next_visit_delayed_report_delay
from services.scheduling.reactions.when_replanning_due_replan_appointment import (
    when_replanning_due_replan_appointment,
)
from services.scheduling.reactions.when_request_confirmed_seek_appointment import (
    when_request_confirmed_seek_appointment,
)
from services.scheduling.reactions.when_request_withdrawn_close_appointment import (
    when_request_withdrawn_close_appointment,
)
from services.scheduling.reactions.when_risk_assessed_note_it import when_risk_assessed_note_it
from services.scheduling.reactions.when_staff_moved_off_post_take_off_visits import (
    when_staff_moved_off_post_take_off_visits,
)
from services.scheduling.reactions.when_team_departed_note_departure import when_team_departed_note_departure
from services.scheduling.reactions.when_visit_aborted_close_appointment import when_visit_aborted_close_appointment
from services.scheduling.staff_member import STAFF_MEMBER
from services.scheduling.suspension_order import SUSPENSION_ORDER
from services.scheduling.work_calendar import WORK_CALENDAR
from shared.parts import Parts

SCHEDULING = Parts(
    name="scheduling",
    deciders=[APPOINTMENT, DAY_PLAN, STAFF_MEMBER, WORK_CALENDAR, SUSPENSION_ORDER],
    desk=DESK,
    reactions=[
        when_request_confirmed_seek_appointment,
        when_request_withdrawn_close_appointment,
        when_applicant_not_met_close_appointment,
        when_visit_aborted_close_appointment,
        when_matter_handled_close_appointment,
        when_follow_up_planned_seek_again,
        when_complaint_registered_note_it,
        when_complaint_closed_note_it,
        when_complaint_reopened_note_it,
        when_staff_moved_off_post_take_off_visits,
        when_risk_assessed_note_it,
        when_replanning_due_replan_appointment,
        when_next_visit_delayed_report_delay,
        when_team_departed_note_departure,
    ],
    effects=[
        send_appointment_confirmation,
        send_visit_reminder,
        send_reschedule_notice,
        send_change_notice,
        send_cancellation_notice,
        send_team_change_notice,
        send_on_the_way,
        send_delay_notice,
        send_not_met_notice,
        send_miss_notice,
    ],
)
