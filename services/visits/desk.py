"""What people may ask visits for."""

from shared.contracts.visits import (
    AbortVisit,
    ArriveTeam,
    AskRecordingConsent,
    AskTrueIntention,
    CloseIncident,
    DecideMatter,
    DeliverResult,
    DepartTeam,
    HandInRecords,
    HandleMatter,
    LeaveVisit,
    RecordNotMet,
    ReportIncident,
    ReportSafeReturn,
    ReturnMaterials,
    ShowCredentials,
    SignMaterialList,
    StartRecording,
    StopRecording,
    TakeMaterials,
    VerifyIdentity,
)

DESK = (
    DepartTeam, ArriveTeam, ShowCredentials, VerifyIdentity, AskRecordingConsent, StartRecording, StopRecording,
    AskTrueIntention, TakeMaterials, SignMaterialList, ReturnMaterials, HandleMatter, AbortVisit, RecordNotMet,
    LeaveVisit, ReportSafeReturn, HandInRecords, ReportIncident, CloseIncident, DecideMatter, DeliverResult,
)  # fmt: skip
