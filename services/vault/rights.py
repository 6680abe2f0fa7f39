"""What a person may ask of the center about their own data (H-04): one request a stream, `data_request/<case>.<n>`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.vault.events import DataRequestAnswered, DataRequestReceived
from shared.contracts.vault import AnswerDataRequest, ReceiveDataRequest
from shared.deadlines import Clock, with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, forbid
from shared.messages import Command, Fact


@dataclass(frozen=True)
class NotReceived: ...


@dataclass(frozen=True)
class Received:
    kind: str


@dataclass(frozen=True)
class Answered:
    kind: str
    result: str


Situation = NotReceived | Received | Answered


def decide(command: Command, request: Situation, context: Context) -> Decision:
    match command, request:
        case ReceiveDataRequest(), NotReceived():
            return [DataRequestReceived(data_kind=command.kind, asked_by=command.by)]
        case ReceiveDataRequest(kind=kind), Received(kind=known) | Answered(kind=known) if kind == known:
            return []
        case AnswerDataRequest(), Received():
            silent = command.result != "granted" and not command.reason
            forbid(context, Breach("H-04", "refusal_without_reason") if silent else None)
            return [DataRequestAnswered(data_answer=command.result, reason=command.reason)]
        case AnswerDataRequest(result=result), Answered(result=known) if result == known:
            return []
        case AnswerDataRequest(), NotReceived():
            raise Refused("H-04", "no_such_data_request")
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(request).__name__)


def evolve(request: Situation, fact: Fact) -> Situation:
    match fact:
        case DataRequestReceived():
            return Received(fact.data_kind)
        case DataRequestAnswered() if isinstance(request, Received):
            return Answered(request.kind, fact.data_answer)
    return request


RIGHTS_CLOCKS: Sequence[Clock] = (Clock("H-04", starts={DataRequestReceived: None}, stops=[DataRequestAnswered]),)
DATA_REQUEST = with_clocks(
    Decider[Any, Any](
        name="data_request",
        commands=(ReceiveDataRequest, AnswerDataRequest),
        facts=(DataRequestReceived, DataRequestAnswered),
        initial=NotReceived(),
        decide=decide,
        evolve=evolve,
    ),
    RIGHTS_CLOCKS,
)
