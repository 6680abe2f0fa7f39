"""What `doorstep audit` can do: a module per command, with `add(parser)` and `main(args) -> exit code`.

Exit codes: `PROVED` 0, `FOUND` 1 something is wrong, `USAGE` 2, `NOT_PROVED` 3 not yet, or nothing is here.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from deploy.auditing.ledgers import has_ledger, ledger_of
from deploy.commands import SAMPLE_CENTER, help_for, language
from shared.words import sentence


def options(parser: argparse.ArgumentParser) -> None:
    """Those that every command has which looks at a site."""
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


def keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--witness", metavar="BOOK|KEY", help=help_for("audit_book"))
    parser.add_argument("--key", help=help_for("log_key"))


def tell(key: str, **about: Any) -> None:
    """A sentence of [audit] in the catalogue."""
    print(sentence("audit", key, about, language()), flush=True)  # noqa: T201  # a command speaks here


def show_json(content: Any) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer


def site_of(folder: Path) -> str:
    if not has_ledger(folder):
        return SAMPLE_CENTER
    ledger = ledger_of(folder)
    try:
        return next((log.site for log in ledger.logs()), SAMPLE_CENTER)
    finally:
        ledger.close()
