"""What the blanks of a form are filled with: the words for what the facts say, a line to write on where they do not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from shared.calendar import SHANGHAI
from shared.phrases import ServiceLanguage
from shared.rules import Rules
from shared.words import blank, word

Document = Mapping[str, Any]
LINE = "\ue000"  # a blank to fill by hand; of the private use area, so that no text holds it
RUNS = ("deadline_set.v1", "deadline_extended.v1", "deadline_resumed.v1", "deadline_recomputed.v1")
TOKENS = {  # whom, or what, a form may name -> where the sealed data is
    "person": (("request_registered.v1", "person"), ("request_data_completed.v1", "person")),
    "agent": (("request_registered.v1", "agent"),),
    "complainant": (("complaint_received.v1", "complainant"), ("complaint_record_completed.v1", "complainant")),
    "reply": (("complaint_replied.v1", "text"), ("complaint_rechecked.v1", "text")),
}
OF_ONE_CALL = {"return_visit_completed.v1", "return_visit_declined.v1", "follow_up_flagged.v1"}
OF_ONE_VISIT = {"visit", "closing", "next_step", "notice"}
MOMENT, DAY = re.compile(r"\d{4}-\d\d-\d\dT.+"), re.compile(r"\d{4}-\d\d-\d\d")
ACTOR = re.compile(r"[a-z_]+:[A-Z]\d\d")
BARE = re.compile(r"[a-z]+(_[a-z]+)*")  # a code that has no word yet: nothing to hand to a citizen
DAYS = "一二三四五六日"
CODE = re.compile(r"^[A-Z]{1,3}-?\d{1,3} (?=\S)")  # what a word begins with for the staff; the citizen reads the word


class Unsaid:
    """No fact says it: a line, however far one asks."""

    def __getattr__(self, name: str) -> "Unsaid":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, name: str) -> "Unsaid":
        return self

    def __str__(self) -> str:
        return LINE

    def __format__(self, _spec: str) -> str:
        return LINE


class Said:
    """A fact, for a template: `{fact.field}` in words; `{fact.at}` when it happened, `{fact.who}` who was at it."""

    def __init__(self, fact: Document, rules: Rules) -> None:
        self._fact, self._rules = fact, rules

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in {"at", "day"} and name not in self._fact["data"]:
            moment = datetime.fromisoformat(self._fact["time"])
            return moment_words(moment) if name == "at" else day_words(moment.astimezone(SHANGHAI).date())
        if name == "who":
            return self._fact["actor"].partition(":")[2]
        return worded(name, self._fact["data"].get(name), self._rules)


def worded(name: str, value: Any, rules: Rules) -> Any:
    if value is None or value == [] or (isinstance(value, str) and (not value or value.startswith("sealed:"))):
        return Unsaid()
    if isinstance(value, dict):
        return period_words(value) if {"day", "start", "end"} <= value.keys() else Unsaid()
    if isinstance(value, list):
        return "、".join(str(worded(name, each, rules)) for each in value)
    if name == "matter" and value in rules.matters:
        return rules.matters[value].name
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return moment_words(datetime.fromisoformat(value))
    if isinstance(value, str) and DAY.fullmatch(value):
        return day_words(date.fromisoformat(value))
    if isinstance(value, str) and ACTOR.fullmatch(value):
        role, _, staff = value.partition(":")
        return f"{word('roles', role)} {staff}"
    says = CODE.sub("", blank(name, value, "zh"))
    return Unsaid() if BARE.fullmatch(says) else says


def moment_words(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{day_words(local.date())} {local:%H:%M}"


def period_words(period: Mapping[str, str]) -> str:
    day = date.fromisoformat(period["day"])
    return f"{day_words(day)}（星期{DAYS[day.weekday()]}）{period['start']}至{period['end']}"


def day_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


class Persons:
    """`{person.name}` and the like: what the vault gave out for this paper, else a line."""

    def __init__(self, shown: Mapping[str, str] | None) -> None:
        self._shown = shown or {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._shown.get(name) or Unsaid()


class Dues:
    """`{due.T05}`: the day until which a clock runs; `{due.T05_was}`, `{due.T05_until}`: before and after extending."""

    def __init__(self, facts: Sequence[Document]) -> None:
        self._runs = [fact for fact in facts if fact["type"] in RUNS]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        clock, _, which = name.partition("_")
        runs = [run["data"] for run in self._runs if run["data"]["clock"].partition(".")[0] == clock
                and (not which or run["type"] == "deadline_extended.v1")]  # fmt: skip
        if not runs:
            return Unsaid()
        moment = datetime.fromisoformat(runs[-1]["was_due_at" if which == "was" else "due_at"])
        unsure = "（暂定）" if runs[-1].get("provisional") and which != "was" else ""
        return day_words(moment.astimezone(SHANGHAI).date()) + unsure


class Phrases:
    """`{phrase[L-05]}`: a prescribed phrase, while its rule is in force. `speaker`: who is on the phone (L-01)."""

    def __init__(self, language: ServiceLanguage, rules: Rules, about: Mapping[str, Any], speaker: str) -> None:
        self._language, self._rules, self._about, self._speaker = language, rules, dict(about), speaker

    def __getitem__(self, name: str) -> str:
        if not self._rules.in_force(name):
            return ""
        about = self._about | ({"staff": self._speaker} if name == "L-01" else {})
        return self._language.phrase(name, about, self._rules).replace("——", LINE)


def about(facts: Sequence[Document], ground: Document) -> list[Document]:
    """The facts that a paper may speak of: as they stood at the end of its day, whenever it is printed.

    Of a case's complaints only the one that it is about; of its visits and return visits only the last before it.
    """
    noun, _, key = ground["subject"].partition("/")
    day = _day(ground)
    known = [fact for fact in facts if _day(fact) <= day]
    if noun == "complaint":
        return [fact for fact in known if not fact["subject"].startswith("complaint/") or fact["subject"].endswith(key)]
    if noun == "return_visit":
        return [fact for fact in known if fact["type"] not in OF_ONE_CALL or fact["time"] >= ground["time"]]
    if noun in OF_ONE_VISIT:
        since = max((fact["time"] for fact in known if fact["type"] == "team_departed.v1"), default="")
        return [
            fact for fact in known if fact["time"] >= since or fact["subject"].partition("/")[0] not in OF_ONE_VISIT
        ]
    return known


def _day(fact: Document) -> date:
    return datetime.fromisoformat(fact["time"]).astimezone(SHANGHAI).date()


class Values(Mapping[str, Any]):
    """All blanks of a case's papers. The last fact of a type is the one that counts."""

    def __init__(
        self, facts: Sequence[Document], ground: Document, rules: Rules, language: ServiceLanguage,
        opened: Mapping[str, Mapping[str, str]],
    ) -> None:  # fmt: skip
        last = {fact["type"].removesuffix(".v1"): fact for fact in facts}
        team = last.get("team_assigned", {}).get("data", {})
        staff = [team["lead"], *team["members"]] if team else None
        self._known: dict[str, Any] = {name: Said(fact, rules) for name, fact in last.items()}
        self._known |= {
            "ground": Said(ground, rules),
            "case": word_of_case(facts),
            "center": {name: says["zh"] for name, says in language.center.items()},
            "team": "、".join(staff) if staff else Unsaid(),
            "due": Dues(facts),
            "phrase": Phrases(language, rules, ground["data"] | {"staff": staff or "——"}, Said(ground, rules).who),
            "prepare": prepared(last, rules),
            "line": Unsaid(),
        }
        self._known |= {name: Persons(opened.get(name)) for name in TOKENS}

    def __getitem__(self, name: str) -> Any:
        return self._known.get(name, Unsaid())

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def fill(self, text: str) -> str:
        return text.format_map(self)


def prepared(last: Mapping[str, Document], rules: Rules) -> Any:
    """What the guide of the matter asks for."""
    matter = rules.matters.get(last.get("request_registered", {}).get("data", {}).get("matter", ""))
    return "、".join(word("codes_item", item) for item in matter.materials) if matter and matter.materials else Unsaid()


def word_of_case(facts: Sequence[Document]) -> str:
    return str(next(fact["case"] for fact in facts if fact["case"].startswith("SMFW")))


def tokens(facts: Sequence[Document]) -> dict[str, str]:
    """Whom -> the sealed data that counts last."""
    found: dict[str, str] = {}
    for fact in facts:
        for whom, places in TOKENS.items():
            for type_, name in places:
                if fact["type"] == type_ and fact["data"].get(name):
                    found[whom] = fact["data"][name]
    return found


def codes(facts: Sequence[Document], place: str) -> list[str]:
    """`fact.field`: the words for each of its codes, of the last such fact."""
    name, _, attribute = place.partition(".")
    said: Document = next((fact["data"] for fact in reversed(facts) if fact["type"] == f"{name}.v1"), {})
    return [says_code(attribute, code) for code in said.get(attribute) or ()]


def says_code(attribute: str, code: Any) -> str:
    if isinstance(code, dict) and "code" in code:
        return f"{word('codes_item', code['code'])}（{code.get('copies', 1)}份）"
    return blank(attribute, code, "zh")
