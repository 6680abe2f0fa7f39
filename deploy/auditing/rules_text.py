"""The rule that a fact stands under, with its words, its grade and where it comes from."""

from typing import NamedTuple

from deploy.facts import Document
from deploy.history_lines import known_center, rules_of, stands_under
from shared.rules import Limit, Rules
from shared.words import Language, sentence, word


class Cited(NamedTuple):
    """`of_version` False: the fact was decided under a rule set that is not here; this is the present one's text."""

    name: str
    text: str
    grade: str
    source: str
    version: str
    of_version: bool


def cited(fact: Document, language: Language) -> Cited | None:
    """None: the catalogue names no obligation for this kind of fact."""
    data = fact["data"]
    name = str(data.get("rule") or data.get("limit") or data.get("clock") or stands_under(fact["type"]))
    if not name:
        return None
    rules = rules_of(known_center(fact["source"].split("/")[1]))
    return of_rules(name, rules, fact["rules"], language)


def of_rules(name: str, rules: Rules, version: str, language: Language) -> Cited:
    of_version = rules.version == version
    if rule := rules.rules.get(name):
        return Cited(name, rule.zh if language == "zh" else rule.en, rule.grade, rule.source, version, of_version)
    if limit := rules.limits.get(name) or _variant(name, rules):
        text = f"{word('codes_clock', name.partition('.')[0], language)} · {_says(limit, language)}"
        return Cited(name, text, limit.grade, limit.source, version, of_version)
    return Cited(name, "", "", "", version, of_version)


def _variant(name: str, rules: Rules) -> Limit | None:
    return next((limit for key, limit in rules.limits.items() if key.partition(".")[0] == name), None)


def _says(limit: Limit, language: Language) -> str:
    return sentence("audit_case", f"limit_{limit.unit}", {"value": limit.value, "at": limit.at}, language)
