"""Why a case went as it did: each decision, what else was possible then, and the rule that excluded the rest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from deploy.auditing.book import Book
from deploy.auditing.replay import Past, Replay, Taken, taken_of
from deploy.auditing.retold import DEVIATED, Known, Teller, known_from
from deploy.auditing.trials import Choices, Pick, choices, made_up
from deploy.facts import Document
from shared.deadlines import Clocked, OfClock
from shared.messages import Command, Override
from shared.rules import Limit, Rule, Rules

Standing = Literal["open", "excluded", "undecided", "no_effect", "impossible"]
Source = Literal["people", "reaction", "clock"]
TRIES = 200  # of one command
IMPOSSIBLE = "state"  # the rule of sense that the situation provides for no such command


class Alternative(NamedTuple):
    """What could have been sent instead: another command, or the same with another value of a `field`.

    `depends_on`: fields that were made up for the asking, where the answer may hang on them.
    """

    command: str
    roles: tuple[str, ...]
    standing: Standing
    rule: str = ""
    why: str = ""  # the key of the sentence
    reason: str = ""
    reason_en: str = ""
    leads_to: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    field: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Why:
    """`command` None: none was found that leaves just these facts. `rules` None: that version is not at hand."""

    taken: Taken
    command: Command | None
    source: Source
    situation: str
    rules: Rules | None
    alternatives: Sequence[Alternative]

    @property
    def facts(self) -> list[Document]:
        return [kept.document for kept in self.taken.facts]

    @property
    def deviations(self) -> list[Document]:
        return [fact for fact in self.facts if fact["type"] == DEVIATED]


def why(book: Book, number: str, rulebook: Mapping[str, Rules], *, everything: bool = False) -> list[Why]:
    """In the order of time. Alternatives are looked for where people decided; `everything`: also elsewhere."""
    past, facts = Past(book), book.case(number)
    teller = Teller(past)
    return [
        _why(taken, past, teller, facts, rulebook, everything=everything) for taken in taken_of(book.ledger, number)
    ]


def _why(
    taken: Taken, past: Past, teller: Teller, facts: Sequence[Document], rulebook: Mapping[str, Rules], *,
    everything: bool,
) -> Why:  # fmt: skip
    rules, replay = rulebook.get(taken.envelope["rules"]), past.replays[taken.service]
    command = teller.command(taken, rules) if rules else None
    own = _own_stream(taken, command, replay)
    source: Source = "clock" if taken.by_clock else "reaction" if ":/" in taken.envelope["causationid"] else "people"
    state = replay.known(own, taken.position).state
    situation = state.situation if isinstance(state, Clocked) else state
    asked = rules is not None and (everything or source == "people")
    told = known_from(_nearest(facts, taken))
    others = _alternatives(taken, own, command, replay, told, rules) if rules and asked else ()
    return Why(taken, command, source, type(situation).__name__, rules, list(others))


def _own_stream(taken: Taken, command: Command | None, replay: Replay) -> str:
    if isinstance(command, OfClock):
        return command.stream
    noun = next((name for name, decider in replay.deciders.items() if type(command) in decider.commands), None)
    return f"{noun}/{command.case}" if noun and command else taken.facts[0].stream


def _nearest(facts: Sequence[Document], taken: Taken) -> list[Document]:
    """The decision's own first, then backwards what was known, then what came later: so values are found by name."""
    own = [kept.document for kept in taken.facts]
    before = [fact for fact in facts if fact["recordedat"] <= taken.envelope["recordedat"] and fact not in own]
    after = [fact for fact in facts if fact["recordedat"] > taken.envelope["recordedat"]]
    return [*own, *reversed(before), *after]


def _alternatives(
    taken: Taken, own: str, command: Command | None, replay: Replay, told: Known, rules: Rules
) -> Iterator[Alternative]:
    noun, _, key = own.partition("/")
    ask = _Asking(taken, replay, rules)
    for kind in replay.deciders[noun].commands:
        found = choices(kind, key, told, rules, taken.happened)
        if command and kind is type(command):
            yield from ask.otherwise(command, found) if found else ()
        elif kind.roles:
            yield (
                ask.instead(found) if found else Alternative(kind.__name__, kind.roles, "undecided", depends_on=("*",))
            )


class _Asking:
    """Commands tried at the moment of the decision, as if sent by somebody entitled, in what was the situation then."""

    def __init__(self, taken: Taken, replay: Replay, rules: Rules) -> None:
        self._taken, self._replay, self._rules = taken, replay, rules

    def instead(self, found: Choices) -> Alternative:
        """Open if there are values that it would have been taken with; else what was said to the likeliest ones.

        Looked for field by field: a value that answers one refusal is kept, and the next refusal is looked at.
        """
        picked, seen = found.first(), set[tuple[str, str]]()
        said = likeliest = self._said(found, picked)
        hangs_on = set[str]()
        while said.standing == "excluded" and (said.rule, said.why) not in seen:
            seen.add((said.rule, said.why))
            others = [
                (name, pick, self._said(found, {**picked, name: pick}))
                for name, pick in [(name, pick) for name, picks in found.fields.items() for pick in picks][:TRIES]
                if pick != picked[name]
            ]  # fmt: skip
            hangs_on |= {name for name, pick, other in others
                         if pick.origin == "made_up" and other.reason_en != said.reason_en}  # fmt: skip
            further = [each for each in others if each[2].standing == "open"] or [
                each for each in others if each[2].standing == "excluded" and (each[2].rule, each[2].why) not in seen
            ]  # fmt: skip
            if further:
                name, pick, said = further[0]
                picked = {**picked, name: pick}
        if said.standing == "open" or not hangs_on:
            return said if said.standing == "open" else likeliest
        return likeliest._replace(standing="undecided", depends_on=tuple(sorted(hangs_on)))

    def otherwise(self, command: Command, found: Choices) -> Iterator[Alternative]:
        """The same command with other values, where there are few to choose from.

        First as it was, if only history could be recorded so: now it would be refused, whatever else it said.
        """
        now = {name: Pick(getattr(command, name), "fact") for name in found.fields}
        base = self._said(found, now, command.overrides)
        if base.standing == "excluded" and command.origin == "ledger":
            yield base._replace(field="origin", values=("live",))
        for name, picks in found.fields.items():
            groups: dict[tuple[str, ...], tuple[Alternative, list[str]]] = {}
            for pick in picks[:TRIES]:
                if pick.origin == "list" and pick.value != now[name].value:
                    said = self._said(found, {**now, name: pick}, command.overrides)
                    if said.standing == "open" or (said.standing == "excluded" and said.why != base.why):
                        key = said.standing, said.rule, said.why
                        groups.setdefault(key, (said, []))[1].append(_plain(pick.value))
            for said, values in groups.values():
                yield said._replace(field=name, values=tuple(values), depends_on=())

    def _said(
        self, found: Choices, picked: Mapping[str, Pick], overrides: Sequence[Override] = ()
    ) -> Alternative:  # fmt: skip
        name, roles, taken = found.kind.__name__, found.kind.roles, self._taken
        if not (command := found.command(picked, overrides)):
            return Alternative(name, roles, "undecided", "SCHEMA")
        try:
            answer, events = self._replay.decide(
                command, taken.happened, self._rules, lambda stream: self._replay.known(stream, taken.position)
            )
        except Exception as mistake:  # noqa: BLE001  # a made-up command may be any nonsense
            return Alternative(name, roles, "undecided", "ERROR", reason_en=type(mistake).__name__)
        if answer.accepted:
            kinds = tuple(dict.fromkeys(event.topic for event in events))
            return Alternative(name, roles, "open" if events else "no_effect", leads_to=kinds,
                               depends_on=made_up(picked))  # fmt: skip
        standing: Standing = "impossible" if answer.rule == IMPOSSIBLE else "excluded"
        said = answer.rule or "", answer.why or "", answer.reason or "", answer.reason_en or ""
        return Alternative(name, roles, standing, *said)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def rule_of(rules: Rules, name: str) -> Rule | Limit | None:
    known: Rule | Limit | None = rules.rules.get(name) or rules.limits.get(name)
    return known


def shown(each: Why) -> dict[str, Any]:
    """For machines. Nothing of the facts' payload is in it."""
    envelope = each.taken.envelope
    return {
        "at": envelope["time"], "recorded": envelope["recordedat"], "service": each.taken.service,
        "actor": envelope["actor"], "source": each.source, "cause": envelope["causationid"],
        "rules": envelope["rules"], "situation": each.situation,
        "command": type(each.command).__name__ if each.command else None, "reproduced": each.command is not None,
        "facts": [fact["id"] for fact in each.facts],
        "deviations": [{key: fact["data"][key] for key in ("rule", "why", "how")} for fact in each.deviations],
        "alternatives": [alternative._asdict() | _about(each.rules, alternative) for alternative in each.alternatives],
    }  # fmt: skip


def _about(rules: Rules | None, alternative: Alternative) -> dict[str, Any]:
    known = rule_of(rules, alternative.rule) if rules else None
    if not known:
        return {}
    override = sorted(rules.may_override(alternative.rule)) if rules else []
    texts = {"rule_zh": known.zh, "rule_en": known.en} if isinstance(known, Rule) else {}
    return {**texts, "grade": known.grade, "source": known.source, "may_override": override}
