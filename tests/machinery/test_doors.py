"""Doors and logs: every message gets an answer, the answer says which field is wrong, and nothing tells a value."""

import asyncio
import json
import threading
from io import StringIO

import nats
import pytest
import structlog
from faststream.nats import NatsBroker

from shared.command_handler import CommandHandler
from shared.decider import Refused
from shared.logs import only_allowed
from shared.messaging import door, takes
from shared.metrics import DoorMeter
from tests.given import anning
from tests.machinery.conftest import SITE
from tests.machinery.sample import UPPER, Break, Count

MARKER = "13900000000张三"


@pytest.fixture
def ask(desk):
    reply = takes(Count, desk.handler, SITE)

    async def asked(body):
        return json.loads(await reply(body if isinstance(body, bytes) else json.dumps(body).encode()))

    return asked


WISH = {"id": "1", "case": "A", "actor": "clerk:A01", "n": 1}


@pytest.mark.parametrize(
    ("wish", "zh", "en"),
    [
        (WISH | {"n": MARKER}, "n 类型或取值不正确", "n: int_parsing"),
        (WISH | {"note": MARKER}, "note 过长", "note: string_too_long"),
        (WISH | {"case": MARKER}, "case 格式不符", "case: string_pattern_mismatch"),
        (WISH | {"more": MARKER}, "more 未知字段", "more: extra_forbidden"),
        ({"id": "1", "case": "A", "n": 1}, "actor 缺少", "actor: missing"),
        (WISH | {"n": -1}, "n 过小", "n: greater_than_equal"),
        (WISH | {"happened_at": "2026-03-03T09:00"}, "happened_at 时间缺少时区", "happened_at: timezone_aware"),
        (WISH | {"happened_at": MARKER}, "happened_at 时间无效", "happened_at: datetime_from_date_parsing"),
        (WISH | {"origin": MARKER}, "origin 不在允许的取值内", "origin: literal_error"),
        (MARKER.encode(), "- 不是有效的 JSON", "-: json_invalid"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_by_field_in_two_languages_and_never_by_value(ask, desk, capsys, wish, zh, en):
    answer = await ask(wish)
    assert (answer["accepted"], answer["rule"]) == (False, "SCHEMA")
    assert answer["reason"] == f"提交的内容有误：{zh}"
    assert answer["reason_en"] == f"What was sent is not valid: {en}"
    told = json.dumps(answer, ensure_ascii=False) + "".join(capsys.readouterr())
    assert "139" not in told
    assert "张三" not in told
    assert desk.store.after(0, 1) == []


async def test_who_has_no_right_is_told_so(ask):
    answer = await ask(WISH | {"actor": "applicant:x"})
    assert (answer["rule"], answer["reason"]) == ("ROLE", "角色“申请人”无权办理此操作。")
    assert answer["reason_en"] == "The role applicant has no right to do this."
    assert (await ask(WISH | {"actor": "importer:ledger"}))["rule"] == "ROLE", "the import only takes history"
    assert (await ask(WISH | {"actor": "importer:ledger", "origin": "ledger"}))["accepted"]


async def test_a_mistake_behind_the_desk_is_answered_too_without_its_words(desk, capsys):
    wish = Break(id="1", case="A", actor="clerk:A01").model_dump_json().encode()
    answer = json.loads(await takes(Break, desk.handler, SITE)(wish))
    assert (answer["retry"], answer["reason"][:7]) == (True, "服务暂时不可用")
    told = "".join(capsys.readouterr())
    assert "ZeroDivisionError" in told
    assert "139" not in told


async def test_every_message_gets_an_answer_over_the_wire(nats_url):
    """Also a question that its reply cannot read, or that a rule refuses."""

    async def reply(body):
        if body == b"no":
            raise Refused("ROLE", "no_right", role="x")
        return json.dumps({"twice": json.loads(body)["n"] * 2}).encode()

    broker = NatsBroker(nats_url, logger=None)
    door(broker, "ask.here", reply)
    await broker.start()
    nats = await broker.connect()

    async def asked(body):
        return json.loads((await nats.request("ask.here", body, timeout=2)).data)

    assert await asked(b'{"n": 2}') == {"twice": 4}
    assert (await asked(b"{"))["rule"] == "SCHEMA"
    assert (await asked(b'{"m": 2}'))["retry"]
    assert (await asked(b"no"))["rule"] == "ROLE"
    await broker.stop()


@pytest.mark.nats
async def test_who_comes_when_too_many_wait_is_told_so_at_once_and_counts_when_they_come_again(desk, nats_url):
    """Twelve while one is being written, where five may wait: the others are turned away before anybody is answered."""
    handler = CommandHandler(UPPER.all_deciders, desk.store, desk.clock, anning(), on_commit=lambda _: None, most=5)
    broker, meter, answers = NatsBroker(nats_url), DoorMeter(), []
    door(broker, "ask.count", takes(Count, handler, SITE), crowded=lambda: handler.crowded, meter=meter)

    async def heard(message):
        answers.append((int(message.subject.rpartition(".")[2]), json.loads(message.data)))

    async with broker:
        await broker.start()
        connection = await nats.connect(nats_url)
        await connection.subscribe("answers.*", cb=heard)

        async def send(numbers, wanted):
            for n in numbers:
                await connection.publish("ask.count", json.dumps(WISH | {"id": f"o{n}"}).encode(), f"answers.{n}")
            async with asyncio.timeout(5):
                while len(answers) < wanted:
                    await asyncio.sleep(0.01)

        written = threading.Event()
        holding = asyncio.create_task(handler.in_writer(written.wait, 10))
        one = asyncio.ensure_future(handler.handle(Count(**WISH | {"id": "first"})))
        await send(range(12), 7)
        written.set()
        await asyncio.gather(holding, one, send([], 12))
        away = [n for n, answer in answers if answer.get("rule") == "OVERLOADED"]
        assert away == list(range(5, 12)) == [n for n, _ in answers[:7]], "at once, before those who wait"
        assert all(answer["retry"] and "稍后" in answer["reason"] for n, answer in answers if n in away)
        assert (meter.shed, meter.done, len(desk.log())) == (7, 5, 6)
        await send(away[:5], 17)
        assert all(answer["accepted"] for _, answer in answers[12:]), "nobody waits any more"
        await connection.close()


def test_a_line_of_the_log_holds_what_is_on_the_list_and_nothing_that_looks_personal():
    out = StringIO()
    log = structlog.wrap_logger(
        structlog.WriteLogger(out), processors=[only_allowed, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    log.warning(
        "it happened", case="A", name=MARKER, error="11010519491231002X and 13900000000", body={"phone": MARKER}
    )
    assert json.loads(out.getvalue()) == {"event": "it happened", "case": "A", "error": "*** and ***"}
