"""A case's facts as lines that people read: what happened, who was at it, under which rule; which lines are for few."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from deploy.commands import SAMPLE_CENTER
from deploy.supervisor import CENTERS
from shared.calendar import SHANGHAI
from shared.rules import Rules, load_rules
from shared.words import Language, catalogue, sentence, word

Document = Mapping[str, Any]
ACTOR = re.compile(r"[a-z_]+:[A-Z]\d\d")
DIGEST = re.compile(r"[0-9a-f]{40,}")
CLOCKS_ONLY = {"deadline_set.v1", "deadline_cancelled.v1", "deadline_met.v1"}
BOOKKEEPING = {  # what the services tell each other, and what another line of the page says already
    "number_allotted.v1", "application_opened.v1", "application_closed.v1", "service_started.v1",
    "place_taken.v1", "place_released.v1", "period_held.v1", "hold_released.v1", "departure_noted.v1",
    "complaint_noted.v1", "visit_approved.v1", "file_document_added.v1", "cause_counted.v1",
    "personal_data_sealed.v1", "personal_data_bound.v1", "reminder_due.v1", "appointment_aborted.v1",
    "appointment_fulfilled.v1",
}  # fmt: skip
JOINED = {
    "checklist_item_done.v1": "item",
    "file_document_added.v1": "piece",
}  # told in one line: the field that differs


@dataclass(frozen=True)
class Line:
    """A fact as people read it."""

    time: datetime
    recorded: datetime
    exact: bool
    service: str
    kind: str
    says: str
    who: str
    rule: str

    @property
    def late_entry(self) -> bool:
        return self.exact and (self.recorded - self.time).total_seconds() > 60


@cache
def rules_of(center: str) -> Rules:
    return load_rules(CENTERS / center)


@cache
def known_center(center: str) -> str:
    return center if (CENTERS / center).is_dir() else SAMPLE_CENTER


def read(fact: Document, language: Language) -> Line:
    data = dict(fact["data"])
    center = fact["source"].split("/")[1]
    if fact["type"] == "rule_deviated.v1":
        data["sentence"] = sentence("why", data["why"], data.get("about", {}), language)
    return Line(
        time=datetime.fromisoformat(fact["time"]).astimezone(SHANGHAI),
        recorded=datetime.fromisoformat(fact["recordedat"]).astimezone(SHANGHAI),
        exact=fact.get("timing", "exact") == "exact",
        service=fact["source"].rpartition("/")[2],
        kind=fact["type"],
        says=sentence("facts", fact["type"], {key: _plain(value, language) for key, value in data.items()}, language),
        who=who(fact["actor"], language),
        rule=_rule(fact, center, language),
    )


def _plain(value: Any, language: Language) -> Any:
    """Sealed data stays sealed; moments and periods are shown as people say them; numbers and codes as they are."""
    if isinstance(value, str):
        if value.startswith("sealed:"):
            return {"zh": "［已加密］", "en": "[sealed]"}[language]
        if len(value) > 16 and value[:4].isdigit() and value[4] == "-" and "T" in value:
            return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%m-%d %H:%M}"
        if DIGEST.fullmatch(value):
            return f"{value[:12]}…"
        return who(value, language) if ACTOR.fullmatch(value) else value
    if isinstance(value, dict):
        if {"day", "start", "end"} <= value.keys():
            return f"{value['day']} {value['start']}–{value['end']}"
        if {"code", "copies"} <= value.keys():
            mark = {True: {"zh": "原件", "en": " original"}, False: {"zh": "复印件", "en": " copy"}}
            original = mark.get(value.get("original"), {}).get(language, "")  # type: ignore[arg-type]  # None: not said
            return f"{word('codes_item', value['code'], language)}{original}×{value['copies']}"
        if "sealed" in value:
            return {"zh": "［已加密］", "en": "[sealed]"}[language]
        return "、".join(f"{key} {_plain(each, language)}" for key, each in value.items())
    if isinstance(value, list):
        return [_plain(each, language) for each in value]
    return value


def who(actor: str, language: Language) -> str:
    role, _, name = actor.partition(":")
    says = word("roles", role, language)
    return says if role in {"system", "importer"} or name == "self" else f"{says} {name}"


def stands_under(kind: str) -> str:
    """The obligation that the catalogue names for a kind of fact; empty: the fact names it itself."""
    return word("rule_of", kind) if kind in catalogue().get("rule_of", {}) else ""


def _rule(fact: Document, center: str, language: Language) -> str:
    """The rule that a fact stands under, with its grade: its own, or the one the catalogue names for its kind."""
    name = fact["data"].get("rule") or fact["data"].get("clock") or stands_under(fact["type"])
    rules = rules_of(known_center(center))
    variants = (limit for key, limit in rules.limits.items() if key.partition(".")[0] == name)
    known = rules.rules.get(name) or rules.limits.get(name) or next(variants, None)
    grade = {"zh": "级", "en": ""}[language]
    return f"{name}（{known.grade}{grade}）" if known else name


def shown(facts: Sequence[Document]) -> list[Document]:
    """Without what leaves no meaning to a reader; a limit that was kept is left to the table of clocks."""
    return list(_joined([fact for fact in facts if not folded(fact)]))


def folded(fact: Document) -> bool:
    if fact["type"] == "deadline_met.v1" and fact["data"].get("late"):
        return False
    return fact["type"] in CLOCKS_ONLY | BOOKKEEPING


def _joined(facts: Sequence[Document]) -> Iterator[Document]:
    """Items ticked off by the same person at the same moment are one line."""
    last: dict[str, Any] | None = None
    for fact in facts:
        field = JOINED.get(fact["type"])
        if field and last and _same(last, fact, field):
            last["data"][field] = [*last["data"][field], fact["data"][field]]
            continue
        if last:
            yield last
        last = {**fact, "data": {**fact["data"], field: [fact["data"][field]]}} if field else None
        if last is None:
            yield fact
    if last:
        yield last


def _same(last: Document, fact: Document, field: str) -> bool:
    others = ({k: v for k, v in each["data"].items() if k != field} for each in (last, fact))
    return all(last[name] == fact[name] for name in ("type", "actor", "time")) and next(others) == next(others)
