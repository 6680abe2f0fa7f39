"""Traces: one from a command through its facts to another service's reaction; nothing of it where it is off."""

import json
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared import tracing
from shared.bus import Bus
from shared.clock import PlayedClock
from shared.event_store import EventStore
from shared.outbox import stream_of
from shared.recorders import open_recorder
from shared.service import Service
from shared.tracing_export import exporter
from tests.given import anning
from tests.journey.playing import play, sample
from tests.machinery.conftest import SITE, TUESDAY, Desk, add_stream, count, sqlite, until
from tests.machinery.sample import UPPER, Tally

OUTSIDE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans():
    exported, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    tracing.use(provider)
    yield exported
    tracing.use(None)


@pytest.fixture
def desk(tmp_path):
    factory, recorder = open_recorder(sqlite(tmp_path))
    desk = Desk(recorder)
    yield desk
    desk.handler._writer.shutdown()
    factory.close()


@asynccontextmanager
async def playing(nats_url, folder, **parts):
    """Services in this process, and somebody who asks them."""
    client = await nats.connect(nats_url)
    started, factories = [], []
    for name, made in parts.items():
        await add_stream(client, name)
        factory, recorder = open_recorder(sqlite(folder, name))
        clock = PlayedClock()
        clock.set(TUESDAY)
        started.append(Service(made, bus=Bus(nats_url, name), center=SITE, site=SITE, recorder=recorder, clock=clock,
                               rules=anning()))  # fmt: skip
        factories.append(factory)
        await started[-1].start()
    try:
        yield client, *started
    finally:
        await client.close()
        for service, factory in zip(started, factories, strict=True):
            await service.stop()
            service.handler._writer.shutdown()
            factory.close()


async def ask(client, command, **headers):
    body = command.model_dump_json().encode()
    return await client.request(f"ask.{SITE}.upper.{command.asked()}", body, headers=headers or None, timeout=5)


def by_name(spans):
    return {span.name: span for span in spans.get_finished_spans()}


def parent(span):
    return span.parent.span_id if span.parent else None


async def test_one_trace_goes_from_the_command_through_the_fact_to_the_other_services_reaction(
    nats_url, tmp_path, spans
):
    async with playing(nats_url, tmp_path, upper=UPPER, lower=Tally().parts()) as (client, _, _):
        answer = await ask(client, count(3, case="A"), traceparent=OUTSIDE)
        await until(lambda: "react when_counted_add" in by_name(spans))
        found = by_name(spans)
        message = await client.jetstream().get_last_msg(stream_of(SITE, "upper"), f"facts.{SITE}.upper.A.counted.v1")
    asked, decided = found["ask count"], found["decide count"]
    reacted, added = found["react when_counted_add"], found["decide add"]
    assert {f"{span.context.trace_id:032x}" for span in (asked, decided, reacted, added)} == {OUTSIDE.split("-")[1]}
    assert parent(asked) == int(OUTSIDE.split("-")[2], 16)
    assert [parent(span) for span in (decided, reacted, added)] == [
        span.context.span_id for span in (asked, decided, reacted)
    ]
    assert asked.start_time <= decided.start_time <= decided.end_time <= asked.end_time
    assert reacted.start_time <= added.start_time <= added.end_time <= reacted.end_time
    assert answer.headers == {"traceparent": tracing._text(asked)}
    assert message.headers["traceparent"] == tracing._text(decided)
    assert b"traceparent" not in message.data
    assert OUTSIDE.split("-")[1].encode() not in message.data


async def test_commands_that_are_committed_together_keep_their_own_traces(desk, spans):
    traces = {case: OUTSIDE.replace("319c", f"3{n:03d}") for n, case in enumerate("ABC")}
    for case, trace in traces.items():
        desk.handler.handle_all([count(1, case=case)], traces=[trace])
    await until(lambda: not desk.handler.busy)
    assert len(spans.get_finished_spans()) == 3
    of_facts = {(record.stream[-1], record.trace.split("-")[1]) for record in desk.committed}
    assert of_facts == {(case, trace.split("-")[1]) for case, trace in traces.items()}


async def test_a_command_sent_again_takes_no_fact_of_others_into_its_trace(desk, spans):
    wish = count(1, id="twice")
    await desk.one(wish)
    kept = [record.trace for record in desk.committed]
    await desk.take(wish, count(2, case="B"))
    assert [record.trace for record in desk.committed if record.stream == "counter/A"] == kept


async def test_a_refusal_says_its_rule_and_no_more(desk, spans):
    await desk.take(count(99, note="Wang"), count(98, note="Wang"))
    spans = spans.get_finished_spans()
    said = [(span.attributes["doorstep.accepted"], span.attributes["doorstep.rule"]) for span in spans]
    assert said == [(True, ""), (False, "N-01")]
    assert "Wang" not in "".join(span.to_json() for span in spans)


def test_a_service_asks_others_in_the_same_trace(spans):
    assert tracing.carried({"a": "b"}) == {"a": "b"}, "nobody is being answered"
    assert tracing.carried(None, OUTSIDE) == {"traceparent": OUTSIDE}


async def test_what_is_read_from_the_log_has_no_trace(desk, spans):
    await desk.one(count(1))
    assert all(record.trace for record in desk.committed)
    again = EventStore(desk.recorder, desk.store.source, ())
    assert {record.trace for record in again.after(0, 100)} == {""}


async def test_where_it_is_off_nothing_is_said_of_traces(nats_url, tmp_path):
    async with playing(nats_url, tmp_path, upper=UPPER) as (client, service):
        answer = await ask(client, count(3, case="A"), traceparent=OUTSIDE)
        await until(lambda: service.outbox.published == service.handler.head)
        message = await client.jetstream().get_last_msg(stream_of(SITE, "upper"), f"facts.{SITE}.upper.A.counted.v1")
    assert answer.headers is None
    assert "traceparent" not in message.headers


def test_where_it_is_off_the_library_is_not_loaded():
    loaded = "{'opentelemetry.trace', 'opentelemetry.sdk'} & set(sys.modules)"
    code = f"import sys, shared.service, shared.settings; print({loaded})"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=Path(tracing.__file__).parents[1])  # fmt: skip
    assert said.stdout.strip() == "set()"


def test_spans_are_lines_in_a_file_when_the_process_ends(tmp_path):
    code = """if True:
        import os
        from shared import tracing
        from shared.messages import Answer, Command
        tracing.begin("intake", os.environ)
        tracing.decided(Command(id="1", case="A", actor="clerk:A01"), Answer(), "", tracing.now())
    """
    file = tmp_path / "spans.jsonl"
    env = {"OTEL_EXPORTER": f"jsonl:{file}", "CENTER": SITE, "PYTHONPATH": str(Path(tracing.__file__).parents[1])}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], check=True, env=env)
    spans = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(span["name"], span["resource"]["attributes"]["service.name"]) for span in spans] == [
        ("decide command", "intake")
    ] * 2
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("where", ["jsonl", "jsonl:", "zipkin", "otlp"])
def test_an_exporter_that_is_not_there_is_said_at_the_start(where):
    with pytest.raises(ValueError, match="OTEL_EXPORTER"):
        exporter(where)


@pytest.mark.nats
def test_a_request_that_is_confirmed_at_intake_is_one_trace_as_far_as_scheduling(tmp_path, monkeypatch):
    """The whole way: processes of their own, one row of the sample ledger, one file for all of their spans."""
    file, ledger = tmp_path / "spans.jsonl", sample(1)
    monkeypatch.setenv("OTEL_EXPORTER", f"jsonl:{file}")
    play(tmp_path / "played", ledger)
    written = file.read_text()
    spans = [json.loads(line) for line in written.splitlines()]
    confirmed = next(span for span in spans if span["name"] == "decide confirm_information")
    of_trace = {
        (span["resource"]["attributes"]["service.name"], span["name"])
        for span in spans if span["context"]["trace_id"] == confirmed["context"]["trace_id"]
    }  # fmt: skip
    assert of_trace >= {
        ("intake", "ask confirm_information"), ("intake", "decide confirm_information"),
        ("scheduling", "react when_request_confirmed_seek_appointment"), ("scheduling", "decide seek_appointment"),
    }  # fmt: skip
    assert {span["parent_id"] for span in spans} - {None} <= {span["context"]["span_id"] for span in spans}
    row = ledger.rows[0]
    for personal in (row.applicant_name, row.phone, row.address, row.id_number):
        assert personal
        assert personal not in written
