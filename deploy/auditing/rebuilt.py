"""The read models of a service: what its facts say they hold, and what they do hold, each as rows by their keys."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from eventsourcing.persistence import StoredEvent
from pydantic import ValidationError

from deploy.auditing.book import readable
from deploy.auditing.folding import Folding, data_of
from deploy.auditing.scan import ROWS, kept, of_facts, opened
from deploy.desks import parts_of
from services.audit.ledger import LOWEST_KEPT, Ledger, Log, named
from shared.calendar import SHANGHAI
from shared.clock_facts import DEADLINE_FACTS
from shared.clock_time import Running, moved
from shared.database import Place
from shared.deadlines import Clocked
from shared.decisions import digest
from shared.event_store import EventStore
from shared.messages import Command
from shared.parts import Parts, Send, wished
from shared.reaction import Reaction, heard_by
from shared.recorders import Effect
from shared.rules import Rules
from shared.transparency.tree import Growing, Suite
from shared.upcast import Hearing

NOT_DERIVABLE = (
    "commands.digest", "commands.without_facts", "tracking.exact", "effects.state", "letters.state", "data_key.wrapped",
    "sealing", "meta", "checkpoint",
)  # fmt: skip
CLOCKS = {fact.type: fact for fact in DEADLINE_FACTS}
MIGRATION = "__migration__"  # the library's own row of tracking
TABLES = {
    "commands": "SELECT issuer, command_id, digest, outcome FROM commands ORDER BY 1, 2",
    "tracking": "SELECT application_name, notification_id FROM tracking ORDER BY 1",
    "effects": 'SELECT id, "case", kind, params, created, expires FROM effects ORDER BY 1',
    "letters": 'SELECT upstream, position, reaction, "case", document, state FROM letters ORDER BY 1, 2, 3',
    "facts": ROWS,
}
Rows = Mapping[Any, Any]
Document = Mapping[str, Any]


class Model(NamedTuple):
    name: str
    rebuilt: Rows
    live: Rows


class Row(NamedTuple):
    """A fact in a store or in the ledger; of the ledger's, stream, version and kind are what the document says."""

    position: int
    stream: str
    version: int
    kind: str
    document: bytes


@dataclass(frozen=True)
class Heard:
    """One service's facts, from the ledger's bytes alone."""

    site: str
    rows: Sequence[Row]
    envelopes: Sequence[Document]

    @classmethod
    def read(cls, log: Log) -> "Heard":
        """What nobody can read changes no read model."""
        read = ((position, bytes(document), readable(document)) for position, document, _ in log.rows())
        found = [(position, document, said) for position, document, said in read if said]
        rows = [
            Row(position, said["subject"], int(said["id"].rpartition("/")[2]), said["type"], document)
            for position, document, said in found
        ]
        return cls(log.site, rows, [said for *_, said in found])


@dataclass(frozen=True)
class Live:
    """A store as it stands, read at one moment. `unheard`: ids of facts that the ledger has not heard yet."""

    tables: Mapping[str, Sequence[tuple[Any, ...]]]
    unheard: frozenset[str]

    @classmethod
    def read(cls, place: Place, heard: int) -> "Live":
        if not kept(place):
            return cls(dict.fromkeys(TABLES, ()), frozenset())
        with closing(opened(place)) as db, db.at_one_moment():
            tables = {name: db.execute(of_facts(db, statement)).fetchall() for name, statement in TABLES.items()}
        later = [row for row in tables["facts"] if row[0] > heard]
        tables["facts"] = tables["facts"][: len(tables["facts"]) - len(later)]
        return cls(tables, frozenset(str(json.loads(row[4])["id"]) for row in later))

    @property
    def facts(self) -> list[Row]:
        return [Row(*row) for row in self.tables["facts"]]


def store_models(
    service: str, heard: Heard, live: Live, all_heard: Mapping[str, Heard], known: Mapping[str, Rules]
) -> Iterator[Model]:
    parts = parts_of(service)
    yield Model("facts", {row.position: row for row in heard.rows}, {row.position: row for row in live.facts})
    situations = Folding(parts).states((row.stream, row.kind, row.document) for row in heard.rows)
    stored = stored_situations(parts, live.facts)
    yield Model("situations", situations, stored)
    yield Model("clocks", clocks(heard.rows), clocks_in(stored))
    reacted = list(reactions(parts, heard.site, all_heard))
    yield commands(heard, live, reacted)
    yield tracking(live, reacted, parts, heard.site, all_heard)
    yield effects(parts, heard, live, known)
    yield letters(live, parts, heard.site, all_heard)


def stored_situations(parts: Parts, rows: Sequence[Row]) -> dict[str, Any]:
    """As the service itself learns them. What it cannot read is no situation."""
    by_noun = {decider.name: decider for decider in parts.all_deciders}
    kinds = [fact for decider in parts.all_deciders for fact in decider.facts]
    store = EventStore(None, "", kinds)  # type: ignore[arg-type]  # it only reads bytes here
    states, unreadable = dict[str, Any](), dict[str, Any]()
    for row in rows:
        try:
            decider = by_noun[row.stream.partition("/")[0]]
            fact = store.fact(StoredEvent(row.stream, row.version, row.kind, row.document))
            states[row.stream] = decider.evolve(states.get(row.stream, decider.initial), fact)
        except Exception as mistake:  # noqa: BLE001  # whatever a changed row leads to
            unreadable[row.stream] = type(mistake)
    return states | unreadable


def clocks(rows: Sequence[Row]) -> dict[tuple[str, str], Running]:
    """As the timer knows them: by the facts of clocks alone."""
    running = dict[tuple[str, str], Running]()
    for row in rows:
        if not (kind := CLOCKS.get(row.kind)):
            continue
        fact: Any = kind.model_validate_json(data_of(row.document))
        key = row.stream, fact.clock
        if now := moved(running.get(key), fact):
            running[key] = now
        else:
            running.pop(key, None)
    return running


def clocks_in(situations: Mapping[str, Any]) -> dict[tuple[str, str], Running]:
    """As the deciders know them."""
    return {
        (stream, clock): running
        for stream, state in situations.items() if isinstance(state, Clocked)
        for clock, running in state.running.items()
    }  # fmt: skip


class Reacted(NamedTuple):
    """A fact of an upstream that a reaction answers with a command."""

    upstream: str
    position: int
    reaction: str
    command: Command


def reactions(parts: Parts, site: str, all_heard: Mapping[str, Heard]) -> Iterator[Reacted]:
    """As the inboxes hear them: older versions of a fact in the words of the one that the reaction names."""
    by_service: dict[str, dict[str, list[tuple[Reaction, Hearing]]]] = {}
    for reaction in parts.reactions:
        document, heard = heard_by(reaction)
        hearing = Hearing(document)
        for kind in hearing.types:
            by_service.setdefault(heard.service, {}).setdefault(kind, []).append((reaction, hearing))
    for service, by_kind in by_service.items():
        for row in all_heard[service].rows if service in all_heard else ():
            for reaction, hearing in by_kind.get(row.kind, ()):
                try:
                    command = reaction(hearing.read(row.document))
                except ValidationError:  # a letter where it was heard, and never a command
                    continue
                if command:
                    named = command.model_copy(update={"id": f"{reaction.__name__}:{command.id}"})
                    yield Reacted(f"{site}.{service}", row.position, reaction.__name__, named)


def commands(heard: Heard, live: Live, reacted: Sequence[Reacted]) -> Model:
    """(who, id) -> the facts that the answer names, and the digest of what was asked where that can be told again."""
    followed: dict[tuple[str, str], list[str]] = {}
    for said in heard.envelopes:
        followed.setdefault((said["actor"], said["causationid"]), []).append(said["id"])
    reached = dict(live.tables["tracking"])
    lettered = {row[:3] for row in live.tables["letters"] if row[5] != "done"}
    wishes = {
        (one.command.actor, one.command.id): digest(one.command)
        for one in reacted
        if one.position <= reached.get(one.upstream, 0)
        and (one[:3] not in lettered or (one.command.actor, one.command.id) in followed)
    }  # fmt: skip
    rebuilt = {key: (tuple(followed.get(key, ())), wishes.get(key)) for key in {**followed, **wishes}}
    stored = dict[tuple[str, str], Any]()
    for issuer, id, asked, outcome in live.tables["commands"]:
        key, facts = (issuer, id), tuple(json.loads(outcome).get("facts", ()))
        if live.unheard.intersection(facts):
            continue
        if facts or key in rebuilt or (issuer == "system:reaction" and not live.unheard):
            stored[key] = facts, bytes(asked) if key in wishes else None
    return Model("commands", rebuilt, stored)


def tracking(
    live: Live, reacted: Sequence[Reacted], parts: Parts, site: str, all_heard: Mapping[str, Heard]
) -> Model:  # fmt: skip
    """Upstream -> whether the position is one that the facts allow.

    It is written down with the next commit only: not before the last fact whose command is known, not after the end.
    """
    known = {row[:2] for row in live.tables["commands"]}
    least = dict[str, int]()
    for one in reacted:
        if (one.command.actor, one.command.id) in known:
            least[one.upstream] = max(least.get(one.upstream, 0), one.position)
    for upstream, position, *_ in live.tables["letters"]:
        least[upstream] = max(least.get(upstream, 0), position)
    ends = {f"{site}.{service}": len(heard.rows) for service, heard in all_heard.items()}
    heard_of = {f"{site}.{heard_by(reaction)[1].service}" for reaction in parts.reactions}
    stored = dict(live.tables["tracking"])
    rebuilt = dict.fromkeys(least, "within") | {MIGRATION: "1"}
    rows = {
        upstream: "within" if least.get(upstream, 0) <= position <= ends.get(upstream, 0) else str(position)
        for upstream, position in stored.items()
    }  # fmt: skip
    return Model("tracking", rebuilt | dict.fromkeys(heard_of & stored.keys(), "within"), rows | _own(stored))


def _own(stored: Mapping[str, int]) -> dict[str, str]:
    return {MIGRATION: str(stored[MIGRATION])} if MIGRATION in stored else {}


def effects(parts: Parts, heard: Heard, live: Live, known: Mapping[str, Rules]) -> Model:
    rebuilt = {
        effect.id: (effect.case, effect.kind, effect.params, effect.created, effect.expires)
        for effect, _ in wanted_effects(parts, heard, known)
    }
    stored = {row[0]: row[1:] for row in live.tables["effects"] if row[0].partition("#")[0] not in live.unheard}
    return Model("effects", rebuilt, stored)


def wanted_effects(parts: Parts, heard: Heard, known: Mapping[str, Rules]) -> Iterator[tuple[Effect, Send]]:
    """What should be told outside, under the rules that each fact names: those of now, where these are not here."""
    by_kind: dict[str, list[Any]] = {}
    for rule in parts.effects:
        by_kind.setdefault(heard_by(rule)[1].type, []).append(rule)
    for row, said in zip(heard.rows, heard.envelopes, strict=True):
        if said["origin"] != "live":  # history is not told to anybody again
            continue
        for rule in by_kind.get(row.kind, ()):
            document = heard_by(rule)[0].model_validate_json(row.document)
            rules = known.get(said["rules"]) or next(iter(known.values()))
            if send := wished(rule, document, rules):
                at = document.recordedat.astimezone(SHANGHAI)
                yield Effect(f"{document.id}#{send.kind}", document.case, send.kind,
                             json.dumps(send.params, ensure_ascii=False), at.isoformat(),
                             (at + send.expires).isoformat()), send  # fmt: skip


def letters(live: Live, parts: Parts, site: str, all_heard: Mapping[str, Heard]) -> Model:
    """(upstream, position, reaction) -> the case and the document; which of them must be there, no fact says."""
    hears = {reaction.__name__: Hearing(heard_by(reaction)[0]) for reaction in parts.reactions}

    def heard_as(reaction: str, kind: str) -> bool:
        """Or kept until there was code that could."""
        known = hears.get(reaction)
        return known is None or kind in known.types or known.is_newer(kind)

    rebuilt = dict[tuple[str, int, str], Any]()
    for upstream, position, reaction, *_ in live.tables["letters"]:
        service = upstream.removeprefix(f"{site}.")
        rows = all_heard[service].rows if service in all_heard else ()
        if 0 < position <= len(rows) and heard_as(reaction, rows[position - 1].kind):
            row = rows[position - 1]
            rebuilt[upstream, position, reaction] = row.stream.partition("/")[2].partition(".")[0], row.document
    return Model("letters", rebuilt, {row[:3]: (row[3], bytes(row[4])) for row in live.tables["letters"]})


def keys_of_vault(heard: Heard, path: Path) -> Model:
    """Key -> its state, and whether there is a key; of the key itself nothing is read."""
    states = {"personal_data_sealed.v1": "held", "personal_data_restricted.v1": "restricted",
              "personal_data_shredded.v1": "shredded"}  # fmt: skip
    rebuilt = dict[str, tuple[str, bool]]()
    for row in heard.rows:
        noun, _, kid = row.stream.partition("/")
        if noun == "subject" and row.kind in states and (row.kind != "personal_data_sealed.v1" or kid not in rebuilt):
            rebuilt[kid] = states[row.kind], row.kind != "personal_data_shredded.v1"
    stored = dict[str, tuple[str, bool]]()
    if path.exists():
        with closing(opened(path)) as db:
            statement = "SELECT kid, state, wrapped IS NOT NULL FROM data_key"
            stored = {kid: (state, bool(there)) for kid, state, there in db.execute(statement)}
    return Model("keys", rebuilt, stored)


def ledger_rows(ledger: Ledger, log: Log, suite: Suite) -> Iterator[Model]:
    """What the ledger keeps beside the documents: its columns, and the subtrees above them."""
    tree, columns, nodes = Growing(suite), dict[int, Any](), dict[tuple[int, int], bytes]()
    statement = 'SELECT position, fact, "case", leaf, document FROM entry WHERE log = ? ORDER BY position'
    stored = ledger.rows(statement, log.id).fetchall()
    for position, _, _, _, document in stored:
        leaf = suite.leaf(document)
        columns[position] = *named(document), leaf
        nodes |= {(level, number): node for level, number, node in tree.add(leaf) if level >= LOWEST_KEPT}
    yield Model("ledger", columns, {position: tuple(row) for position, *row, _ in stored})
    kept = ledger.rows("SELECT level, number, hash FROM node WHERE log = ?", log.id)
    yield Model("subtrees", nodes, {(level, number): hash for level, number, hash in kept})
