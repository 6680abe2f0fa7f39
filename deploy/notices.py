"""What citizens were told, or would be told today: each message of a case in the words of the center's templates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from deploy.desks import parts_of
from shared.calendar import SHANGHAI
from shared.parts import EffectRule, wished
from shared.phrases import ServiceLanguage, load_language
from shared.reaction import heard_by
from shared.rules import Rules
from shared.words import Language

SENDERS = ("intake", "scheduling", "visits", "feedback")


@dataclass(frozen=True)
class Notice:
    """`told` False: the fact is a ledger's history, of which nobody is told again."""

    time: datetime
    kind: str
    text: str
    told: bool


@cache
def senders() -> dict[tuple[str, str], list[EffectRule]]:
    """By service and fact: the messages that it asks for."""
    found: dict[tuple[str, str], list[EffectRule]] = {}
    for name in SENDERS:
        for rule in parts_of(name).effects:
            found.setdefault((name, heard_by(rule)[1].type), []).append(rule)
    return found


@cache
def language_of(folder: Path) -> ServiceLanguage:
    return load_language(folder)


def notices(
    facts: Sequence[Mapping[str, Any]], rules: Rules, language: ServiceLanguage, reads: Language
) -> list[Notice]:
    return list(_notices(facts, rules, language, reads))


def _notices(
    facts: Sequence[Mapping[str, Any]], rules: Rules, language: ServiceLanguage, reads: Language
) -> Iterator[Notice]:
    for fact in facts:
        service = fact["source"].rpartition("/")[2]
        for rule in senders().get((service, fact["type"]), ()):
            document: Any = heard_by(rule)[0].model_validate(fact)
            if send := wished(rule, document, rules):
                yield Notice(
                    time=datetime.fromisoformat(fact["time"]).astimezone(SHANGHAI),
                    kind=send.kind,
                    text=language.message(send.kind, send.params, rules, reads),
                    told=fact.get("origin", "live") == "live",
                )
