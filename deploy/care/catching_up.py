"""A store that is older than what others know of it gets the facts that it lacks, byte for byte and in order.

They come from the ledger, which is checked against what was signed, else from the service's stream. With the facts
come the commands that they answer, so that a command sent again counts once; messages to the outside that no fact
reports are sent once more at most.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventsourcing.persistence import StoredEvent

from deploy.auditing.book import readable
from deploy.auditing.ledgers import has_ledger, ledger_of
from deploy.auditing.rebuilt import Heard, Row, reactions, wanted_effects
from deploy.auditing.rulebook import versions
from deploy.auditing.scan import as_bytes
from deploy.auditing.verify import Trust, verify
from deploy.desks import parts_of
from services.audit.access import OWN
from shared.decisions import digest
from shared.messages import Answer
from shared.recorders import CommandKnown, CommandRow, Commit, Effect, open_recorder
from shared.rules import Rules

PAGE = 500
UNKNOWN = b""  # the digest of a command of which only the answer is known


class NotTheSame(Exception):
    """Two copies hold different facts at one position: nothing is taken from either."""


@dataclass(frozen=True)
class Source:
    """Of each service the documents from its first fact on, as one copy has them."""

    name: str
    logs: Mapping[str, Sequence[bytes]]


def of_ledger(folder: Path, site: str = "") -> Source:
    """`site`: whose facts are meant, where it is a hub's ledger, which names each log `<site>.<service>`."""
    if not has_ledger(folder):
        return Source("ledger", {})
    with closing(ledger_of(folder)) as ledger:
        named = {log.service.removeprefix(f"{site}."): log for log in ledger.logs()}
        logs = {
            service: [as_bytes(row[1]) for row in log.rows()] for service, log in named.items()
            if service != OWN and "." not in service and log.size()
        }  # fmt: skip
    return Source("ledger", logs)


def proved_ledger(folder: Path, trust: Trust) -> bool:
    """Whether the ledger alone leads to what was signed."""
    return not [found for one in verify(folder, trust) for found in one.findings if found.where != "store"]


def longest(sources: Sequence[Source]) -> Source:
    """Of each service the longest copy. Raises `NotTheSame`."""
    logs = dict[str, Sequence[bytes]]()
    for source in sources:
        for service, documents in source.logs.items():
            short, long = sorted((logs.get(service, ()), documents), key=len)
            for position, (one, other) in enumerate(zip(short, long, strict=False), 1):
                if one != other:
                    raise NotTheSame(f"{service} {position}")
            logs[service] = long
    return Source("+".join(source.name for source in sources if source.logs), logs)


def catch_up(service: str, env: Mapping[str, str], known: Source) -> int:
    """How many facts were added. Raises `NotTheSame`, and what the store raises."""
    factory, recorder = open_recorder(env)
    try:
        store: Any = recorder
        head, documents = store.max_notification_id() or 0, known.logs.get(service, ())
        last = store.select_notifications(head, 1)
        if last and len(documents) >= head and bytes(last[0].state) != documents[head - 1]:
            raise NotTheSame(f"{service} {head}")
        heard = {name: _heard(name, logs) for name, logs in known.logs.items()}
        if service not in heard or len(heard[service].rows) != len(documents):
            raise NotTheSame(f"{service}: ?")  # what is no fact is for people to look at
        try:
            for commit in _commits(service, heard, head, versions(heard[service].site, _site(env))):
                store.commit(commit)
        except CommandKnown:
            raise NotTheSame(f"{service} {head}: commands without their facts") from None
        return max(0, len(documents) - head)
    finally:
        factory.close()


def _heard(service: str, documents: Sequence[bytes]) -> Heard:
    said = [(position, document, readable(document)) for position, document in enumerate(documents, 1)]
    rows = [
        Row(position, fact["subject"], int(fact["id"].rpartition("/")[2]), fact["type"], document)
        for position, document, fact in said if fact
    ]  # fmt: skip
    facts = [fact for *_, fact in said if fact]
    return Heard(facts[0]["source"].split("/")[1] if facts else service, rows, facts)


def _site(env: Mapping[str, str]) -> Path | None:
    """The folder in which a store lies that is a file."""
    return Path(env["SQLITE_DBNAME"]).parent if env.get("SQLITE_DBNAME") else None


def _commits(service: str, heard: Mapping[str, Heard], head: int, known: Mapping[str, Rules]) -> Iterator[Commit]:
    parts, own = parts_of(service), heard[service]
    rows, facts = own.rows[head:], own.envelopes[head:]
    if not rows:
        return
    asked = {
        (one.command.actor, one.command.id): digest(one.command) for one in reactions(parts, own.site, heard)
    }  # fmt: skip
    caused = dict[tuple[str, str], list[Mapping[str, Any]]]()
    for fact in facts:
        caused.setdefault((fact["actor"], fact["causationid"]), []).append(fact)
    done = {fact["causationid"] for fact in own.envelopes}
    effects = dict[str, list[Effect]]()
    for effect, send in wanted_effects(parts, Heard(own.site, rows, facts), known):
        reports = [send.report(effect.id, delivered) for delivered in (True, False)] if send.report else []
        sent = any(report and report.id in done for report in reports)
        state = "sent" if sent else "pending"
        kept = Effect(effect.id, effect.case, effect.kind, effect.params, effect.created, effect.expires, state)
        effects.setdefault(effect.id.partition("#")[0], []).append(kept)
    for first in range(0, len(rows), PAGE):
        page, said = rows[first : first + PAGE], facts[first : first + PAGE]
        keys = [
            (fact["actor"], fact["causationid"]) for fact in said if caused.get((fact["actor"], fact["causationid"]))
        ]
        commands = [
            CommandRow(*key, asked.get(key, UNKNOWN), _answer(caused.pop(key))) for key in dict.fromkeys(keys)
        ]  # fmt: skip
        yield Commit(
            events=[StoredEvent(row.stream, row.version, row.kind, row.document) for row in page],
            commands=commands,
            effects=[effect for fact in said for effect in effects.get(fact["id"], ())],
        )


def _answer(facts: Sequence[Mapping[str, Any]]) -> str:
    """As far as the facts tell: what was recorded, and about which case."""
    answer = Answer(facts=tuple(fact["id"] for fact in facts), case=facts[-1]["case"])
    return answer.to_json(exclude_none=True).decode()
