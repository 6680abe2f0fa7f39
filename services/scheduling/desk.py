"""What people may ask scheduling for."""

from shared.contracts.scheduling import (
    AssignTeam,
    BookAppointment,
    CancelAppointment,
    OfferPeriods,
    RecordMessageSent,
    ReleaseVisit,
    RescheduleAppointment,
    SeekAgain,
)

DESK = (
    OfferPeriods, BookAppointment, AssignTeam, RescheduleAppointment, CancelAppointment, ReleaseVisit,
    RecordMessageSent, SeekAgain,
)  # fmt: skip
