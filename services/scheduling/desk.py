"""What people may ask scheduling for."""

from shared.contracts.scheduling import (
    AssignTeam,
    BookAppointment,
    CancelAppointment,
    ChangeAvailability,
    DeclareAvoidance,
    EndQualification,
    LiftAvoidance,
    NoteCircumstances,
    OfferPeriods,
    RecordMessageSent,
    RecordQualification,
    RecordTraining,
    RegisterStaff,
    ReleaseVisit,
    ReplaceTeamMember,
    RescheduleAppointment,
    SeekAgain,
    TakeOffVisits,
)

DESK = (
    OfferPeriods, BookAppointment, AssignTeam, RescheduleAppointment, CancelAppointment, ReleaseVisit,
    RecordMessageSent, SeekAgain, ReplaceTeamMember, NoteCircumstances, RegisterStaff, RecordQualification,
    EndQualification, RecordTraining, ChangeAvailability, DeclareAvoidance, LiftAvoidance, TakeOffVisits,
)  # fmt: skip
