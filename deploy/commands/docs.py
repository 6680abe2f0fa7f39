"""`doorstep docs`: what all services may be asked, say and hear, on one page; and the documents behind it."""

import argparse
import json
from pathlib import Path

from deploy.asyncapi.brokers import services
from deploy.asyncapi.document import FOLDER, checked, path_of, written
from deploy.asyncapi.page import counts, page
from deploy.commands import help_for, say, var
from deploy.facts import SERVICES

ORDER = {name: place for place, name in enumerate(SERVICES)}  # as a case goes through them


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE.html", help=help_for("docs_out"))
    parser.add_argument("--write", action="store_true", help=help_for("docs_write"))
    parser.add_argument("--check", action="store_true", help=help_for("docs_check"))


def main(args: argparse.Namespace) -> int:
    names = sorted(services(), key=lambda name: (name not in SERVICES, name == "audit", ORDER.get(name, 0), name))
    if args.write:
        return _write(names)
    if args.check:
        stale = list(checked(names))
        say("docs_stale" if stale else "docs_current", services="、".join(stale or names))
        return 1 if stale else 0
    documents = {name: json.loads(path_of(name).read_text("utf-8")) for name in names if path_of(name).exists()}
    if not documents:
        say("nothing_here")
        return 3
    out = args.out or var() / "doorstep-api.html"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page(documents), "utf-8")
    say("docs_page", path=out, services=len(documents), commands=counts(documents)["commands"],
        questions=counts(documents)["questions"], facts=counts(documents)["said"],
        reactions=counts(documents)["reactions"])  # fmt: skip
    return 0


def _write(names: list[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names:
        path_of(name).write_text(written(name), "utf-8")
        say("docs_written", path=path_of(name))
    return 0
