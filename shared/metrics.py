"""What a service says of itself in figures, for Prometheus: what flows, what lags, what is stuck.

Counted while it works: a few additions a commit and one a command. Everything that is a state (positions,
letters, clocks) is looked up when somebody asks. No case, person or token is ever a label: labels are names of
services, commands, rules, clocks and kinds of facts, all of which stand in the code.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.utils import floatToGoString

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


class Spread:
    """How often it was how much: plain numbers, since only the event loop counts and it is counted at every command."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds, self._counts, self._sum = bounds, [0] * (len(bounds) + 1), 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def into(self, family: HistogramMetricFamily, *labels: str) -> None:
        bounds = [*map(floatToGoString, self._bounds), "+Inf"]
        family.add_metric(labels, list(zip(bounds, accumulate(self._counts), strict=True)), self._sum)


class DoorMeter:
    """FastStream's own figures of a subscriber, for a door that its middlewares are not asked at."""

    def __init__(self) -> None:
        self.received = self.done = self.broken = self.shed = 0
        self.seconds = Spread(SECONDS)

    def answered(self, seconds: float, *, well: bool) -> None:
        if well:
            self.done += 1
        else:
            self.broken += 1
        self.seconds.add(seconds)


class Meter:
    """The counters of one service."""

    def __init__(self) -> None:
        self._standing: Mapping[str, Any] | None = None
        self._commands = dict[tuple[type[Command], bool, str | None], int]()
        self._facts = dict[str, int]()
        self._seconds, self._sizes, self._failed = Spread(SECONDS), Spread(SIZES), 0
        self._doors = dict[tuple[str, str], DoorMeter]()
        self.registry = CollectorRegistry()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def committed(
        self, commands: Sequence[Command], answers: Sequence[Answer], records: Sequence[Record], seconds: float
    ) -> None:
        self._seconds.add(seconds)
        self._sizes.add(len(commands))
        asked, facts = self._commands, self._facts
        for command, answer in zip(commands, answers, strict=True):
            outcome = (type(command), answer.accepted, answer.rule)
            asked[outcome] = asked.get(outcome, 0) + 1
        for record in records:
            facts[record.type] = facts.get(record.type, 0) + 1

    def failed(self) -> None:
        self._failed += 1

    def door(self, name: str, subject: str) -> DoorMeter:
        return self._doors.setdefault((name, subject), DoorMeter())

    def text(self, standing: Mapping[str, Any]) -> bytes:
        """In Prometheus' text form."""
        self._standing = standing
        return generate_latest(self.registry)

    def collect(self) -> Iterable[Metric]:
        commands = CounterMetricFamily("doorstep_commands", "Commands answered", labels=("command", "outcome", "rule"))
        for (command, accepted, rule), count in self._commands.items():
            commands.add_metric((command.asked(), "accepted" if accepted else "refused", rule or ""), count)
        facts = CounterMetricFamily("doorstep_facts", "Facts recorded", labels=("type",))
        for kind, count in self._facts.items():
            facts.add_metric((kind,), count)
        seconds = HistogramMetricFamily(
            "doorstep_commit_seconds", "From the start of deciding to the end of the commit"
        )
        self._seconds.into(seconds)
        sizes = HistogramMetricFamily("doorstep_commit_commands", "Commands in one commit")
        self._sizes.into(sizes)
        failed = CounterMetricFamily("doorstep_commits_failed", "Commits that failed", self._failed)
        now = figures(self._standing) if self._standing else ()
        return [commands, facts, seconds, sizes, failed, *self._at_doors(), *(sample.family for sample in now)]

    def _at_doors(self) -> Iterable[Metric]:
        names = ("app_name", "broker", "handler")
        received = CounterMetricFamily("faststream_received_messages", "Messages received", labels=names)
        done = CounterMetricFamily("faststream_received_processed_messages", "Messages answered, by how it ended",
                                   labels=(*names, "status"))  # fmt: skip
        seconds = HistogramMetricFamily("faststream_received_processed_messages_duration_seconds",
                                        "From arrival to answer", labels=names)  # fmt: skip
        for (name, subject), door in self._doors.items():
            of = (name, "nats", subject)
            received.add_metric(of, door.received)
            done.add_metric((*of, "acked"), door.done)
            done.add_metric((*of, "error"), door.broken)
            done.add_metric((*of, "rejected"), door.shed)  # too many at once
            door.seconds.into(seconds, *of)
        return received, done, seconds
