"""`doorstep audit prove FACT`: a proof of one fact, to be checked without us."""

import argparse
from pathlib import Path

from deploy.auditing.commands import options, show_json
from deploy.auditing.ledgers import ledger_of
from deploy.auditing.verify import NOT_PROVED, PROVED
from deploy.commands import help_for, say
from deploy.commands.case import folder_of
from services.audit.proving import prove


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("fact", metavar="FACT", help=help_for("audit_fact"))
    parser.add_argument("--out", type=Path, default=Path(), help=help_for("audit_out"))
    options(parser)


def main(args: argparse.Namespace) -> int:
    ledger = ledger_of(folder_of(args))
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
        show_json({"proof": str(proved.proof), "document": proved.document.decode(), "position": proved.position})
        return PROVED
    args.out.mkdir(parents=True, exist_ok=True)
    proof.write_text(str(proved.proof), "utf-8")
    document.write_bytes(proved.document)
    say("audit_proved", fact=args.fact, proof=proof, document=document)
    return PROVED
