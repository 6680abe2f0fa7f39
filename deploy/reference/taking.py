"""At a center: what the hub sent is taken from the site's own copy of it, looked at, and used; what is bad is told."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nats.js import JetStreamContext

from deploy.gathering import REFERENCE as STREAM
from deploy.reference.checking import Wrong, same_version, wrong_in
from deploy.reference.documents import ALL, MORE, Document, digest_of, read_message
from deploy.reference.layers import IN_USE, PARTS, REFERENCE, NotUsable, lay, use
from deploy.sites.beside import Beside
from shared.bus import ONCE, Bus
from shared.rules import load_rules

TAKEN = "taken.json"


@dataclass(frozen=True)
class Taken:
    """`since`: when this was first in use. `refused`: file, key and reason of what came and is not used."""

    version: str
    since: str
    documents: tuple[dict[str, Any], ...] = ()
    refused: tuple[Wrong, ...] = ()


def taken(site: Path) -> Taken | None:
    path = site / REFERENCE / TAKEN
    if not path.exists():
        return None
    said = json.loads(path.read_text("utf-8"))
    refused = tuple(Wrong(*each) for each in said["refused"])
    return Taken(said["version"], said["since"], tuple(said["documents"]), refused)


async def newest(jetstream: JetStreamContext, center: str) -> dict[str, Document] | None:
    """By name, the last one that is for this center or for all. None while a set of them has not come whole."""
    info = await jetstream.stream_info(STREAM, subjects_filter="reference.>")
    if not info.state.messages:
        return {}
    last = await jetstream.get_msg(STREAM, info.state.last_seq)
    if (last.headers or {}).get(MORE):
        return None
    found = dict[str, tuple[int, Document]]()
    for subject in info.state.subjects or {}:
        if subject.split(".")[1] not in {ALL, center}:
            continue
        message = await jetstream.get_last_msg(STREAM, subject)
        document = read_message(subject, message.headers, message.data or b"")
        known = found.get(document.name)
        if known is None or known[0] < (message.seq or 0):
            found[document.name] = (message.seq or 0, document)
    return {name: document for name, (_, document) in sorted(found.items())}


def refused_by_itself(document: Document, here: Path) -> list[Wrong]:
    if not document.whole:
        return [Wrong(document.name, "", "digest")]
    if wrong := wrong_in(document.name, document.body):
        return wrong
    old = here.read_bytes() if here.exists() else None
    return [Wrong(document.name, "version", "version_again")] if same_version(document.body, old) else []


def take(site: Path, base: Path, came: Mapping[str, Document]) -> Taken:
    """Lays it together and uses it; where it cannot be, what was in use holds.

    What is not among what came, for the broker's disk was lost, or is bad, stays as it was taken before.
    """
    folder, before = site / REFERENCE, taken(site)
    folder.mkdir(mode=0o700, exist_ok=True)
    wrong = [
        each for document in came.values()
        for each in refused_by_itself(document, folder / IN_USE / document.name)
    ]  # fmt: skip
    bad = {each.file for each in wrong}
    using = {each["name"]: each for each in before.documents} if before else {}
    bodies = {name: (folder / IN_USE / name).read_bytes() for name in using}
    for name, document in came.items():
        if name not in bad:
            using[name], bodies[name] = document.about(), document.body
    try:
        laid = lay(base, bodies, folder)
    except NotUsable as no:
        wrong.append(no.wrong)
        if before is None:
            laid, using = lay(base, {}, folder), {}
        else:
            return _keep(folder, replace(before, refused=tuple(wrong)))
    same = before is not None and (folder / IN_USE).resolve() == laid.resolve()
    since = before.since if before and same else datetime.now(UTC).isoformat(timespec="seconds")
    use(laid)
    documents = tuple(using[name] for name in sorted(using))
    return _keep(folder, Taken(load_rules(laid).version, since, documents, tuple(wrong)))


def _keep(folder: Path, now: Taken) -> Taken:
    said = {"version": now.version, "since": now.since, "documents": now.documents, "refused": now.refused}
    new = folder / f".{TAKEN}"
    new.write_text(json.dumps(said, ensure_ascii=False, indent=1), "utf-8")
    new.replace(folder / TAKEN)
    return now


def changed_by_hand(site: Path) -> list[str]:
    """Documents in use that are not what was sent any more."""
    said = taken(site)
    return [each["name"] for each in (said.documents if said else ())
            if digest_of((site / REFERENCE / IN_USE / each["name"]).read_bytes()) != each["digest"]]  # fmt: skip


def settle(site: Path, base: Path, came: Mapping[str, Document], tell: Callable[..., None]) -> Taken:
    """What is new is told; the services look for themselves. Raises `NotUsable` where not even the base can be read."""
    before, now = taken(site), take(site, base, came)
    if before is None or before.version != now.version or before.documents != now.documents:
        sent = [f"{each['name']} {each['revision']}" for each in now.documents]
        tell("reference in use", name=now.version, documents=sent)
    for each in now.refused:
        if before is None or each not in before.refused:
            tell("reference refused", name=each.file, key=each.key, why=each.why)
    return now


def as_before(site: Path, base: Path, tell: Callable[..., None]) -> None:
    """Before the services start: as far as it was taken already; what came since is taken while they run."""
    try:
        settle(site, base, {}, tell)
    except NotUsable as no:
        tell("reference refused", name=no.wrong.file, key=no.wrong.key, why=no.wrong.why)


class Taker(Beside):
    """Beside the processes of a center that has a hub, as long as they run."""

    def __init__(self, bus: Callable[[], Bus], site: Path, base: Path, center: str, tell: Callable[..., None]) -> None:
        super().__init__("reference", tell)
        self._bus, self._site, self._base, self._center = bus, site, base, center
        self._seen: tuple[Any, ...] = ()

    async def look(self) -> None:
        connection = await self._bus().connect(connect_timeout=5, **ONCE)
        try:
            jetstream = connection.jetstream()
            last = (await jetstream.stream_info(STREAM)).state.last_seq
            files = [path for part in PARTS for path in sorted(self._base.glob(part))]
            seen = (last, *((path, path.stat().st_mtime_ns) for path in files))
            if seen == self._seen:
                return
            came = await newest(jetstream, self._center)
        finally:
            await connection.close()
        if came is not None:
            settle(self._site, self._base, came, self._tell)
            self._seen = seen
