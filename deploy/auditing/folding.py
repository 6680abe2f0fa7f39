"""Folds a service's facts into the situations of its streams, without reading what the envelope repeats.

A document ends in its `data`, and the row says stream and kind beside it: only that end is parsed, by the fact's own
validator. `evolve` is the deciders' own. What is not written so (a document of another hand) is read as JSON.
"""

import gc
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from shared.decider import Decider
from shared.messages import Fact
from shared.parts import Parts
from shared.upcast import newest

DATA = b'","data":{'
ORIGINS = (b'"origin":"live', b'"origin":"ledger')


def data_of(document: bytes) -> bytes:
    """The fact itself, as JSON: what follows the envelope as `EventStore.write` puts it together."""
    at = document.find(DATA)
    if document.endswith(ORIGINS, 0, at) and document.endswith(b"}}"):
        return document[at + len(DATA) - 1 : -1]
    return json.dumps(json.loads(document)["data"], ensure_ascii=False).encode()


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Situations and facts are values, in which there are no cycles; to look for them costs a fifth of a fold."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Folding:
    """The situations that the deciders of services come to: no two services have a noun or a kind of the same name."""

    def __init__(self, *services: Parts) -> None:
        found = [each for parts in services for each in parts.all_deciders]
        self.deciders: dict[str, Decider[Any, Any]] = {each.name: each for each in found}
        kinds: dict[str, type[Fact]] = {fact.type: fact for each in self.deciders.values() for fact in each.facts}
        self._read = {kind: fact.__pydantic_validator__.validate_json for kind, fact in kinds.items()}

    def states(self, rows: Iterable[tuple[str, str, bytes]]) -> dict[str, Any]:
        """(stream, kind, document) in the order of the log, or of each stream -> the last situation of each stream."""
        with _nothing_collected():
            return self._states(rows)

    def _states(self, rows: Iterable[tuple[str, str, bytes]]) -> dict[str, Any]:
        states = dict[str, Any]()
        evolve = {name: decider.evolve for name, decider in self.deciders.items()}
        read = self._read
        for stream, kind, document in rows:
            noun = stream.partition("/")[0]
            before = states[stream] if stream in states else self.deciders[noun].initial  # lazily
            states[stream] = evolve[noun](before, newest(read[kind](data_of(document))))
        return states
