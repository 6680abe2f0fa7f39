"""The facts of each case as a trace, for the formats that know one case at a time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from deploy.auditing.book import REGISTERED
from deploy.facts import Document
from deploy.mining.events import Event, Selection, Value, event, kind_of, of_the_case
from shared.words import Language


class Trace(NamedTuple):
    case: str
    about: Mapping[str, Value]
    events: Sequence[Event]


def traces(selection: Selection, language: Language, *, steps: bool = False) -> list[Trace]:
    of_case = dict[str, list[Document]]()
    for fact in selection.facts:
        of_case.setdefault(fact["case"], []).append(fact)
    return [
        Trace(
            case,
            _about(of_case[case]) | {"outcome": outcome},
            [event(fact, language) for fact in of_case[case] if not steps or kind_of(fact) == "step"],
        )
        for case, outcome in selection.outcomes.items()
    ]


def _about(facts: Sequence[Document]) -> dict[str, Value]:
    registered = next(fact for fact in facts if fact["type"] == REGISTERED)
    return {"center": registered["source"].split("/")[1]} | of_the_case(registered)
