"""What people may ask intake for."""

from shared.contracts.intake import (
    AcceptRequest,
    ConfirmInformation,
    ContactApplicant,
    DeclineRequest,
    GrantUrgency,
    NotifyOnce,
    ReceiveSupplement,
    RecordReceiptIssued,
    RegisterRequest,
    WithdrawRequest,
)

DESK = (
    RegisterRequest, RecordReceiptIssued, ContactApplicant, GrantUrgency, NotifyOnce, ReceiveSupplement, AcceptRequest,
    DeclineRequest, WithdrawRequest, ConfirmInformation,
)  # fmt: skip
