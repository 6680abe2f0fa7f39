"""What is missing: told whole and once (R-03), never beyond the guide (G-05), supplemented in time (R-05)."""

from collections.abc import Sequence

from services.intake.codes import DEFECT_OF
from services.intake.eligibility import proof_not_due
from services.intake.events import OneTimeNotificationIssued, SupplementPartReceived, SupplementReceived
from services.intake.events_request import (
    EligibilityProofReceived,
    EligibilityProofRequested,
    SupplementPeriodExtended,
)
from services.intake.papers import paper_number
from services.intake.situations import AwaitingSupplement, Deemed, Request, Undecided
from shared.contracts.intake import NotifyOnce, ReceiveSupplement
from shared.contracts.intake_request import ExtendSupplement
from shared.deadlines import due
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach, admit, forbid

AGENTS_PAPER = "power_of_attorney"


def notify(command: NotifyOnce, request: Undecided, context: Context) -> Decision:
    if not command.defects and not command.proof:
        raise Refused("R-03", "nothing_to_tell")
    rules = context.rules
    beyond = _beyond_the_guide(command, request, context)
    deviations = admit(
        command, context,
        Breach("R-04", "counts_as_accepted") if isinstance(request, Deemed) else None,
        Breach("R-03", "notified_already") if request.notified else None,
        # Which guide was published at a ledger's time, the ledger does not say.
        Breach("G-05", "beyond_the_guide", {"defects": "、".join(beyond)}, in_ledger=False) if beyond else None,
        *proof_not_due(request, command.proof, command.doubt, rules),
    )  # fmt: skip
    told = OneTimeNotificationIssued(
        defects=command.defects, proof=command.proof, notice_no=paper_number("GZ", command.case),
        issued_at=context.happened, matter=request.asked.matter, person=request.asked.person,
        due_at=due(rules, "T05", context.happened).at if rules.in_force("T05") else None,
    )  # fmt: skip
    asked = [EligibilityProofRequested(proof=command.proof)] if command.proof else []
    return [told, *asked, *deviations]


def _beyond_the_guide(command: NotifyOnce, request: Request, context: Context) -> Sequence[str]:
    guide = {*context.rules.matters[request.asked.matter].materials}
    if request.asked.agent:
        guide.add(AGENTS_PAPER)
    return [defect for defect in command.defects if DEFECT_OF.get(defect, defect) not in guide]


def receive(command: ReceiveSupplement, request: AwaitingSupplement, context: Context) -> Decision:
    received = frozenset(command.defects) or request.missing
    unasked = received - request.missing
    forbid(context, Breach("R-05", "not_asked_for", {"defects": "、".join(sorted(unasked))}) if unasked else None)
    proof = tuple(sorted(received & request.proofs))
    proved = [EligibilityProofReceived(proof=proof)] if proof else []
    if missing := request.missing - received:
        part = SupplementPartReceived(defects=tuple(sorted(received)), missing=tuple(sorted(missing)))
        return [part, *proved]
    return [SupplementReceived(received_at=context.happened, defects=tuple(sorted(received))), *proved]


def extend(command: ExtendSupplement, context: Context) -> Decision:
    """Once and before it ends, as the clock sees to; and never behind the applicant's back."""
    deviations = admit(command, context, None if command.told else Breach("R-05", "extension_not_told"))
    extended = SupplementPeriodExtended(reason=command.reason, approved_by=command.actor, told=command.told)
    return [extended, *deviations]
