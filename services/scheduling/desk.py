"""What people may ask scheduling for."""

from shared.contracts.scheduling import (
    AmendCalendar,
    AssignTeam,
    BookAppointment,
    CancelAppointment,
    ChangeAvailability,
    CloseDay,
    DeclareAvoidance,
    EndQualification,
    LiftAvoidance,
    LiftSuspension,
    NoteCircumstances,
    OfferPeriods,
    RecordCentreMiss,
    RecordMessageSent,
    RecordQualification,
    RecordTraining,
    RegisterStaff,
    ReleaseVisit,
    ReplaceTeamMember,
    ReportDelay,
    ReportOverrun,
    RescheduleAppointment,
    SeekAgain,
    SuspendVisits,
    TakeOffVisits,
)

DESK = (
    OfferPeriods, BookAppointment, AssignTeam, RescheduleAppointment, CancelAppointment, ReleaseVisit,
    RecordMessageSent, SeekAgain, ReplaceTeamMember, NoteCircumstances, RegisterStaff, RecordQualification,
    EndQualification, RecordTraining, ChangeAvailability, DeclareAvoidance, LiftAvoidance, TakeOffVisits,
    ReportDelay, ReportOverrun, RecordCentreMiss, AmendCalendar, CloseDay, SuspendVisits, LiftSuspension,
)  # fmt: skip
