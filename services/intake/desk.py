"""What people may ask intake for."""

from shared.contracts.intake import (
    AcceptRequest,
    AddBatchMember,
    CloseBatch,
    CompleteData,
    ConfirmInformation,
    ContactApplicant,
    DeclineRequest,
    EnrolEnterpriseWindow,
    GrantUrgency,
    NotifyOnce,
    OpenBatch,
    PlanEnterpriseVisit,
    PublishCatalogue,
    PublishGuide,
    ReceiveSupplement,
    RecordEnterpriseVisit,
    RecordReceiptIssued,
    RecordYearlyReview,
    RegisterRequest,
    WithdrawRequest,
)
from shared.contracts.intake_request import (
    AssessCapacity,
    ClassifyScope,
    ExtendSupplement,
    RecordPowerOfAttorney,
    RedirectRequest,
    ReopenRequest,
    SupplyPledged,
    TransferRequest,
    WaiveProof,
)

DESK = (
    RegisterRequest, RecordReceiptIssued, ContactApplicant, GrantUrgency, NotifyOnce, ReceiveSupplement, AcceptRequest,
    DeclineRequest, WithdrawRequest, ConfirmInformation,
    CompleteData, OpenBatch, AddBatchMember, CloseBatch, PublishCatalogue, PublishGuide, RecordYearlyReview,
    EnrolEnterpriseWindow, PlanEnterpriseVisit, RecordEnterpriseVisit,
    ClassifyScope, WaiveProof, AssessCapacity, RecordPowerOfAttorney, ExtendSupplement, SupplyPledged, RedirectRequest,
    TransferRequest, ReopenRequest,
)  # fmt: skip
