"""The situation of every stream after each of its facts, by the service's own decider."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from deploy.desks import parts_of
from deploy.facts import SERVICES, Document
from shared.messages import Fact


class Turn(NamedTuple):
    """By the names of the situations' classes."""

    before: str
    after: str


def turns(facts: Iterable[Document]) -> dict[str, Turn]:
    """Fact -> what it turned its stream from and to, where it did. `facts`: in the order of each service's log."""
    deciders = {(service, decider.name): decider for service in SERVICES for decider in parts_of(service).all_deciders}
    kinds: dict[str, type[Fact]] = {kind.type: kind for decider in deciders.values() for kind in decider.facts}
    states, found = dict[str, Any](), dict[str, Turn]()
    for fact in facts:
        stream = fact["subject"]
        decider = deciders.get((fact["source"].rpartition("/")[2], stream.partition("/")[0]))
        if decider is None or fact["type"] not in kinds:
            continue
        before = states.get(stream, decider.initial)
        states[stream] = decider.evolve(before, kinds[fact["type"]].model_validate(fact["data"]))
        turn = Turn(_name(before), _name(states[stream]))
        if turn.before != turn.after:
            found[fact["id"]] = turn
    return found


def _name(state: Any) -> str:
    """Of the situation itself, where its clocks are kept beside it."""
    return type(getattr(state, "situation", state)).__name__
