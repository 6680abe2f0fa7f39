"""What citizens are told and how: a center's message templates and prescribed phrases, in versions (DOMAIN 13).

A template names its phrases as blanks, `{L-03}`; a phrase whose rule is off is left out, and so is what stands in
[[double brackets]] where there is nothing to fill it with. None may hold a taboo phrase: a center's file that does is
not loaded.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from shared.rules import Rules
from shared.words import BLANK, Language, blank, known_parts, word

DASHES = "——"
PERIOD = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d)-(\d\d:\d\d)")


class TabooPhrase(ValueError):
    """A text for citizens holds what nobody may say to them."""


@dataclass(frozen=True)
class Phrase:
    """A prescribed phrase (L-01 … L-08). `stage`: when it is said."""

    stage: Mapping[Language, str]
    zh: str
    en: str

    def says(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Message:
    """`to`: whom it is for, the applicant (or complainant) or the center's own people."""

    zh: str
    en: str
    to: str = "applicant"


@dataclass(frozen=True)
class ServiceLanguage:
    """All of a center's language. `center`: its name, its phones, as templates name them."""

    version: str
    center: Mapping[str, Mapping[Language, str]]
    phrases: Mapping[str, Phrase]
    messages: Mapping[str, Message]
    taboo: Sequence[str]
    courtesy: Sequence[str]

    def message(self, kind: str, params: Mapping[str, Any], rules: Rules, language: Language = "zh") -> str:
        """The text of a message; codes become words, what is not known a dash, sealed data is never shown."""
        found = self.messages[kind]
        return self._fill(found.zh if language == "zh" else found.en, params, rules, language)

    def phrase(self, name: str, params: Mapping[str, Any], rules: Rules, language: Language = "zh") -> str:
        return self._fill(self.phrases[name].says(language), params, rules, language)

    def card(self, rules: Rules) -> list[tuple[str, Phrase]]:
        """What staff are to say, stage by stage."""
        return [(name, phrase) for name, phrase in self.phrases.items() if rules.in_force(name)]

    def _fill(self, text: str, params: Mapping[str, Any], rules: Rules, language: Language) -> str:
        said = {name: says[language] for name, says in self.center.items()}
        said |= {name: _plain(name, value, rules, language) for name, value in params.items()}
        for name, phrase in self.phrases.items():
            blank_ = "{" + name + "}"
            if blank_ in text:
                text = text.replace(blank_, phrase.says(language) if rules.in_force(name) else "")
        spoken_of = dict.fromkeys(BLANK.findall(text), DASHES) | dict(params)  # what is None there is not
        return known_parts(text, spoken_of).format_map(_Dashes(said)).strip()


class _Dashes(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return DASHES


def _plain(name: str, value: Any, rules: Rules, language: Language) -> str:
    if isinstance(value, str) and value.startswith("sealed:"):
        return "——"
    if isinstance(value, str) and (period := PERIOD.fullmatch(value)):
        return _spoken(period[1], period[2], period[3], language, rules)
    if name == "matter" and value in rules.matters:
        return rules.matters[value].name if language == "zh" else word("codes_matter", value, language)
    return blank(name, value, language)


def _spoken(day: str, start: str, end: str, language: Language, rules: Rules) -> str:
    """A period as one says it; a make-up working day is called one (DOMAIN 10.8)."""
    date_ = date.fromisoformat(day)
    swap = date_.weekday() > 4 and rules.calendar.is_working(date_)
    if language == "en":
        return f"{date_:%A}, {day}, {start} to {end}" + (" (make-up working day)" if swap else "")
    week = "一二三四五六日"[date_.weekday()]
    return f"{date_.month}月{date_.day}日（星期{week}{'，调休上班' if swap else ''}）{start}至{end}"


def load_language(folder: Path) -> ServiceLanguage:
    """A center's `language.toml`. Raises `TabooPhrase`, naming the text and the phrase."""
    said = tomllib.loads((folder / "language.toml").read_text("utf-8"))
    language = ServiceLanguage(
        version=said["version"],
        center=said["center"],
        phrases={name: Phrase({"zh": p["stage_zh"], "en": p["stage_en"]}, p["zh"], p["en"])
                 for name, p in said["phrases"].items()},
        messages={name: Message(**m) for name, m in said["messages"].items()},
        taboo=tuple(said["taboo"]["phrases"]),
        courtesy=tuple(said["courtesy"]["words"]),
    )  # fmt: skip
    texts = {name: text.zh for name, text in language.messages.items()}
    for name, text in (texts | {name: phrase.zh for name, phrase in language.phrases.items()}).items():
        if found := taboo_in(text, language.taboo):
            raise TabooPhrase(f"{name}: {found}")
    return language


def taboo_in(text: str, taboo: Sequence[str]) -> str | None:
    """The first taboo phrase in a text, whatever stands between its characters."""
    bare = _bare(text)
    return next((phrase for phrase in taboo if _bare(phrase) in bare), None)


def _bare(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
