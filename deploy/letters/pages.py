"""Letters as people see them: by cause, one by one, and what would become of one."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.letters.asking import Found
from shared.words import Language, sentence, word

SHOWN = 10  # of one cause


def groups_page(found: Sequence[Found], language: Language) -> RenderableType:
    parts: list[RenderableType] = []
    for _, letters in groupby(found, key=lambda each: (each.told["state"], each.service, each.told["fingerprint"])):
        parts += [_group(list(letters), language), Text("")]
    return Group(*parts, Text(word("letters", "next", language), "dim"))


def _group(letters: Sequence[Found], language: Language) -> Table:
    first = letters[0]
    about = {
        "count": len(letters), "service": word("tail", first.service, language),
        "reaction": first.told["reaction"], "state": word("letters", first.told["state"], language),
    }  # fmt: skip
    title = Text(f"[{first.told['fingerprint']}] ", "bold cyan")
    title.append(sentence("letters", "title", about, language), "bold red" if first.told["state"] == "dead" else "bold")
    title.append(f"\n{word('letters', 'cause', language)}: {first.told['reason']}", "not bold")
    table = Table(
        title=title, title_justify="left", title_style="", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False
    )
    table.add_column(word("letters", "id", language), overflow="fold")
    table.add_column(word("letters", "fact", language), overflow="fold")
    table.add_column(word("letters", "since", language), no_wrap=True)
    table.add_column(word("letters", "risk", language), overflow="fold")
    for letter in letters[:SHOWN]:
        kind = word("activity", str(letter.told["type"]).rpartition(".")[0], language)
        since = str(letter.told["since"] or "")[5:16].replace("T", " ")
        table.add_row(letter.id, kind, since, risk(letter, language))
    if len(letters) > SHOWN:
        table.caption = sentence("watch", "more", {"count": len(letters) - SHOWN}, language)
    return table


def risk(letter: Found, language: Language) -> Text:
    if not letter.clocks:
        return Text(word("letters", "none_at_risk", language), "dim")
    clock, due, late = letter.clocks[0]
    about = {"clock": word("codes_clock", clock, language), "due": due}
    return Text(sentence("letters", "late_at" if late else "due_at", about, language), "red" if late else "yellow")


def letter_page(letter: Found, language: Language) -> RenderableType:
    told = letter.told
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for key, value in (
        ("id", letter.id), ("fact", told["fact"]), ("cause", told["reason"]), ("tries", str(told["attempts"])),
        ("since", told["since"]),
    ):  # fmt: skip
        table.add_row(word("letters", key, language), str(value))
    table.add_row(word("letters", "risk", language), risk(letter, language))
    parts: list[RenderableType] = [table]
    if proposed := told.get("proposed"):
        about = {"by": proposed["by"], "changes": ", ".join(f"{k}={v}" for k, v in proposed["changes"].items())}
        parts.append(Text(sentence("letters", "proposed", about, language), "yellow"))
    return Group(*parts, json.dumps(told.get("document"), ensure_ascii=False, indent=1))


def outcome_line(letter: Found, outcome: Mapping[str, Any], language: Language) -> Text:
    kinds = [word("activity", kind.rpartition(".")[0], language) for kind in outcome.get("facts", ())]
    reason = outcome.get("reason_en" if language == "en" else "reason")
    detail = outcome.get("detail")
    about = {
        **outcome, "facts": ", ".join(kinds) or "—", "reason": reason,
        "detail": ", ".join(detail) if isinstance(detail, list) else detail,
    }  # fmt: skip
    well = outcome["outcome"] in {"accepted", "nothing"}
    said = sentence("letters", f"outcome_{outcome['outcome']}", about, language)
    return Text(f"{letter.id}  ").append(said, "green" if well else "red")
