"""What people may ask scheduling for."""

from shared.contracts.scheduling import (
    AmendCalendar,
    AssignTeam,
    BookAppointment,
    CancelAppointment,
    CloseDay,
    LiftSuspension,
    NoteCircumstances,
    OfferPeriods,
    RecordCentreMiss,
    RecordMessageSent,
    ReleaseVisit,
    ReplaceTeamMember,
    ReportDelay,
    ReportOverrun,
    RescheduleAppointment,
    SeekAgain,
    SuspendVisits,
)
from shared.contracts.scheduling_staff import (
    ChangeAvailability,
    DeclareAvoidance,
    EndQualification,
    LiftAvoidance,
    RecordQualification,
    RecordTraining,
    RegisterStaff,
    TakeOffVisits,
)

DESK = (
    OfferPeriods, BookAppointment, AssignTeam, RescheduleAppointment, CancelAppointment, ReleaseVisit,
    RecordMessageSent, SeekAgain, ReplaceTeamMember, NoteCircumstances, RegisterStaff, RecordQualification,
    EndQualification, RecordTraining, ChangeAvailability, DeclareAvoidance, LiftAvoidance, TakeOffVisits,
    ReportDelay, ReportOverrun, RecordCentreMiss, AmendCalendar, CloseDay, SuspendVisits, LiftSuspension,
)  # fmt: skip
