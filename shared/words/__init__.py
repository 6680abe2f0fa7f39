"""What people read: one catalogue, Chinese first, English beside; facts, refusals, codes, roles and clocks."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["zh", "en"]
OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
BLANK = re.compile(r"\{(\w+)\}")


class _Filled(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"


@cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """Section -> key -> language -> sentence, from all the .toml files beside this one."""
    whole: dict[str, dict[str, dict[str, str]]] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for section, entries in tomllib.loads(path.read_text("utf-8")).items():
            whole.setdefault(section, {}).update(entries)
    return whole


def word(section: str, key: object, language: Language = "zh") -> str:
    """The word for a code; the code itself where the catalogue has none."""
    entry = catalogue().get(section, {}).get(str(key))
    return entry[language] if entry else str(key)


def sentence(section: str, key: str, about: Mapping[str, Any], language: Language = "zh") -> str:
    """A sentence with its `{blanks}` filled; the code of `{x}` is looked up in [codes_x] if there is one.

    What stands in [[double brackets]] is left out where there is nothing to fill a blank of it with.
    """
    template = known_parts(word(section, key, language), about)
    filled = _Filled({name: blank(name, value, language) for name, value in about.items()})
    return template.format_map(filled)


def known_parts(template: str, about: Mapping[str, Any]) -> str:
    """Without the [[parts]] that there is nothing to say in."""
    return OPTIONAL.sub(lambda part: part[1] if _known(part[1], about) else "", template)


def _known(part: str, about: Mapping[str, Any]) -> bool:
    return all(about.get(name) not in (None, "", (), []) for name in BLANK.findall(part))


def blank(name: str, value: Any, language: Language) -> str:
    """A value as people read it: codes as words, lists joined, what is not known said to be so."""
    if value is None:
        return {"zh": "未记录", "en": "not recorded"}[language]
    if isinstance(value, bool):
        return {"zh": "是" if value else "否", "en": "yes" if value else "no"}[language]
    if isinstance(value, (list, tuple)):
        joined = ("、" if language == "zh" else ", ").join(blank(name, each, language) for each in value)
        return joined or {"zh": "无", "en": "none"}[language]
    section = "roles" if name == "role" else f"codes_{name}"
    if section not in catalogue():
        section = section.removesuffix("s")  # {pieces} are of [codes_piece]
    if section in catalogue():
        return word(section, value, language)
    return str(value)
