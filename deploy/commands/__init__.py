"""What `doorstep` can do: a module per command, with `add(parser)` and `main(args) -> exit code`."""

import os
from pathlib import Path
from typing import Any

from shared.words import Language, sentence, word

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLE_CENTER = "620105"


def language() -> Language:
    """Chinese, unless `--en` or DOORSTEP_LANG says otherwise."""
    return "en" if os.environ.get("DOORSTEP_LANG") == "en" else "zh"


def say(key: str, **about: Any) -> None:
    """A sentence of [deploy] in the catalogue."""
    print(sentence("deploy", key, about, language()), flush=True)  # noqa: T201  # a command speaks here


def help_for(key: str) -> str:
    """Chinese with English beside, for argparse."""
    return f"{word('commands', key)} / {word('commands', key, 'en')}".replace("%", "%%")


def var() -> Path:
    """Where sites keep what they know: one folder per site in it."""
    return Path(os.environ.get("DOORSTEP_VAR") or ROOT / "var")
