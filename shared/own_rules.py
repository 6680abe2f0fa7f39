"""What a center decides for itself: its `own.toml`, laid over the rules that it was given, entry by entry."""

import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any

OWN = "own.toml"
SENT = "sent.txt"  # names the files of a folder that came from the hub, one a line
LAID_OVER = ("limits", "rules", "numbers", "lists")
CHOSEN = "I"  # what is inferred a center may choose for itself, and nothing else


class NotOwn(ValueError):
    """A center cannot decide this for itself. Says the entry."""


def laid_over(folder: Path, rules: dict[str, Any]) -> dict[str, Any]:
    """Raises `NotOwn`: for what is not there, is no center's own choice, or has no source."""
    path, found = folder / OWN, dict(rules)
    if not path.exists():
        return found
    for section, entries in tomllib.loads(path.read_text("utf-8")).items():
        if section not in LAID_OVER:
            raise NotOwn(f"{OWN}: [{section}]")
        for name, said in entries.items():
            known = found.get(section, {}).get(name)
            if known is None or not said.keys() <= known.keys() | {"on"}:
                raise NotOwn(f'{OWN}: [{section}."{name}"] {", ".join(said.keys() - (known or {}).keys()) or "?"}')
            if known.get("grade") != CHOSEN or said.get("grade", CHOSEN) != CHOSEN:
                raise NotOwn(f'{OWN}: [{section}."{name}"] grade {known.get("grade")}')
            if not said.get("source"):
                raise NotOwn(f'{OWN}: [{section}."{name}"] source')
            found[section] = {**found[section], name: {**known, **said}}
    return found


def mark(folder: Path) -> str:
    """Goes after the version of the rules, so that no two rule sets have one: nothing, or a digest of what was changed.

    Texts for people are no rules, and change nothing here.
    """
    sent = folder / SENT
    names = sent.read_text("utf-8").split() if sent.exists() else []
    changing = [name for name in names if name.startswith(("rules/", "calendar.", "matters."))]
    changing += [OWN] if (folder / OWN).exists() else []
    if not changing:
        return ""
    digests = (f"{name} {sha256((folder / name).read_bytes()).hexdigest()}\n" for name in sorted(changing))
    return f"+{sha256(''.join(digests).encode()).hexdigest()[:10]}"
