"""Verifies a site's stores and ledger against what was signed, and names the first bad fact.

Whichever copy (a witness's hashes, the ledger, the store) leads to the signed roots is the truth, as far as it does;
the others are compared with it, fact by fact. What no witness signed is never called proved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Literal, NamedTuple

from deploy.auditing.claims import Book, Claim, claims_of_log, claims_of_witness
from deploy.auditing.ledgers import has_ledger, ledger_of
from deploy.auditing.scan import Scan, Unreadable, fact_at, fact_in_ledger, scan_ledger, scan_store
from deploy.sites.settings import SettingsWrong
from deploy.sites.stores import place, services_in
from services.audit.access import OWN
from services.audit.ledger import Ledger, Log
from shared.database import Place
from shared.transparency.checkpoint import key_name
from shared.transparency.note import NoteInvalid, Signer, Verifier
from shared.transparency.tree import SUITES

Kind = Literal[
    "changed", "columns", "removed", "inserted", "swapped", "moved", "cut", "rewritten", "forged", "leaf", "position",
    "differs", "unreadable", "alarm", "no_ledger", "contradicts",
]  # fmt: skip
Where = Literal["store", "ledger", "both", "checkpoint"]
PROVED, FOUND, USAGE, NOT_PROVED = 0, 1, 2, 3


class Finding(NamedTuple):
    """`first` to `last`: the positions; the first bad fact is `first`, or within, where only that can be told."""

    service: str
    where: Where
    kind: Kind
    first: int
    last: int
    fact: str | None = None
    note: str = ""


@dataclass
class Standing:
    """How far one service's facts are kept, heard, sealed, witnessed; `at` in unix seconds."""

    service: str
    stored: int = 0
    heard: int = 0
    sealed: int = 0
    sealed_at: int | None = None
    witnessed: int = 0
    witnessed_at: int | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def unproved(self) -> int:
        return max(self.stored, self.heard) - self.witnessed

    @property
    def newest(self) -> int:
        return max(self.stored, self.heard)


@dataclass(frozen=True)
class Trust:
    """The keys that the verifier brings: the log's, and a witness's with or without its book."""

    log: Verifier
    witness: Verifier | None = None
    book: Book | None = None


class NoKey(Exception):
    """Nobody said by which key the checkpoints are to be checked."""


def trusted(folder: Path, site: str, key: str | None, witness: str | None) -> Trust:
    """The log's key: as given, else as the witness has it, else the site's own, which its owner can change.

    Raises `NoKey`, `NoteInvalid`, `OSError`.
    """
    book = Book.read(Path(witness)) if witness and Path(witness).is_dir() else None
    known = book.witness if book else Verifier.parse(witness) if witness else None
    if key:
        return Trust(Verifier.parse(key), known, book)
    by_witness = next((log for log in book.logs if log.name == key_name(site)), None) if book else None
    own = folder / "keys" / "audit.key"
    if not by_witness and not own.exists():
        raise NoKey
    return Trust(by_witness or Signer.parse(own.read_text("utf-8")).verifier(), known, book)


def verify(folder: Path, trust: Trust, services: Sequence[str] | None = None) -> list[Standing]:
    if not has_ledger(folder):
        return [Standing("audit", findings=[Finding("audit", "ledger", "no_ledger", 0, 0)])]
    ledger = ledger_of(folder)
    try:
        logs = {log.service: log for log in ledger.logs()}
        wanted = services or sorted(logs.keys() | services_in(folder))
        return [_standing(folder, ledger, logs.get(service), service, trust) for service in wanted]
    finally:
        ledger.close()


def _standing(folder: Path, ledger: Ledger, log: Log | None, service: str, trust: Trust) -> Standing:
    if log is None:
        return Standing(service, findings=[Finding(service, "ledger", "no_ledger", 0, 0)])
    standing = Standing(service)
    try:
        suite = SUITES[log.origin.rpartition("/")[2]]
        # In this order: at a site that runs, each holds at least what the one before it does.
        by_witness = claims_of_witness(trust.book, log.origin) if trust.book else []
        mirrored = trust.book.hashes(log.origin, suite) if trust.book else Scan(suite)
        witnesses = [trust.witness] if trust.witness else []
        own, forged = claims_of_log(log.checkpoints(), log.origin, trust.log, witnesses)
        kept, noted = scan_ledger(log, suite)
        alone = service == OWN or "." in service  # what auditors did; what a hub gathered: no store stands beside it
        beside = None if alone else place(folder, service)
        store = scan_store(beside, suite) if beside else kept
    except (Unreadable, SettingsWrong, NoteInvalid, KeyError) as broken:
        standing.findings.append(Finding(service, "both", "unreadable", 0, 0, note=str(broken)))
        return standing
    claims = sorted({*own, *by_witness}, key=lambda claim: (claim.size, claim.witnessed))
    standing.stored, standing.heard = len(store), len(kept)
    _latest(standing, own, claims)
    if forged is not None:
        standing.findings.append(Finding(service, "checkpoint", "forged", forged, forged))
    findings = _compare(service, store, kept, noted, mirrored, claims)
    standing.findings += [_named(each, beside, log) for each in findings if beside or each.where != "store"]
    for alarm in ledger.alarms():
        if alarm.service == service and not alarm.mended:
            standing.findings.append(Finding(service, "ledger", "alarm", alarm.first, alarm.last, note=alarm.kind))
    return standing


def _latest(standing: Standing, own: Sequence[Claim], claims: Sequence[Claim]) -> None:
    if own:
        standing.sealed, standing.sealed_at = own[-1].size, own[-1].when
    if seen := [claim for claim in claims if claim.witnessed]:
        standing.witnessed, standing.witnessed_at = seen[-1].size, seen[-1].when


def _compare(
    service: str, store: Scan, kept: Scan, noted: Scan, mirrored: Scan, claims: Sequence[Claim]
) -> list[Finding]:
    sizes = [claim.size for claim in claims]
    truth, (strong, weak) = kept, _reach(kept.roots(sizes), claims)
    for other in (noted, store, mirrored):
        if not kept.hashes.startswith(other.hashes) and (reach := _reach(other.roots(sizes), claims)) > (strong, weak):
            truth, (strong, weak) = other, reach
    proved, findings = max(strong, weak), list[Finding]()
    for where, copy in _copies(store, kept):
        if (index := copy.differs(truth, proved)) is not None:
            findings.append(_what(service, where, copy, truth, index, proved))
    if failing := _failing(truth, claims):
        if failing.size <= len(truth) and truth is mirrored:
            findings.append(Finding(service, "checkpoint", "contradicts", failing.size, failing.size))
        elif not findings:
            low, short = strong if failing.witnessed else proved, len(truth)
            cut = short < failing.size and len(store) == len(kept) == short
            kind: Kind = "cut" if cut else "rewritten"
            findings.append(Finding(service, "both", kind, short + 1 if cut else low + 1, failing.size))
    for where, copy in _copies(store, kept):
        for kind, position in copy.odd.items():
            if not any(one.where in {where, "both"} for one in findings):
                findings.append(Finding(service, where, kind, position, position))
    if not findings and (index := store.differs(kept, len(kept))) is not None:
        findings.append(Finding(service, "store", "differs", index + 1, index + 1))
    return findings


def _copies(store: Scan, kept: Scan) -> tuple[tuple[Where, Scan], ...]:
    return ("store", store), ("ledger", kept)


def _reach(roots: dict[int, bytes], claims: Sequence[Claim]) -> tuple[int, int]:
    """How far a copy leads to what was claimed: by witnesses alone, which counts more, and by all."""
    return tuple(  # type: ignore[return-value]  # two of them
        max((claim.size for claim in takewhile(lambda one: roots.get(one.size) == one.root, some)), default=0)
        for some in ([claim for claim in claims if claim.witnessed], claims)
    )


def _failing(truth: Scan, claims: Sequence[Claim]) -> Claim | None:
    roots = truth.roots([claim.size for claim in claims])
    bad = [claim for claim in claims if roots.get(claim.size) != claim.root]
    return min(bad, key=lambda claim: (not claim.witnessed, claim.size), default=None)


def _what(service: str, where: Where, copy: Scan, truth: Scan, index: int, proved: int) -> Finding:
    """What was done at the first place where a copy differs from the truth."""
    here = index + 1
    if index >= len(copy):
        return Finding(service, where, "cut", here, proved)
    in_truth, in_copy = _index(truth, copy[index], index), _index(copy, truth[index], index)
    match in_truth, in_copy:
        case int(j), int(k) if j == k:
            return Finding(service, where, "swapped", here, j + 1)
        case int(j), None:
            return Finding(service, where, "removed", here, j)
        case None, int(k):
            return Finding(service, where, "inserted", here, k)
        case int(j), int(k):
            return Finding(service, where, "moved", here, max(j, k) + 1)
    return Finding(service, where, "changed", here, here)


def _index(scan: Scan, hash: bytes, after: int) -> int | None:
    return next((index for index in range(after + 1, len(scan)) if scan[index] == hash), None)


def _named(finding: Finding, store: Place | None, log: Log) -> Finding:
    """The fact's id: as the ledger has it, unless it is the ledger that is bad; what was inserted, as it stands."""
    by_store = fact_at(store, finding.first) if store else None
    by_ledger = fact_in_ledger(log, finding.first)
    if finding.kind == "rewritten":
        return finding
    ledger_first = finding.where == "store" and finding.kind != "inserted"
    return finding._replace(fact=(by_ledger or by_store) if ledger_first else (by_store or by_ledger))


def exit_code(standings: Sequence[Standing]) -> int:
    if any(standing.findings for standing in standings):
        return FOUND
    return NOT_PROVED if any(standing.unproved for standing in standings) else PROVED


def moment(seconds: int | None) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%SZ}" if seconds is not None else "—"
