"""Whatever is asked, in whatever order: a clear answer, and a state that its facts alone explain."""

from datetime import timedelta

from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from services.intake.codes import READ_BACK
from services.intake.request import REQUEST
from services.intake.situations import Alive, Completed, Declined, Lapsed, Redirected, Transferred, Withdrawn
from shared.contracts.intake import (
    AcceptRequest,
    CompleteRequest,
    ConfirmInformation,
    ContactApplicant,
    DeclineRequest,
    GrantUrgency,
    NotifyOnce,
    ReceiveSupplement,
    RecordReceiptIssued,
    WithdrawRequest,
)
from shared.contracts.intake_request import (
    AssessCapacity,
    ClassifyScope,
    ExtendSupplement,
    RedirectRequest,
    StartService,
    SupplyPledged,
    TransferRequest,
    WaiveProof,
)
from shared.decider import Context, Refused
from tests.given import anning
from tests.intake.samples import ABLE, MONDAY, NO, ask, registered

WISHES = [
    ask(ContactApplicant), ask(ContactApplicant, result="unreachable"), ask(GrantUrgency, actor="chief:F03"),
    ask(GrantUrgency, granted=False, actor="chief:F03"), ask(NotifyOnce, defects=("application_signature",)),
    ask(NotifyOnce, defects=("id_card", "application_signature")), ask(ReceiveSupplement),
    ask(ReceiveSupplement, defects=("application_signature",)), ask(AcceptRequest),
    ask(AcceptRequest, materials="tolerated", tolerated=("application_signature",), pledge_days=5),
    ask(DeclineRequest, **NO), ask(ConfirmInformation), ask(WithdrawRequest),
    ask(CompleteRequest), ask(RecordReceiptIssued, effect="e"),
    ask(ClassifyScope, scope="C2", grounds=("key_project",)), ask(NotifyOnce, proof=("unit_letter",), doubt="unclear"),
    ask(WaiveProof, reason="seen_by_staff"), ask(AssessCapacity, result="unable"), ask(AssessCapacity, result="able"),
    ask(ExtendSupplement, reason="hospital", told=True, actor="chief:F03"), ask(SupplyPledged),
    ask(RedirectRequest, to="RD-STATION", reason="N03"), ask(TransferRequest, body="CITY"), ask(StartService),
    ask(ConfirmInformation, read_back=READ_BACK, statement="oral"),
]  # fmt: skip
ENDS = (Completed, Declined, Redirected, Transferred, Withdrawn, Lapsed)


@settings(max_examples=80, deadline=None)
@forall(st.lists(st.tuples(st.sampled_from(WISHES), st.booleans()), max_size=14), st.booleans())
def test_every_wish_is_answered_and_what_is_over_stays_over(wishes, urgent):
    history, ended = [registered(scope="C2", urgent=urgent), ABLE], None
    state = REQUEST.state_after(history)
    for n, (wish, ledger) in enumerate(wishes):
        now = MONDAY + timedelta(hours=n)
        command = wish.model_copy(update={"origin": "ledger"}) if ledger else wish
        try:
            facts = REQUEST.decide(command, state, Context(now, now, anning()))
        except Refused:
            continue
        history += facts
        state = REQUEST.state_after(history)
        assert isinstance(state.situation, (Alive, *ENDS))
        assert ended in {None, type(state.situation)}
        ended = type(state.situation) if isinstance(state.situation, ENDS) else None
        if ended:
            assert not state.running.keys() & {"T03", "T05"}
