"""`doorstep audit check PROOF DOCUMENT`: a proof that was taken away, checked with nothing else of a site."""

import argparse
from pathlib import Path

from deploy.auditing.commands import keys, show_json
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED, NoKey, moment
from deploy.commands import help_for, say
from shared.transparency.checkpoint import Inclusion, of_log
from shared.transparency.note import TIMED, NoteInvalid, Verifier
from shared.transparency.tree import NotProved


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("proof", type=Path, help=help_for("audit_proof"))
    parser.add_argument("document", type=Path, help=help_for("audit_document"))
    keys(parser)
    parser.add_argument("--json", action="store_true", help=help_for("json"))


def main(args: argparse.Namespace) -> int:
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
    show_json(about) if args.json else say("audit_in", **about)
    return PROVED if seen is not None else NOT_PROVED
