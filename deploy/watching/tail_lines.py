"""A fact as one line: when, where, whose, what happened, who was at it. What is sealed stays sealed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.cells import set_cell_size
from rich.text import Text

from deploy.history import STYLES
from deploy.history_lines import Line, read
from shared.calendar import SHANGHAI
from shared.words import Language, sentence, word

COLOURS = {"intake": "cyan", "scheduling": "green", "visits": "yellow", "feedback": "magenta", "vault": "blue"}
KEY = 15  # cells: a day, a number and a check character


def line(fact: Mapping[str, Any], language: Language, *, key: bool = True, center: bool = False) -> Text:
    """`key`: say whose it is, for those who look at more than one case. `center`: and of which center."""
    _, code, service = fact["source"].split("/")
    told = _told(fact, language)
    shown = Text(f"{told.recorded:%m-%d %H:%M:%S} ", style="dim", no_wrap=True)
    if center:
        shown.append(f"{_clean(code)} ")
    name = set_cell_size(word("tail", service, language), 4 if language == "zh" else 10)
    shown.append(name, COLOURS.get(service, ""))
    if key:
        shown.append(f" {set_cell_size(_short(fact), KEY)}", "not dim bold")
    shown.append(f" {_clean(told.says)}", f"not dim {STYLES.get(told.kind, '')}".strip())
    if told.late_entry:
        shown.append(sentence("tail", "happened", {"at": f"{told.time:%m-%d %H:%M}"}, language))
    if told.who:
        shown.append(f" · {_clean(told.who)}")
    return shown


def _told(fact: Mapping[str, Any], language: Language) -> Line:
    try:
        return read(fact, language)
    except (KeyError, ValueError, TypeError, AttributeError):  # of a newer version than this
        time, recorded = (datetime.fromisoformat(fact[name]).astimezone(SHANGHAI) for name in ("time", "recordedat"))
        says = sentence("tail", "unreadable", {"kind": fact["type"]}, language)
        return Line(time, recorded, True, "", fact["type"], says, who=fact["actor"], rule="")  # noqa: FBT003  # exact


def _short(fact: Mapping[str, Any]) -> str:
    """A case's number without what all of a center's have in common."""
    key = str(fact["subject"]).partition("/")[2]
    return key.split("-", 2)[2] if key.startswith("SMFW-") and key.count("-") > 2 else key


def _clean(text: str) -> str:
    """Nobody's text moves the cursor."""
    return "".join(each if each.isprintable() else " " for each in text)
