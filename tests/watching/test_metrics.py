"""Figures: what is counted, what is looked up, and that no label is anybody's or any case's."""

import asyncio
import re

import nats
import pytest
from faststream.nats import NatsBroker
from faststream.prometheus.container import MetricsContainer
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.parser import text_string_to_metric_families

from shared.contracts.intake import RegisterRequest
from shared.event_store import Record
from shared.messages import Answer
from shared.messaging import door
from shared.metrics import SECONDS, Meter

STANDING = {
    "head": 12, "published": 9, "unpublished": 3, "unpublished_for": 4.5, "stopped": "",
    "inboxes": [
        {"upstream": "620105.visits", "mine": True, "position": 5, "last": 7, "behind": 2, "lag": 1.5, "held": 1,
         "retried": 4, "dead": 0, "handled_ago": 0.1},
        {"upstream": "620105.intake", "mine": False, "position": 0, "last": 7, "behind": 7, "lag": 0.0, "held": 0,
         "retried": 0, "dead": 0, "handled_ago": None},
    ],
    "letters": {"held": 1, "dead": 2}, "effects": {"pending": 3, "failed": 0},
    "by_clock": {"T01": [5, 2, 1]},
}  # fmt: skip


def samples(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def meter():
    return Meter()


def said(meter):
    return samples(meter.text(STANDING).decode())


def test_commands_are_counted_by_what_became_of_them(meter):
    asked = RegisterRequest.model_construct()
    answers = [Answer(), Answer(), Answer(accepted=False, rule="A01")]
    facts = [Record(n, "", b"", "request/x", "request_opened.v1") for n in (1, 2)]
    meter.committed([asked] * 3, answers, facts, 0.02)
    found = said(meter)
    yes = (("command", RegisterRequest.asked()), ("outcome", "accepted"), ("rule", ""))
    no = (("command", RegisterRequest.asked()), ("outcome", "refused"), ("rule", "A01"))
    assert (found["doorstep_commands_total", *yes], found["doorstep_commands_total", *no]) == (2, 1)
    assert found["doorstep_facts_total", ("type", "request_opened.v1")] == 2
    assert (found["doorstep_commit_seconds_count",], found["doorstep_commit_seconds_sum",]) == (1, 0.02)


def test_a_door_is_counted_under_the_librarys_own_names(meter):
    at = meter.door("intake", "ask.620105.intake.open_request")
    at.received += 2
    at.answered(0.01, well=True)
    at.answered(0.01, well=False)
    of = (("app_name", "intake"), ("broker", "nats"), ("handler", "ask.620105.intake.open_request"))
    found = said(meter)
    assert found["faststream_received_messages_total", *of] == 2
    assert found["faststream_received_processed_messages_total", *of, ("status", "error")] == 1


def test_the_names_at_the_doors_are_those_of_the_library(meter):
    registry = CollectorRegistry()
    MetricsContainer(registry, custom_label_names=())
    theirs = {family.name for family in registry.collect()}
    meter.door("intake", "ask.620105.intake.open_request")
    ours = {family.name for family in meter.collect() if family.name.startswith("faststream_")}
    assert len(ours) == 3
    assert ours <= theirs


def test_a_spread_counts_up_to_each_bound_as_the_library_does(meter):
    theirs = Histogram("doorstep_commit_seconds", "", registry=CollectorRegistry(), buckets=SECONDS)
    for seconds in (0.0, 0.001, 0.0011, 0.3, 99.0):
        theirs.observe(seconds)
        meter.committed([], [], [], seconds)
    (family,) = theirs.collect()
    expected = {(one.name, *one.labels.items()): one.value for one in family.samples if "created" not in one.name}
    found = {key: value for key, value in said(meter).items() if "commit_seconds" in key[0]}
    assert found == expected


def test_what_stands_is_told_by_name(meter):
    found = said(meter)
    assert found["doorstep_outbox_oldest_unpublished_seconds",] == 4.5
    assert found["doorstep_reaction_lag_facts", ("upstream", "620105.visits")] == 2
    assert found["doorstep_letters", ("state", "dead")] == 2
    assert found["doorstep_clocks", ("clock", "T01"), ("state", "at_risk")] == 2


def test_of_several_replicas_only_the_one_that_has_the_inbox_tells_of_it(meter):
    assert ("doorstep_reaction_lag_facts", ("upstream", "620105.intake")) not in said(meter)


def test_over_a_month_every_service_told_figures_and_no_label_is_a_case_or_a_token(month):
    files = sorted(month.folder.glob("*.prom"))
    assert {path.stem for path in files} >= {"intake", "scheduling", "visits", "feedback", "vault", "audit"}
    for path in files:
        for name, *labels in samples(path.read_text("utf-8")):
            values = " ".join(value for key, value in labels if key != "handler")
            assert not re.search(r"SMFW|\bP-|[0-9a-f]{16}", values), (name, labels)


def test_over_a_month_as_many_facts_were_counted_as_are_stored(month):
    said = samples((month.folder / "intake.prom").read_text("utf-8"))
    counted = sum(value for (name, *_), value in said.items() if name == "doorstep_facts_total")
    assert counted == said["doorstep_store_position",] == said["doorstep_outbox_position",] > 1000


@pytest.mark.nats
@pytest.mark.parametrize("in_turn", [True, False])
async def test_an_answer_is_timed_from_the_arrival_of_its_message(nats_url, meter, in_turn):
    async def slow():
        await asyncio.sleep(0.06)
        return b"{}"

    def reply(_body):
        return asyncio.ensure_future(slow())

    broker, at = NatsBroker(nats_url), meter.door("intake", "ask.slow")
    door(broker, "ask.slow", reply, crowded=(lambda: False) if in_turn else None, meter=at)
    async with broker:
        await broker.start()
        connection = await nats.connect(nats_url)
        await asyncio.gather(*(connection.request("ask.slow", b"") for _ in range(3)))
        await connection.close()
    (total,) = [value for (name, *_), value in said(meter).items() if name.endswith("_duration_seconds_sum")]
    assert (at.received, at.done) == (3, 3)
    assert total > 3 * 0.05
