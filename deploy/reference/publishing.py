"""At the hub: documents are looked at as services will read them, and only if all are well are they sent."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import StreamInfo
from nats.js.errors import APIError

from deploy.gathering import REFERENCE as STREAM
from deploy.reference.checking import Wrong, same_version, wrong_in
from deploy.reference.documents import ALL, Document, digest_of, found_in, headers_of, read_message, subject_of
from deploy.reference.layers import NotUsable, lay

EXPECTED = "Nats-Expected-Last-Sequence"


class Refusing(Exception):
    """Nothing was sent."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        super().__init__(wrong)
        self.wrong = wrong


class SentMeanwhile(Exception):
    """Somebody else was sending: nothing of this is used anywhere. Again."""


@dataclass(frozen=True)
class Wanted:
    """`bases`: for each center that it is for, the data that a center begins with."""

    documents: Mapping[str, bytes]
    audiences: Sequence[str]
    bases: Mapping[str, Path]


def wanted(paths: Sequence[Path], centers: Sequence[str], city: Sequence[str], base: Path) -> Wanted:
    """`centers`: none for all of the city. Raises `Refusing`."""
    missing = [Wrong(str(path), "", "not_there") for path in paths if not path.exists()]
    if missing:
        raise Refusing(missing)
    documents = {name: path.read_bytes() for name, path in found_in(paths).items()}
    wrong = [each for name, body in documents.items() for each in wrong_in(name, body)]
    if wrong or not documents:
        raise Refusing(wrong or [Wrong(", ".join(map(str, paths)), "", "nothing")])
    return Wanted(documents, list(centers) or [ALL], dict.fromkeys(centers or city or ["-"], base))


async def sent_last(jetstream: JetStreamContext) -> tuple[int, dict[tuple[str, str], tuple[int, Document]]]:
    """(audience, name) -> where in the stream, and what; and how far the stream is."""
    info: StreamInfo = await jetstream.stream_info(STREAM, subjects_filter="reference.>")
    found = dict[tuple[str, str], tuple[int, Document]]()
    for subject in info.state.subjects or {}:
        message = await jetstream.get_last_msg(STREAM, subject)
        document = read_message(subject, message.headers, message.data or b"")
        found[document.audience, document.name] = (message.seq or 0, document)
    return info.state.last_seq, found


def of_center(center: str, last: Mapping[tuple[str, str], tuple[int, Document]]) -> dict[str, Document]:
    """What a center goes by: of each name the last one, whether it was sent to it or to all."""
    newest = dict[str, tuple[int, Document]]()
    for (audience, name), (seq, document) in last.items():
        if audience in {center, ALL} and seq > newest.get(name, (0,))[0]:
            newest[name] = (seq, document)
    return {name: document for name, (_, document) in newest.items()}


async def publish(jetstream: JetStreamContext, wish: Wanted, by: str) -> list[Document]:
    """What was sent: what a center has already is not sent again. Raises `Refusing`, `SentMeanwhile`."""
    end, last = await sent_last(jetstream)
    new = [
        Document(name, audience, _revision(last.get((audience, name))), digest_of(body), by,
                 datetime.now(UTC).isoformat(timespec="seconds"), body)
        for audience in wish.audiences for name, body in sorted(wish.documents.items())
        if any(_other(body, of_center(center, last).get(name)) for center in _centers(audience, wish, last))
    ]  # fmt: skip
    _look_at_all(new, wish, last)
    for n, document in enumerate(new):
        headers = headers_of(document, more=n < len(new) - 1) | {EXPECTED: str(end + n)}
        try:
            await jetstream.publish(subject_of(document.audience, document.name), document.body, headers=headers)
        except APIError:
            raise SentMeanwhile from None
    return new


def _centers(audience: str, wish: Wanted, last: Mapping[tuple[str, str], Any]) -> set[str]:
    return {audience} if audience != ALL else {*wish.bases, *(known for known, _ in last)}


def _other(body: bytes, known: Document | None) -> bool:
    return known is None or known.digest != digest_of(body)


def _revision(known: tuple[int, Document] | None) -> int:
    return known[1].revision + 1 if known else 1


def _look_at_all(new: Sequence[Document], wish: Wanted, last: Mapping[tuple[str, str], tuple[int, Document]]) -> None:
    """Together with what was sent before, on what a center begins with; and no version may name two texts."""
    with tempfile.TemporaryDirectory() as aside:
        for center, base in wish.bases.items():
            before = of_center(center, last)
            now = before | {each.name: each for each in new if each.audience in {center, ALL}}
            here = {name: (base / name).read_bytes() for name in now if (base / name).exists()}
            old = here | {name: document.body for name, document in before.items()}
            if twice := [Wrong(name, "version", "version_again") for name, document in now.items()
                         if same_version(document.body, old.get(name))]:  # fmt: skip
                raise Refusing(twice)
            try:
                lay(base, {name: document.body for name, document in now.items()}, Path(aside))
            except NotUsable as no:
                raise Refusing([no.wrong]) from None
