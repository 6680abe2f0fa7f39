"""The audit's own log: what auditors did. Nobody can write anything else to it, and nobody can change it."""

from datetime import datetime
from typing import Any

from pydantic import Field, ValidationError

from services.audit.events import (
    FACTS,
    AccountChanged,
    BackupMade,
    DrillHeld,
    KeyRotated,
    PackageMade,
    ReferencePublished,
    SignedIn,
    SignInRefused,
)
from services.audit.ledger import Ledger
from services.audit.sealer import Piece, Sealer
from shared.decider import Refused
from shared.event_store import About, EventStore
from shared.messages import ActorName, Message
from shared.transparency.checkpoint import origin_of
from shared.transparency.tree import SUITES, Suite

OWN = "audit"
READERS = frozenset({"auditor", "supervisor"})
KEEPERS = frozenset({"archivist"})  # whose archive packages are noted here, and nothing else of theirs
OPERATORS = frozenset({"supervisor", "director"})  # whose backups, drills, keys and reference data are
MACHINE, IDENTITY = "operator:machine", "system:identity"  # who works at the site's own machine; where staff sign in


class Note(Message):
    """What is to be noted. `type` and `data`: one of the audit's own facts."""

    actor: ActorName
    case: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_.\-]{1,80}$")
    type: str
    data: dict[str, Any]


def written(center: str, note: Note, position: int, now: datetime) -> bytes:
    """The fact's bytes. Raises `Refused`: only who may is noted here, and only what is known."""
    known = {fact.type: fact for fact in FACTS}
    if not _may_note(note):
        raise Refused("SCHEMA", "not_an_auditor")
    try:
        fact = known[note.type].model_validate(note.data)
    except (KeyError, ValidationError):
        raise Refused("SCHEMA", "not_noted_here") from None
    store, stream = EventStore(None, f"/{center}/{OWN}", FACTS), f"access/{center}"  # type: ignore[arg-type]  # no store
    about = About(f"{store.source}/{stream}/{position}", stream, now, note.case or center, note.actor,
                  f"{OWN}:{position}", "1", now, "exact", "live")  # fmt: skip
    return store.write(fact, position, about).state


def _may_note(note: Note) -> bool:
    role = note.actor.partition(":")[0]
    if note.type in {SignedIn.type, SignInRefused.type, AccountChanged.type}:
        return note.actor == IDENTITY
    if note.type in {BackupMade.type, DrillHeld.type, KeyRotated.type, ReferencePublished.type}:
        return note.actor == MACHINE or role in OPERATORS
    archive = note.type == PackageMade.type and note.data.get("kind") == "archive"
    return role in (READERS | KEEPERS if archive else READERS)


def keep(sealer: Sealer, center: str, note: Note, now: datetime) -> None:
    position = sealer.size + 1
    sealer.hear(Piece(position, [written(center, note, position, now)]))


def keep_aside(ledger: Ledger, center: str, note: Note, now: datetime) -> None:
    """Where the audit does not run: it seals this at its next start. Raises `Refused`."""
    first = next(iter(ledger.logs()), None)
    site = first.site if first else center
    suite: Suite = SUITES[first.origin.rpartition("/")[2]] if first else next(iter(SUITES.values()))
    log = ledger.log(site, OWN, origin_of(site, OWN, suite))
    tree = log.tree(suite)
    log.add(tree, [written(center, note, tree.size + 1, now)])
