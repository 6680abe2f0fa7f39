"""`doorstep witness`: a witness of one's own, run by somebody else than the site: it countersigns what only grew."""

import argparse
import sys
from pathlib import Path

from deploy.auditing import witness_book
from deploy.commands import help_for, say
from shared.transparency.key_file import KeyUnsafe
from shared.transparency.note import TIMED, NoteInvalid, Verifier


def add(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    begin = what.add_parser("init", help=help_for("witness_init"))
    begin.add_argument("book", type=Path, help=help_for("witness_book"))
    begin.add_argument("--name", required=True, help=help_for("witness_name"))
    trust = what.add_parser("trust", help=help_for("witness_trust"))
    trust.add_argument("book", type=Path, help=help_for("witness_book"))
    trust.add_argument("key", help=help_for("log_key"))
    serve = what.add_parser("serve", help=help_for("witness_serve"))
    serve.add_argument("book", type=Path, help=help_for("witness_book"))
    serve.add_argument("--host", default="127.0.0.1", help=help_for("host"))
    serve.add_argument("--port", type=int, default=8643, help=help_for("port"))
    sign = what.add_parser("sign", help=help_for("witness_sign"))
    sign.add_argument("book", type=Path, help=help_for("witness_book"))


def main(args: argparse.Namespace) -> int:
    try:
        return _do(args)
    except (KeyUnsafe, NoteInvalid, OSError) as failure:
        say("witness_failed", cause=str(failure))
        return 2


def _do(args: argparse.Namespace) -> int:
    match args.what:
        case "init":
            signer = witness_book.prepare(args.book, args.name)
            say("witness_ready", folder=args.book, vkey=signer.verifier(TIMED))
        case "trust":
            witness_book.trust(args.book, Verifier.parse(args.key))
            say("witness_trusts", vkey=args.key)
        case "serve":
            server = witness_book.server(args.book, args.host, args.port)
            say("witness_serves", url=f"http://{args.host}:{server.server_port}")
            server.serve_forever()
        case "sign":
            reply = witness_book.answer(args.book, "add-checkpoint", sys.stdin.read())
            print(reply.body, end="", file=sys.stdout if reply.status == 200 else sys.stderr)
            return 0 if reply.status == 200 else 1
    return 0
