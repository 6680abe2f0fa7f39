"""A period decided again under other rules, in memory: what would have been refused, late, or decided differently.

Every decision is looked at in the situation that really was: what would have followed from a refusal is not guessed at.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from sys import maxsize
from typing import Any, Literal, NamedTuple, get_args

from deploy.auditing.book import Book, Period
from deploy.auditing.clock_runs import ClockChange, Runs, compared
from deploy.auditing.replay import Kept, Past, Taken, taken_in
from deploy.auditing.retold import DEVIATED, Teller
from deploy.auditing.shadow import CLOCK_FACTS, Shadow, told
from shared.deadlines import DeadlineSet, TickClock, due
from shared.messages import Answer, Command
from shared.rules import Rules

Kind = Literal["refused", "no_longer_refused", "deviates", "no_longer_deviates", "differs"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SECTIONS = ("limits", "rules", "numbers", "lists", "slots", "back_dating", "ledger_evidence", "calendar", "matters",
            "staff", "catalogue")  # fmt: skip
BEGINNING = datetime.min.replace(tzinfo=UTC)


class Change(NamedTuple):
    """A decision that would come out differently. `why`: the key of a sentence; `what`: kinds of facts, -gone +new."""

    kind: Kind
    rule: str
    case: str
    fact: str
    at: datetime
    command: str
    why: str = ""
    about: Mapping[str, Any] = {}
    what: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """The answer, and how many of the decisions it rests on."""

    decisions: int
    exact: int
    unreplayed: Mapping[str, int]  # kinds of facts of decisions that no command was found for
    other_versions: Mapping[str, int]  # versions of rules that are not at hand: these were not looked at
    changes: Sequence[Change]
    clocks: Sequence[ClockChange]


def what_if(book: Book, rulebook: Mapping[str, Rules], other: Rules, period: Period | None = None) -> Told:
    past = Past(book, whole=True)
    asked = _Asked(past, rulebook, other, period)
    for service, log in past.logs.items():
        asked.replay(service, taken_in(service, log))
    return Told(
        asked.decisions, asked.exact, asked.unreplayed, asked.other_versions, sorted(asked.changes, key=_order),
        [change for change in compared(asked.was.all, asked.would_be.all) if asked.counts(change)],
    )  # fmt: skip


def _order(change: Change) -> tuple[Any, ...]:
    return KINDS.index(change.kind), change.rule, change.at, change.case


class _Asked:
    def __init__(self, past: Past, rulebook: Mapping[str, Rules], other: Rules, period: Period | None) -> None:
        self._past, self._rulebook, self._other, self._period = past, rulebook, other, period
        self._teller = Teller(past)
        self._singly = {version: each_alone(rules, other) for version, rules in rulebook.items()}
        self.was, self.would_be = Runs(), Runs()
        self.decisions = self.exact = 0
        self.unreplayed, self.other_versions = Counter[str](), Counter[str]()
        self.changes: list[Change] = []

    def counts(self, change: ClockChange) -> bool:
        """Whether the clock was, or would have been, set in the period."""
        run = change.was or change.would_be
        return self._period is None or (run is not None and self._period.holds(run.since.isoformat()))

    def replay(self, service: str, decisions: Iterator[Taken]) -> None:
        shadow = Shadow(self._past.replays[service], self._other, self.would_be)
        end = BEGINNING
        for taken in decisions:
            end = max(end, taken.recorded)
            self._note(self.was, taken)
            self._one(taken, shadow)
        shadow.end(maxsize, end)

    def _one(self, taken: Taken, shadow: Shadow) -> None:
        inside = self._period is None or self._period.holds(taken.envelope["time"])
        rules = self._rulebook.get(taken.envelope["rules"])
        command = self._teller.command(taken, rules) if rules else None
        if inside:
            self._count(taken, rules, command)
        if rules is None or command is None:
            shadow.fold(_as_they_were(taken), taken.recorded)
        elif isinstance(command, TickClock):
            shadow.tick(command.stream, command.clock, taken.position, command.moment)
        else:
            self._again(taken, command, rules, shadow, inside=inside)

    def _count(self, taken: Taken, rules: Rules | None, command: Command | None) -> None:
        self.decisions += 1
        if rules is None:
            self.other_versions[taken.envelope["rules"]] += 1
        elif command is None:
            self.unreplayed[", ".join(taken.types)] += 1
        else:
            self.exact += 1

    def _again(self, taken: Taken, command: Command, rules: Rules, shadow: Shadow, *, inside: bool) -> None:
        streams = {kept.stream for kept in taken.facts}
        under = self._other if inside else rules
        try:
            answer, events = shadow.decide(command, taken.position, taken.recorded, under, streams)
        except Exception as mistake:  # noqa: BLE001  # rules that lack a number the deciders need: said, not guessed
            self.exact -= inside
            self.unreplayed[f"{type(command).__name__}: {type(mistake).__name__} {mistake}"] += inside
            shadow.fold(_as_they_were(taken), taken.recorded)
            return
        if not answer.accepted and not events:
            shadow.fold(_nevertheless(taken, under), taken.recorded)
        else:
            shadow.fold(told(events), taken.recorded)
        if inside:
            self.changes += self._compared(taken, command, rules, answer, told(events))

    def _compared(
        self, taken: Taken, command: Command, rules: Rules, answer: Answer, facts: Sequence[tuple[str, str, Any]]
    ) -> Iterator[Change]:
        name = type(command).__name__
        about = {"case": taken.case, "fact": taken.envelope["id"], "at": taken.happened, "command": name}
        then = [(kept.stream, kept.document["type"], kept.document["data"]) for kept in taken.facts]
        if (refusal := _refused(answer)) != (refused_then := self._refused_then(taken, command, rules, answer, facts)):
            if refused_then:
                yield Change("no_longer_refused", refused_then[0], **about, why=refused_then[1])
            if refusal:
                yield Change("refused", refusal[0], **about, why=refusal[1], about={"sentence": answer.reason,
                             "sentence_en": answer.reason_en})  # fmt: skip
        if not facts and refusal:
            return
        before, after = _deviations(then), _deviations(facts)
        yield from (Change("deviates", data["rule"], **about, why=data["why"], about=data["about"])
                    for key, data in after.items() if key not in before)  # fmt: skip
        yield from (Change("no_longer_deviates", data["rule"], **about, why=data["why"], about=data["about"])
                    for key, data in before.items() if key not in after)  # fmt: skip
        if what := _difference(then, facts):
            yield Change("differs", self._because(taken, command, rules, then), **about, what=what)

    def _refused_then(
        self, taken: Taken, command: Command, rules: Rules, answer: Answer, facts: Sequence[Any]
    ) -> tuple[str, str] | None:
        """A no that was recorded. Asked only where it may matter: most decisions said yes, then and now."""
        if answer.accepted and not _difference(_facts(taken.facts), facts):
            return None
        return _refused(self._decided_then(taken, command, rules)[0])

    def _decided_then(self, taken: Taken, command: Command, rules: Rules) -> tuple[Answer, Sequence[Any]]:
        replay, streams = self._past.replays[taken.service], {kept.stream for kept in taken.facts}
        answer, events = replay.decide(
            command, taken.recorded, rules, lambda stream: replay.known(stream, taken.position), streams
        )  # fmt: skip
        return answer, told(events)

    def _because(self, taken: Taken, command: Command, rules: Rules, then: Sequence[Any]) -> str:
        """What of the other rules makes the difference, each tried alone; nothing if only clocks, or several, do."""
        found = [
            name for name, alone in self._singly[rules.version].items()
            if _difference(then, self._decided_then(taken, command, alone)[1])
        ]  # fmt: skip
        return ", ".join(found)

    def _note(self, runs: Runs, taken: Taken) -> None:
        for kept in taken.facts:
            runs.note(taken.service, kept.stream, kept.document["type"], kept.document["data"], taken.recorded)


def each_alone(rules: Rules, other: Rules) -> dict[str, Rules]:
    """For each thing that the two rule sets say differently: the first, with that alone as the other has it."""
    found: dict[str, Rules] = {}
    for section in SECTIONS:
        ours, theirs = getattr(rules, section), getattr(other, section)
        if ours == theirs:
            continue
        if not isinstance(ours, Mapping):
            found[section] = replace(rules, **{section: theirs})
            continue
        for name in dict.fromkeys([*ours, *theirs]):
            if ours.get(name) != theirs.get(name):
                theirs_alone = {name: theirs[name]} if name in theirs else {}
                mixed: dict[str, Any] = {section: {key: ours[key] for key in ours if key != name} | theirs_alone}
                found[name] = replace(rules, **mixed)
    return found


def _refused(answer: Answer) -> tuple[str, str] | None:
    return None if answer.accepted else (answer.rule or "", answer.why or "")


def _facts(kept: Sequence[Kept]) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [(each.stream, each.document["type"], each.document["data"]) for each in kept]


def _as_they_were(taken: Taken) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [fact for fact in _facts(taken.facts) if fact[1] in CLOCK_FACTS]


def _nevertheless(taken: Taken, rules: Rules) -> list[tuple[str, str, Mapping[str, Any]]]:
    """What the clocks hear of a decision that would have been refused, but was taken: as long as these rules say."""
    return [
        (stream, kind, {**data, "due_at": _due(rules, data)} if kind == DeadlineSet.type else data)
        for stream, kind, data in _as_they_were(taken)
        if kind != DeadlineSet.type or rules.in_force(data["clock"])
    ]  # fmt: skip


def _due(rules: Rules, data: Mapping[str, Any]) -> str:
    if data["limit"] not in rules.limits:
        return str(data["due_at"])
    return due(rules, data["limit"], datetime.fromisoformat(data["starts_at"])).at.isoformat()


def _deviations(facts: Sequence[tuple[str, str, Any]]) -> dict[tuple[str, str], Any]:
    return {(data["rule"], data["why"]): data for _, kind, data in facts if kind == DEVIATED}


def _difference(then: Sequence[tuple[str, str, Any]], facts: Sequence[tuple[str, str, Any]]) -> tuple[str, ...]:
    """Kinds of facts: - would not be, + would be, ~ would say something else; clocks and deviations are told apart."""
    before, after = ([fact for fact in each if fact[1] not in CLOCK_FACTS and fact[1] != DEVIATED]
                     for each in (then, facts))  # fmt: skip
    gone = [fact for fact in before if fact not in after]
    new = [fact for fact in after if fact not in before]
    found = list[str]()
    for stream, kind, data in gone:
        other = next((each for each in new if each[:2] == (stream, kind)), None)
        if other:
            new.remove(other)
            found.append(f"~{kind} {_fields(data, other[2])}")
        else:
            found.append(f"-{kind}")
    return (*found, *(f"+{kind}" for _, kind, _ in new))


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    return ", ".join(f"{name} {_shown(before.get(name))}→{_shown(after.get(name))}" for name in names)


def _shown(value: Any) -> str:
    """Numbers, yes and no, moments and short codes; any other text may be sealed, secret or lead to a person."""
    if value is None:
        return "—"
    if isinstance(value, str) and len(value) > len("MT-01"):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return "…"
    return str(value) if isinstance(value, str | int) else "…"
