"""The checker: what must be true when the faults are over. Each property is a function that names what breaks it.

It reads; it never waits. A property that nothing can break proves nothing: `test_checker.py` breaks each.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from deploy.auditing.rebuild import rebuild
from deploy.auditing.verify import Trust, verify
from tests.faults.people import Citizen, needles
from tests.faults.reading import Message, Seen, Store
from tests.journey.detector import Detector

EXPECTED = (  # a fact, and the reaction of another service that must have answered it
    ("intake", "request_confirmed.v1", "scheduling", "when_request_confirmed_seek_appointment"),
    ("intake", "request_confirmed.v1", "vault", "when_request_confirmed_bind_person"),
    ("intake", "request_registered.v1", "feedback", "when_intake_request_registered_add_application"),
    ("scheduling", "team_assigned.v1", "visits", "when_team_assigned_plan_visit"),
    ("feedback", "complaint_registered.v1", "scheduling", "when_complaint_registered_note_it"),
)


Places = Mapping[str, tuple[str, int, str]]  # fact -> service, position, case


class Violation(NamedTuple):
    kind: str  # lost, twice, order, stuck, models, tree, marker
    where: str
    count: int
    first: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.count}, first {self.first}"


def check(seen: Seen) -> list[Violation]:
    """All that can be told from what was read."""
    return [violation for each in PROPERTIES for violation in each(seen)]


def lost(seen: Seen) -> Iterator[Violation]:
    """What was accepted is kept, and what is kept has reached everybody."""
    kept = {service: {fact.get("id") for fact in store.facts} for service, store in seen.stores.items()}
    gone = [told for told in seen.told if told.state == "accepted" and set(told.facts) - kept.get(told.service, set())]
    yield from _of("lost", "accepted, not in the store", (told.id for told in gone))
    forgotten = [
        told for told in seen.told if told.state == "accepted" and told.service in seen.stores
        and seen.stores[told.service].commands.get((told.issuer, told.id)) != frozenset(told.facts)
    ]  # fmt: skip
    yield from _of("lost", "accepted, not as the store answers it", (told.id for told in forgotten))
    for service, store in seen.stores.items():
        names = {upstream: upstream.rpartition(".")[2] for upstream in store.heard}
        ahead = [up for up, name in names.items() if name in kept and store.heard[up] > len(seen.stores[name].facts)]
        yield from _of("lost", f"{service} heard more than there is", ahead)
        roads = {"stream": [message.document for message in seen.streams[service]],
                 "audit": list(seen.audited.get(service, ()))}  # fmt: skip
        if seen.hub is not None:
            roads["hub"] = [message.document for message in _first(seen.hub.get(service, ()))]
        for road, documents in roads.items():
            missing = (Counter(store.documents) - Counter(documents)).elements()
            yield from _of("lost", f"{service}, not at the {road}", map(_id, missing))


def twice(seen: Seen) -> Iterator[Violation]:
    """No fact twice anywhere; no command with other effects than its one answer tells."""
    for service, store in seen.stores.items():
        ids = Counter(fact["id"] for fact in store.facts if "id" in fact)
        yield from _of("twice", f"{service}, in the store", (name for name, times in ids.items() if times > 1))
        caused = defaultdict(set)
        for position, fact in enumerate(store.facts, 1):
            if position not in seen.planted.get(service, ()):
                caused[fact["actor"], fact["causationid"]].add(fact["id"])
        other = [key for key, facts in caused.items() if store.commands.get(key) != facts]
        yield from _of("twice", f"{service}, effects that no answer tells", map(str, other))
        for road, documents in (
            ("stream", [message.document for message in seen.streams[service]]),
            ("audit", list(seen.audited.get(service, ()))),
        ):
            more = (Counter(documents) - Counter(store.documents)).elements()
            yield from _of("twice", f"{service}, at the {road}", map(_id, more))
    yield from _of("twice", "answered otherwise when sent again", (told.id for told in seen.told if told.contradicted))


def order(seen: Seen) -> Iterator[Violation]:
    """Streams are dense; roads go as the store does; a case's facts as its client went, and its reactions as they."""
    places = _places(seen.stores)
    for service, store in seen.stores.items():
        yield from _of("order", f"{service}, versions of a stream", _not_dense(store))
        roads: dict[str, Sequence[bytes]] = {
            "stream": [message.document for message in seen.streams[service]],
            "audit": seen.audited.get(service, ()),
        }
        if seen.hub is not None:
            roads["hub"] = [message.document for message in _first(seen.hub.get(service, ()))]
        for road, documents in roads.items():
            swapped = [_id(there) for here, there in zip(store.documents, documents, strict=False) if here != there]
            yield from _of("order", f"{service}, at the {road}", swapped)
        odd = (f"{message.id} at {message.sequence}" for message in seen.streams[service]
               if message.id.rpartition(".")[2] != str(message.sequence))  # fmt: skip
        yield from _of("order", f"{service}, position and sequence", odd)
        yield from _of("order", f"{service}, a case's commands", _client_order(seen, service, store))
        yield from _of("order", f"{service}, a case's reactions", _reaction_order(places, store))


def stuck(seen: Seen) -> Iterator[Violation]:
    """Every command was answered, everything was heard, every expected reaction has come."""
    yield from _of("stuck", "never answered", (told.id for told in seen.told if told.state in {"sent", "unknown"}))
    for service, store in seen.stores.items():
        letters = [
            letter for letter in store.letters
            if letter.state in {"held", "dead"}
            and letter.position not in seen.planted.get(letter.upstream.rpartition(".")[2], ())
        ]  # fmt: skip
        yield from _of("stuck", f"{service}, letters", (f"{each.state} {each.reaction}" for each in letters))
    for upstream, kind, service, reaction in EXPECTED:
        if upstream in seen.stores and service in seen.stores:
            done = {name for _, name in seen.stores[service].commands}
            planted = seen.planted.get(upstream, frozenset())
            waits = [
                fact["id"] for position, fact in enumerate(seen.stores[upstream].facts, 1)
                if fact.get("type") == kind and position not in planted and f"{reaction}:{fact['id']}" not in done
            ]  # fmt: skip
            yield from _of("stuck", f"{service}, {reaction} has not come", waits)


PROPERTIES: tuple[Callable[[Seen], Iterator[Violation]], ...] = (lost, twice, order, stuck)


def models(folder: Path) -> list[Violation]:
    """Read models are what the facts lead to."""
    found = rebuild(folder)
    wrong = [f"{each.service} {each.model} {one.row} {one.how}" for each in found.compared for one in each.differences]
    return list(_of("models", "read models", wrong)) + list(_of("models", "not heard", ["facts"] * found.unheard))


def tree(folder: Path, trust: Trust, services: Sequence[str] | None = None) -> list[Violation]:
    """Stores and ledger lead to what was signed; holes that were found on the road were mended."""
    standings = verify(folder, trust, services)
    found = [f"{each.service} {each.where} {each.kind} {each.first}" for one in standings for each in one.findings]
    unsealed = [standing.service for standing in standings if standing.sealed < standing.stored]
    return list(_of("tree", "what was signed", found)) + list(_of("tree", "not signed", unsealed))


def markers(folder: Path, citizens: list[Citizen]) -> list[Violation]:
    """Nobody's name, number, phone or home in any file that a site leaves behind."""
    if not citizens:
        return []
    found = Detector(needles(citizens)).folder(folder)
    return list(_of("marker", "personal data on the disk", (f"{each.file} {each.kind} {each.way}" for each in found)))


def _of(kind: str, where: str, examples: Iterable[str]) -> Iterator[Violation]:
    found = list(examples)
    if found:
        yield Violation(kind, where, len(found), found[0])


def _id(document: bytes) -> str:
    start = document.find(b'"id":"') + 6
    return document[start : document.find(b'"', start)].decode("utf-8", "replace") if start > 5 else "unreadable"


def _first(messages: Sequence[Message]) -> list[Message]:
    """A line may bring a message twice; they are told apart by their ids."""
    found: dict[str, Message] = {}
    for message in messages:
        found.setdefault(message.id, message)
    return list(found.values())


def _not_dense(store: Store) -> Iterator[str]:
    last: Counter[str] = Counter()
    for stream, version in store.streams:
        last[stream] += 1
        if version != last[stream]:
            yield f"{stream} {version}"


def _client_order(seen: Seen, service: str, store: Store) -> Iterator[str]:
    position = {fact["id"]: at for at, fact in enumerate(store.facts) if "id" in fact}
    reached: dict[str, int] = {}
    for told in seen.told:
        if told.state == "accepted" and told.service == service and told.facts and told.facts[0] in position:
            case, here = told.case.partition(".")[0], position[told.facts[0]]
            if here < reached.get(case, -1):
                yield told.id
            reached[case] = here


def _reaction_order(places: Places, store: Store) -> Iterator[str]:
    """By (upstream, case): a fact that was heard later has no earlier effect."""
    reached: dict[tuple[str, str], int] = {}
    for fact in store.facts:
        reaction, _, cause = fact.get("causationid", "").partition(":")
        if cause not in places or not reaction.startswith("when_"):
            continue
        upstream, position, case = places[cause]
        if position < reached.get((upstream, case), 0):
            yield fact["id"]
        reached[upstream, case] = position


def _places(stores: Mapping[str, Store]) -> Places:
    return {
        fact["id"]: (service, position, fact["case"])
        for service, store in stores.items()
        for position, fact in enumerate(store.facts, 1)
        if "id" in fact
    }
