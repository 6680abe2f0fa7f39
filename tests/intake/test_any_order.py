"""Whatever is asked, in whatever order: a clear answer, and a state that its facts alone explain."""

from datetime import timedelta

from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from services.intake.request import REQUEST, Alive, Completed, Declined, Lapsed, Withdrawn
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
from shared.decider import Context, Refused
from tests.given import anning
from tests.intake.samples import MONDAY, ask, registered

WISHES = [
    ask(ContactApplicant), ask(ContactApplicant, result="unreachable"), ask(GrantUrgency, actor="chief:F03"),
    ask(GrantUrgency, granted=False, actor="chief:F03"), ask(NotifyOnce, defects=("photo_unfit",)),
    ask(NotifyOnce, defects=("medical_certificate", "photo_unfit")), ask(ReceiveSupplement),
    ask(ReceiveSupplement, defects=("photo_unfit",)), ask(AcceptRequest),
    ask(AcceptRequest, materials="tolerated", tolerated=("photo_unfit",), pledge_days=5),
    ask(DeclineRequest, reason="N03", remedy="RM-COMPLAINT"), ask(ConfirmInformation), ask(WithdrawRequest),
    ask(CompleteRequest), ask(RecordReceiptIssued, effect="e"),
]  # fmt: skip
ENDS = (Completed, Declined, Withdrawn, Lapsed)


@settings(max_examples=80, deadline=None)
@forall(st.lists(st.tuples(st.sampled_from(WISHES), st.booleans()), max_size=14), st.booleans())
def test_every_wish_is_answered_and_what_is_over_stays_over(wishes, urgent):
    state = REQUEST.evolve(REQUEST.initial, registered(scope="C2", urgent=urgent))
    history, ended = [registered(scope="C2", urgent=urgent)], None
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
