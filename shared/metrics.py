"""What a service says of itself in figures, for Prometheus: what flows, what lags, what is stuck.

Counted while it works: a few additions a commit and one a command. Everything that is a state (positions,
letters, clocks) is looked up when somebody asks. No case, person or token is ever a label: labels are names of
services, commands, rules, clocks and kinds of facts, all of which stand in the code.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from faststream.prometheus.container import MetricsContainer
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from shared.event_store import Record
from shared.messages import Answer, Command

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Sample:
    """One figure of now. `labels` are names, `values` go with them."""

    def __init__(self, name: str, about: str, labels: Sequence[str] = ()) -> None:
        self.family = GaugeMetricFamily(name, about, labels=labels)

    def __call__(self, value: float, *values: str) -> None:
        self.family.add_metric(values, value)


class Now:
    """The figures of this moment: filled by whoever knows, just before they are read."""

    def __init__(self) -> None:
        self.samples: Sequence[Sample] = ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return [sample.family for sample in self.samples]


def figures(standing: Mapping[str, Any]) -> list[Sample]:
    """What `Standing.now` found, as Prometheus has it."""
    flow = {
        "doorstep_store_position": ("Facts in the store", standing["head"]),
        "doorstep_outbox_position": ("Facts on the stream", standing["published"]),
        "doorstep_outbox_unpublished": ("Facts that nobody else knows yet", standing["unpublished"]),
        "doorstep_outbox_oldest_unpublished_seconds": ("Age of the first of them", standing["unpublished_for"]),
        "doorstep_outbox_stopped": ("1: the outbox refuses to go on", int(bool(standing["stopped"]))),
    }
    samples = []
    for name, (about, value) in flow.items():
        samples.append(Sample(name, about))
        samples[-1](value)
    of_inbox = {
        "position": ("Facts handled", "position"),
        "lag_facts": ("Facts on the stream and not handled yet", "behind"),
        "lag_seconds": ("Seconds since all of them were handled", "lag"),
        "held": ("Letters that wait to be tried again", "held"),
        "retries": ("Tries after the first one, since the start", "retried"),
    }
    for name, (about, key) in of_inbox.items():
        sample = Sample(f"doorstep_reaction_{name}", about, ("upstream",))
        for inbox in standing["inboxes"]:
            if inbox["mine"] and inbox[key] is not None:
                sample(inbox[key], inbox["upstream"])
        samples.append(sample)
    for name, about in (("letters", "Letters, by state"), ("effects", "Messages to the outside, by state")):
        sample = Sample(f"doorstep_{name}", about, ("state",))
        for state, count in standing[name].items():
            sample(count, state)
        samples.append(sample)
    clocks = Sample("doorstep_clocks", "Time limits that run, by clock and state", ("clock", "state"))
    for clock, counts in standing["by_clock"].items():
        for state, count in zip(("running", "at_risk", "breached"), counts, strict=True):
            clocks(count, clock, state)
    return [*samples, clocks]


class Meter:
    """The counters of one service."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library names no types
        self.registry = CollectorRegistry()
        self._now = Now()
        self.registry.register(self._now)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        own: Any = {"registry": self.registry}
        self._commands = Counter(
            "doorstep_commands", "Commands answered, by outcome", ("command", "outcome", "rule"), **own
        )
        self._facts = Counter("doorstep_facts", "Facts recorded", ("type",), **own)
        self._seconds = Histogram(
            "doorstep_commit_seconds", "From the start of deciding to the end of the commit", buckets=SECONDS, **own
        )
        self._sizes = Histogram("doorstep_commit_commands", "Commands in one commit", buckets=SIZES, **own)
        self._failed = Counter("doorstep_commits_failed", "Commits that failed and were answered so", **own)
        self._bus = MetricsContainer(self.registry, custom_label_names=())

    def committed(
        self, commands: Sequence[Command], answers: Sequence[Answer], records: Sequence[Record], seconds: float
    ) -> None:
        self._seconds.observe(seconds)
        self._sizes.observe(len(commands))
        outcomes = Tally(
            (type(command), answer.accepted, answer.rule) for command, answer in zip(commands, answers, strict=True)
        )
        for (command, accepted, rule), count in outcomes.items():
            self._commands.labels(command.asked(), "accepted" if accepted else "refused", rule or "").inc(count)
        for kind, count in Tally(record.type for record in records).items():
            self._facts.labels(kind).inc(count)

    def failed(self) -> None:
        self._failed.inc()

    def text(self, standing: Mapping[str, Any]) -> bytes:
        """In Prometheus' text form."""
        self._now.samples = figures(standing)
        return generate_latest(self.registry)

    def door(self, name: str, subject: str) -> "DoorMeter":
        return DoorMeter(self._bus, name, subject)


class DoorMeter:
    """FastStream's own figures of a subscriber, for a door that its middlewares are not asked at."""

    def __init__(self, bus: MetricsContainer, app: str, subject: str) -> None:
        of = {"app_name": app, "broker": "nats", "handler": subject}
        self._received = bus.received_messages_total.labels(**of)
        self._done = bus.received_processed_messages_total.labels(**of, status="acked")
        self._broken = bus.received_processed_messages_total.labels(**of, status="error")
        self._seconds = bus.received_processed_messages_duration_seconds.labels(**of)

    def arrived(self, count: int) -> None:
        self._received.inc(count)

    def answered(self, seconds: float, *, well: bool) -> None:
        (self._done if well else self._broken).inc()
        self._seconds.observe(seconds)
