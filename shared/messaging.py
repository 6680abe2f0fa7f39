"""The doors: where commands and questions come in over NATS, and an answer goes out to every one of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from faststream.nats import NatsBroker
from faststream.nats.subscriber.usecases import CoreSubscriber
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import ValidationError

from shared import tracing
from shared.command_handler import CommandHandler
from shared.decider import Refused
from shared.decisions import OVERLOADED, UNAVAILABLE, refusal
from shared.messages import Answer, Command
from shared.rights import check_right
from shared.words import word

if TYPE_CHECKING:
    from shared.metrics import DoorMeter

log = structlog.get_logger()
Reply = Callable[[bytes], Awaitable[bytes]]
Guard = Callable[[Mapping[str, str] | None, bytes], object]  # raises `Refused`
_begun: set[asyncio.Task[Any]] = set()
TURNED_AWAY = OVERLOADED.to_json(exclude_none=True)

INVALID = {  # pydantic's words for people
    "missing": "缺少",
    "extra_forbidden": "未知字段",
    "string_pattern_mismatch": "格式不符",
    "literal_error": "不在允许的取值内",
    "string_too_long": "过长",
    "too_short": "过少",
    "greater_than_equal": "过小",
    "less_than_equal": "过大",
    "json_invalid": "不是有效的 JSON",
    "date_from_datetime_parsing": "日期无效",
    "datetime_from_date_parsing": "时间无效",
    "timezone_aware": "时间缺少时区",
}


def begin(work: Coroutine[Any, Any, Any]) -> None:
    task = asyncio.create_task(work)
    _begun.add(task)
    task.add_done_callback(_begun.discard)


def invalid(error: ValidationError) -> Answer:
    """What is wrong, by field and kind; never the value itself."""
    faults = [(".".join(map(str, fault["loc"])) or "-", fault["type"]) for fault in error.errors(include_input=False)]
    chinese = "；".join(f"{field} {INVALID.get(kind, '类型或取值不正确')}" for field, kind in faults)
    english = "; ".join(f"{field}: {kind}" for field, kind in faults)
    return Answer(
        accepted=False, rule="SCHEMA", why="bad_input",
        reason=word("why", "bad_input").format(detail=chinese),
        reason_en=word("why", "bad_input", "en").format(detail=english),
    )  # fmt: skip


def _no_answer(failure: Exception, address: str) -> Answer:
    match failure:
        case ValidationError():
            return invalid(failure)
        case Refused():
            return refusal(failure)
        case ValueError():  # not JSON, not a date, not a number
            return Answer(
                accepted=False, rule="SCHEMA", why="bad_input",
                reason=word("why", "bad_input").format(detail=INVALID["json_invalid"]),
                reason_en=word("why", "bad_input", "en").format(detail="json_invalid"),
            )  # fmt: skip
    log.error("mistake at the desk", address=address, error=type(failure).__name__)
    return UNAVAILABLE


def takes(command: type[Command], handler: CommandHandler, center: str) -> Reply:
    """The desk of one command: take, check the right, submit (all of it when called), then answer."""

    async def no(answer: Answer) -> bytes:
        return answer.to_json(exclude_none=True)

    async def settled(answer: Awaitable[Answer]) -> bytes:
        try:
            return (await answer).to_json(exclude_none=True)
        except Exception as failure:  # noqa: BLE001  # the caller must hear of it, the service goes on
            log.error("mistake at the desk", command=command.__name__, error=type(failure).__name__)
            return UNAVAILABLE.to_json(exclude_none=True)

    def reply(body: bytes) -> Awaitable[bytes]:
        try:
            wish = command.model_validate_json(body)
            check_right(wish, center)
            return settled(handler.handle(wish))
        except Exception as failure:  # noqa: BLE001  # those that came along with it must not suffer
            return no(_no_answer(failure, command.__name__))

    return reply


def door(broker: NatsBroker, subject: str, reply: Reply, *, asked: Any = None, about: str | None = None,
         shared: bool = True, guard: Guard | None = None, crowded: Callable[[], bool] | None = None,
         meter: "DoorMeter | None" = None) -> None:  # fmt: skip
    """Answers a subject; messages are taken side by side, so that they can be committed together.

    FastStream declares it (connection, AsyncAPI); its own trip per message costs several times the decision itself,
    so the message goes straight to `reply`. `shared`: one of all replicas answers, else each does.
    `guard` is asked first: who speaks, and may they. `crowded`, of a door whose reply begins when it is called, so that
    one task is enough for all that arrived together: what comes then is turned away at once, unread.
    """

    async def documented(body: Any) -> None:  # noqa: ARG001  # it only declares the schema
        raise AssertionError("messages do not come this way")

    if asked is not None:
        documented.__annotations__["body"] = asked

    async def no(failure: Exception) -> bytes:
        return _no_answer(failure, subject).to_json(exclude_none=True)

    def ask(message: Msg) -> Awaitable[bytes]:
        """What is wrong with one message is its own answer, not that of those that came along with it."""
        try:
            if guard:
                guard(message.headers, message.data)
            return reply(message.data)
        except Exception as failure:  # noqa: BLE001  # the caller must hear of it, the service goes on
            return no(failure)

    async def answer(message: Msg, coming: Awaitable[bytes], began: float) -> None:
        well = True
        try:
            content = await coming
        except Exception as failure:  # noqa: BLE001  # the caller must hear of it, the service goes on
            content, well = await no(failure), False
        if meter:
            meter.answered(time.perf_counter() - began, well=well)
        await respond(message, content)

    async def respond(message: Msg, content: bytes) -> None:
        if message.reply:
            message.headers = tracing.carried(None, tracing.of(message.headers))  # not with the token it was asked with
            try:
                await message.respond(content)
            except NatsError:
                log.warning("answer lost", error="connection")  # the caller asks again under the same id

    arrived: list[Msg] = []
    asked_ = tracing.served(subject, ask)

    async def answer_arrived() -> None:
        began, begun, shed = time.perf_counter(), list[tuple[Msg, Awaitable[bytes]]](), list[Msg]()
        for message in arrived:
            if crowded and crowded():
                shed.append(message)
            else:
                begun.append((message, asked_(message)))
        arrived.clear()
        for message in shed:
            await respond(message, TURNED_AWAY)
        if meter:
            meter.shed += len(shed)
        for message, coming in begun:
            await answer(message, coming, began)

    async def take(message: Msg) -> None:
        if meter:
            meter.received += 1
        if not crowded:
            begin(answer(message, asked_(message), time.perf_counter()))
            return
        if not arrived:
            begin(answer_arrived())
        arrived.append(message)

    async def create(self: CoreSubscriber) -> None:
        if not self.subscription:
            self.subscription = await self.connection.subscribe(
                self.subject.broker_address, self.queue, cb=take, pending_msgs_limit=-1
            )

    subscriber = broker.subscriber(subject, queue=subject if shared else "", title=subject, description=about)
    subscriber.__class__ = type("Door", (CoreSubscriber,), {"__slots__": (), "_create_subscription": create})
    subscriber(documented)
