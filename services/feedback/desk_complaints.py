"""What people may ask of complaints after their reception, and of what is learnt from them."""

from shared.contracts.complaints import (
    AddEvidence,
    AdoptImprovement,
    AssignComplaint,
    CheckEffect,
    CloseImprovement,
    CompleteComplaintRecord,
    ContactStuckItem,
    DecideRecurrence,
    DecideStaffMove,
    EnterStuckItem,
    ExtendComplaint,
    FileComplaint,
    FileComplaintAnalysis,
    ImplementImprovement,
    InformLeader,
    ObjectToReply,
    OpenComplainant,
    ProposeImprovement,
    RecheckComplaint,
    RejectImprovement,
    ResumeComplaint,
    ReturnComplaint,
    SettleStuckItem,
    SuspendComplaint,
    TakeMeasure,
    TransferComplaint,
    VisitComplainant,
    WithdrawComplaint,
)

COMPLAINT_DESK = (
    CompleteComplaintRecord, OpenComplainant, TransferComplaint, AssignComplaint, ReturnComplaint, WithdrawComplaint,
    InformLeader, AddEvidence, ExtendComplaint, SuspendComplaint, ResumeComplaint, ObjectToReply, RecheckComplaint,
    TakeMeasure, VisitComplainant, FileComplaint, DecideStaffMove, FileComplaintAnalysis,
)  # fmt: skip
IMPROVEMENT_DESK = (
    EnterStuckItem, ContactStuckItem, SettleStuckItem, ProposeImprovement, AdoptImprovement, RejectImprovement,
    ImplementImprovement, CheckEffect, CloseImprovement, DecideRecurrence,
)  # fmt: skip
