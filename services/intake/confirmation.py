"""Information is read back before an appointment is offered (R-07), with the fee (G-04) and who answers (G-06)."""

from collections.abc import Sequence

from services.intake.codes import READ_BACK
from services.intake.events import RequestConfirmed
from services.intake.events_request import ApplicantStatementGiven
from services.intake.situations import Accepted
from shared.contracts.intake import ConfirmInformation
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach, admit
from shared.rules import Rules


def confirm(command: ConfirmInformation, request: Accepted, context: Context) -> Decision:
    read, asked = command.read_back, request.asked
    if unknown := [item for item in read or () if item not in READ_BACK]:
        raise Refused("R-07", "unknown_item", item=unknown[0])
    left_out = [item for item in READ_BACK if item not in (read or ())]
    deviations = admit(
        command, context,
        Breach("R-07", "read_back_incomplete", {"items": "、".join(left_out)}, in_ledger=False) if left_out else None,
        None if command.statement else Breach("G-06", "statement_missing", in_ledger=False),
        _fee(command, asked.matter, context.rules),
    )  # fmt: skip
    confirmed = RequestConfirmed(
        matter=asked.matter, scope=request.scope, urgent=request.urgent, person_ref=asked.person_ref,
        person=asked.person, age_band=asked.age_band, needs=asked.needs, wished_day=asked.wished_day,
        wished_period=asked.wished_period, accepted_at=request.accepted_at, materials=request.materials,
        batch=asked.batch, agent=asked.agent, read_back=read, sex=asked.sex, priority=request.priority,
        fee=command.fee, fee_item=command.fee_item,
    )  # fmt: skip
    return [*_statement(command, request), confirmed, *deviations]


def _statement(command: ConfirmInformation, request: Accepted) -> Sequence[ApplicantStatementGiven]:
    if not command.statement:
        return []
    return [ApplicantStatementGiven(way=command.statement, by="agent" if request.asked.agent else "applicant")]


def _fee(command: ConfirmInformation, matter: str, rules: Rules) -> Breach | None:
    """The visit is free; only what a statute asks for the matter itself may pass through, and no fen more (G-04)."""
    statutory = rules.numbers.get(f"fee.{matter}.{command.fee_item}", 0)
    if command.fee <= statutory:
        return None
    return Breach("G-04", "fee_not_statutory", {"fee": f"{command.fee / 100:.2f}", "matter": matter})
