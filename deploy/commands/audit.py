"""`doorstep audit`: verify, prove, check a proof, reconcile, hand over to a witness."""

import argparse
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.auditing.handing_over import hand_over_all
from deploy.auditing.reconcile import STORE_FIRST, Three, reconcile
from deploy.auditing.scan import Unreadable
from deploy.auditing.verify import (
    FOUND,
    NOT_PROVED,
    PROVED,
    USAGE,
    Finding,
    NoKey,
    Standing,
    exit_code,
    moment,
    trusted,
    verify,
)
from deploy.commands import SAMPLE_CENTER, help_for, language, say
from deploy.commands.case import folder_of
from services.audit.ledger import Ledger
from services.audit.proving import WitnessRefused, prove
from shared.transparency.checkpoint import Inclusion, of_log
from shared.transparency.note import TIMED, NoteInvalid, Verifier
from shared.transparency.tree import NotProved
from shared.words import sentence, word


def add(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    verifying = what.add_parser("verify", help=help_for("audit_verify"))
    verifying.add_argument("--service", action="append", help=help_for("audit_service"))
    proving = what.add_parser("prove", help=help_for("audit_prove"))
    proving.add_argument("fact", metavar="FACT", help=help_for("audit_fact"))
    proving.add_argument("--out", type=Path, default=Path(), help=help_for("audit_out"))
    checking = what.add_parser("check", help=help_for("audit_check"))
    checking.add_argument("proof", type=Path, help=help_for("audit_proof"))
    checking.add_argument("document", type=Path, help=help_for("audit_document"))
    reconciling = what.add_parser("reconcile", help=help_for("audit_reconcile"))
    handing = what.add_parser("witness", help=help_for("audit_witness"))
    handing.add_argument("--to", required=True, metavar="URL|FOLDER", help=help_for("audit_to"))
    handing.add_argument("--hashes", action="store_true", help=help_for("audit_hashes"))
    for each in (verifying, checking, handing):
        each.add_argument("--witness", metavar="BOOK|KEY", help=help_for("audit_book"))
        each.add_argument("--key", help=help_for("log_key"))
    for each in (verifying, proving, reconciling, handing):
        each.add_argument("--folder", type=Path, help=help_for("folder"))
    for each in (verifying, proving, checking, reconciling, handing):
        each.add_argument("--json", action="store_true", help=help_for("json"))


def main(args: argparse.Namespace) -> int:
    try:
        return int(DO[args.what](args))
    except NoKey:
        say("audit_no_key")
    except NotProved as failure:
        say("audit_not_in", cause=str(failure))
        return FOUND
    except (NoteInvalid, OSError, sqlite3.Error, Unreadable) as failure:
        say("audit_failed", cause=str(failure))
    return USAGE


def _site(folder: Path) -> str:
    if not (folder / "audit.sqlite").exists():
        return SAMPLE_CENTER
    ledger = Ledger(folder / "audit.sqlite", read_only=True)
    try:
        return next((log.site for log in ledger.logs()), SAMPLE_CENTER)
    finally:
        ledger.close()


def _verify(args: argparse.Namespace) -> int:
    folder = folder_of(args)
    if not any(folder.glob("*.sqlite")):
        say("nothing_here")
        return USAGE
    standings = verify(folder, trusted(folder, _site(folder), args.key, args.witness), args.service)
    if args.json:
        _print([_as_json(each) for each in standings])
    else:
        show(standings, witness=bool(args.witness))
    return exit_code(standings)


def show(standings: Sequence[Standing], *, witness: bool) -> None:
    lang, console = language(), Console()
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("service", "stored", "heard", "sealed", "witnessed", "unproved", "result"):
        table.add_column(word("audit", f"col_{name}", lang), overflow="fold")
    for each in standings:
        result = "found" if each.findings else "not_proved" if each.unproved else "proved"
        table.add_row(each.service, str(each.stored), str(each.heard), str(each.sealed),
                      str(each.witnessed), str(each.unproved), word("audit", result, lang))  # fmt: skip
    console.print(table)
    for each in standings:
        if each.sealed:
            _say("sealed_up_to", service=each.service, n=each.sealed, t=moment(each.sealed_at))
        if each.unproved and not each.findings:
            kind = "not_yet_proved" if witness else "no_witness"
            _say(kind, service=each.service, first=each.witnessed + 1, last=each.newest)
        for finding in each.findings:
            _say("finding", **told(finding))


def told(finding: Finding) -> dict[str, Any]:
    lang = language()
    positions = str(finding.first) if finding.first == finding.last else f"{finding.first}–{finding.last}"
    return {
        "service": finding.service, "where": word("audit", f"in_{finding.where}", lang), "positions": positions,
        "what": word("audit", f"is_{finding.kind}", lang), "fact": finding.fact or "—", "note": finding.note,
    }  # fmt: skip


def _as_json(standing: Standing) -> dict[str, Any]:
    return {
        "service": standing.service, "stored": standing.stored, "heard": standing.heard, "sealed": standing.sealed,
        "sealed_at": moment(standing.sealed_at), "witnessed": standing.witnessed,
        "witnessed_at": moment(standing.witnessed_at), "not_yet_proved": standing.unproved,
        "findings": [finding._asdict() for finding in standing.findings],
    }  # fmt: skip


def _prove(args: argparse.Namespace) -> int:
    ledger = Ledger(folder_of(args) / "audit.sqlite", read_only=True)
    try:
        proved = prove(ledger, args.fact)
    finally:
        ledger.close()
    if proved is None:
        say("audit_not_sealed", fact=args.fact)
        return NOT_PROVED
    name = f"{proved.log.service}-{proved.position}"
    proof, document = args.out / f"{name}.tlog-proof", args.out / f"{name}.json"
    if args.json:
        _print({"proof": str(proved.proof), "document": proved.document.decode(), "position": proved.position})
        return PROVED
    args.out.mkdir(parents=True, exist_ok=True)
    proof.write_text(str(proved.proof), "utf-8")
    document.write_bytes(proved.document)
    say("audit_proved", fact=args.fact, proof=proof, document=document)
    return PROVED


def _check(args: argparse.Namespace) -> int:
    """Needs the proof, the bytes and the keys, and nothing else of a site."""
    if not args.key:
        raise NoKey
    key = Verifier.parse(args.key)
    path = Path(args.witness) if args.witness else None
    text = (path / "witness.pub").read_text("utf-8") if path and path.is_dir() else args.witness
    witness = Verifier.parse(text) if text else None
    try:
        inclusion = Inclusion.parse(args.proof.read_text("utf-8"))
        sealed = inclusion.check(args.document.read_bytes(), [*of_log(key), *([witness] if witness else [])])
        if not sealed.signed.signed_by(key):
            raise NotProved("the log did not sign it")
    except (NotProved, NoteInvalid) as failure:
        say("audit_not_in", cause=str(failure))
        return FOUND
    seen = sealed.when(witness) if witness else None
    about = {
        "position": inclusion.index + 1, "origin": sealed.checkpoint.origin, "size": sealed.checkpoint.size,
        "sealed_at": moment(sealed.when(Verifier(key.name, key.public, TIMED))), "witnessed_at": moment(seen),
    }  # fmt: skip
    _print(about) if args.json else say("audit_in", **about)
    return PROVED if seen is not None else NOT_PROVED


def _reconcile(args: argparse.Namespace) -> int:
    found = reconcile(folder_of(args))
    if args.json:
        _print([_three(each) for each in found])
    else:
        _show_three(found)
    return FOUND if any(each.ranges for each in found) else PROVED


def _three(three: Three) -> dict[str, Any]:
    sizes = dict(zip(STORE_FIRST, three.sizes, strict=True))
    ranges = [each._asdict() for each in three.ranges]
    return {"service": three.service, **sizes, "ranges": ranges, "repairs": three.repairs()}


def _show_three(found: Sequence[Three]) -> None:
    lang, console = language(), Console()
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("service", *STORE_FIRST, "positions"):
        table.add_column(word("audit", f"col_{name}", lang))
    for three in found:
        table.add_row(three.service, *map(str, three.sizes), "" if three.ranges else word("audit", "same", lang))
        for each in three.ranges:
            states = [word("audit", f"state_{state}", lang) for state in each.states]
            table.add_row("", *states, f"{each.first}–{each.last}")
    console.print(table)
    for repair in dict.fromkeys(repair for three in found for repair in three.repairs()):
        _say(repair)


def _hand_over(args: argparse.Namespace) -> int:
    folder = folder_of(args)
    key = trusted(folder, _site(folder), args.key, None).log
    try:
        sizes = hand_over_all(folder, key, args.to, args.witness, hashes=args.hashes)
    except WitnessRefused as refused:
        say("audit_refused", cause=str(refused))
        return FOUND
    if args.json:
        _print(sizes)
    else:
        for name, size in sizes.items():
            _say("countersigned", service=name, n=size)
    return PROVED


def _say(key: str, **about: Any) -> None:
    print(sentence("audit", key, about, language()), flush=True)  # noqa: T201  # a command speaks here


def _print(content: Any) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer


DO = {"verify": _verify, "prove": _prove, "check": _check, "reconcile": _reconcile, "witness": _hand_over}
