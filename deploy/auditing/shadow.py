"""The clocks of a service as they would have run under other rules, beside the facts as they were.

Each decision is taken again in the situation that really was; only its clocks are those of the other rules. What those
would have said meanwhile (warnings, breaches, the end of a period) is said before a stream is read. A clock that the
other rules leave as it was speaks where the log has it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from eventsourcing.persistence import StoredEvent

from deploy.auditing.clock_runs import Runs
from deploy.auditing.replay import Replay
from shared.clock_facts import DEADLINE_FACTS
from shared.clock_time import Running, next_moment
from shared.deadlines import Clocked, TickClock
from shared.decisions import Known
from shared.messages import Answer, Command
from shared.rules import Rules

CLOCK_FACTS = {fact.type: fact for fact in DEADLINE_FACTS}


class Shadow:
    def __init__(self, replay: Replay, rules: Rules, runs: Runs) -> None:
        self._replay, self._rules, self._runs = replay, rules, runs
        self._running: dict[str, Mapping[str, Running]] = {}

    def decide(
        self, command: Command, position: int, now: datetime, rules: Rules, also: Iterable[str]
    ) -> tuple[Answer, list[StoredEvent]]:  # fmt: skip
        return self._replay.decide(command, now, rules, lambda stream: self.known(stream, position, now), also)

    def known(self, stream: str, position: int, now: datetime) -> Known:
        self._speak(stream, position, lambda moment: moment < now, "")
        return self._as_it_is(stream, position)

    def tick(self, stream: str, clock: str, position: int, moment: datetime) -> None:
        """The log has it that a clock of the stream spoke here."""
        self._speak(stream, position, lambda at: at <= moment, clock)

    def end(self, position: int, moment: datetime) -> None:
        for stream in list(self._running):
            self._speak(stream, position, lambda at: at <= moment, "")

    def fold(self, facts: Iterable[tuple[str, str, Mapping[str, Any]]], now: datetime) -> None:
        """(stream, type, data): what the clocks hear of."""
        for stream, kind, data in facts:
            if kind in CLOCK_FACTS:
                self._move(stream, kind, data)
                self._runs.note(self._replay.service, stream, kind, data, now)

    def _as_it_is(self, stream: str, position: int) -> Known:
        known = self._replay.known(stream, position)
        if not isinstance(known.state, Clocked):
            return known
        return known._replace(state=replace(known.state, running=self._running.get(stream, {})))

    def _move(self, stream: str, kind: str, data: Mapping[str, Any]) -> None:
        decider = self._replay.deciders[stream.partition("/")[0]]
        noun = Clocked(None, self._running.get(stream, {}))
        self._running[stream] = decider.evolve(noun, CLOCK_FACTS[kind].model_validate(data)).running

    def _speak(self, stream: str, position: int, by_then: Callable[[datetime], bool], named: str) -> None:
        while running := self._running.get(stream, {}):
            then = self._replay.known(stream, position).state.running
            moments = [
                (at, name) for name, each in running.items()
                if (name == named or each != then.get(name)) and (at := next_moment(self._rules, each))
            ]  # fmt: skip
            if not moments or not by_then(min(moments)[0]):
                return
            at, name = min(moments)
            said = TickClock(
                id=f"clock:{stream}:{name}:{at.isoformat()}", case=stream.partition("/")[2], actor="system:clock",
                happened_at=at, origin=running[name].origin, stream=stream, clock=name, moment=at,
            )  # fmt: skip
            _, events = self._replay.decide(said, at, self._rules, lambda each: self._as_it_is(each, position))
            self.fold(told(events), at)
            if self._running[stream].get(name) == running[name]:  # it has no more to say
                self._running[stream] = {**running, name: replace(running[name], climbs=False)}


def told(events: Iterable[StoredEvent]) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [(str(event.originator_id), event.topic, json.loads(event.state)["data"]) for event in events]
