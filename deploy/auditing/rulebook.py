"""Which rules a fact was decided under, by their version; and rule sets that were never in force, to ask what if."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from deploy.reference.layers import kept
from deploy.supervisor import CENTERS, SAMPLE
from shared.rules import Limit, Rule, Rules, load_rules


class BadRules(Exception):
    """The file is no rule set over these rules. The sentence says why."""


def versions(center: str, site: Path | None = None) -> dict[str, Rules]:
    """By version: the center's rules, those it had before, if they were kept in `earlier/<any name>/`, and at a site
    all that were laid together there from what a hub sent."""
    here, sent = CENTERS / center if (CENTERS / center).is_dir() else CENTERS / SAMPLE, kept(site) if site else []
    folders = [folder for folder in (here, *sorted(here.glob("earlier/*")), *sent) if (folder / "rules").is_dir()]
    return {rules.version: rules for rules in map(load_rules, folders)}


def other_rules(rules: Rules, path: Path) -> Rules:
    """A center's whole folder, or a file in the form of its rules that is laid over them.

    The version stays that of the rules in force, so that what is decided under both can be compared.
    """
    try:
        if path.is_dir():
            return replace(load_rules(path), version=rules.version)
        return laid_over(rules, tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, KeyError) as mistake:
        raise BadRules(f"{path.name}: {mistake}") from None


def laid_over(rules: Rules, overlay: Mapping[str, Any]) -> Rules:
    """Only what the overlay says is different; what it names must be there, or a slip of the pen would change nothing.

    Raises `ValueError`.
    """
    taken: dict[str, Callable[[Any], Any]] = {
        "limits": lambda said: {**rules.limits, **_each("limits", rules.limits, said, _limit)},
        "rules": lambda said: {**rules.rules, **_each("rules", rules.rules, said, _rule)},
        "numbers": lambda said: {**rules.numbers, **_each("numbers", rules.numbers, said, _number)},
        "lists": lambda said: {**rules.lists, **_each("lists", rules.lists, said, _list)},
        "slots": lambda said: tuple((start, end) for start, end in said["periods"]),
    }
    sections = {name: said for name, said in overlay.items() if name != "version"}
    changed: dict[str, Any] = {name: taken[name](said) for name, said in sections.items() if name in taken}
    if "roles" in sections:
        changed["back_dating"] = frozenset(sections["roles"]["back_dating"])
    if "ledger" in sections:
        changed["ledger_evidence"] = frozenset(sections["ledger"]["evidence"])
    if strange := sections.keys() - taken.keys() - {"roles", "ledger"}:
        raise ValueError(f"[{'], ['.join(sorted(strange))}]?")
    return replace(rules, **changed)


def _each(
    section: str, known: Mapping[str, Any], said: Mapping[str, Any], made: Callable[[Any, Any], Any]
) -> dict[str, Any]:
    if strange := said.keys() - known.keys():
        raise ValueError(f"[{section}] {', '.join(sorted(strange))}?")
    return {name: made(known[name], entry) for name, entry in said.items()}


def _limit(known: Limit, said: Mapping[str, Any]) -> Limit:
    return replace(known, **_of(Limit, said))


def _rule(known: Rule, said: Mapping[str, Any]) -> Rule:
    override = frozenset(said["override"]) if "override" in said else known.override
    return replace(known, **_of(Rule, said), override=override)


def _of(kind: type[Limit | Rule], said: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    if strange := said.keys() - names:
        raise ValueError(f"{', '.join(sorted(strange))}?")
    return {name: value for name, value in said.items() if name != "override"}


def _number(_known: int, said: Any) -> int:
    value = said["value"] if isinstance(said, dict) else said
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r}?")
    return value


def _list(_known: Iterable[str], said: Any) -> tuple[str, ...]:
    return tuple(said["values"] if isinstance(said, dict) else said)
