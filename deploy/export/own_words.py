"""What a center wrote in its own words stays in them, as long as the facts say the same; where they differ, facts win.

The whole row of a ledger that was taken travels sealed with the registration; only some columns live in it alone.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from deploy.export.row import HEADING
from deploy.ledger.cells import Materials, Staff, tidy
from deploy.ledger.meanings import meanings
from deploy.ledger.problems import CellError
from deploy.ledger.rows import COLUMNS
from deploy.play.story import code_of
from shared.rules import Rules

Values = Mapping[str, Any]
NO = {"declined", "redirected", "transferred"}  # one fact for all three: the reason and the way say which
# Of these columns facts hold a code, or nothing at all: where they say nothing, the words are the record.
TEXTS = ("materials", "needs_text", "decision_text", "reschedule_text", "incident_text", "return_visit_text",
         "rating_text", "complaint_text", "finding_text")  # fmt: skip
NEVER_IN_FACTS = ("serial", "remark")  # the number in the paper's own list, and what has no column: facts may add to it


def _materials(values: Values) -> Any:
    said: Materials | None = values["materials"]
    if said is None:
        return None
    return said.state, tuple(code_of("codes_defects", one) for one in said.defects), said.pledge_days


def _things(name: str) -> Callable[[Values], Any]:
    return lambda values: [
        (code_of("codes_item", one.name), one.copies, one.original) for one in values[name] or ()
    ]  # fmt: skip


def _incident(values: Values) -> Any:
    ended = values["end_code"] if values["outcome"] == "aborted" else None
    return (
        ended, *(values[name] for name in ("incident_code", "absence_code", "waited_minutes", "calls",
                                           "emergency_call")),
    )  # fmt: skip


SAYS: Mapping[str, Callable[[Values], Any]] = {
    "urgent": lambda values: bool(values["urgent"]),
    "needs_text": lambda values: frozenset(values["needs"] or ()),
    "materials": _materials,
    "decision": lambda values: "no" if values["decision"] in NO else values["decision"],
    "decision_text": lambda values: (values["decision_code"], values["redirect"]) if values["decision"] in NO else None,
    "team": lambda values: [one.id for one in values["team"] or ()],
    "reschedules": lambda values: values["reschedules"] or 0,
    "reschedule_text": lambda values: values["reschedule_code"],
    "materials_taken": _things("materials_taken"),
    "materials_returned": _things("materials_returned"),
    "incident_text": _incident,
    "return_visit_text": lambda values: (values["return_visit"], values["return_visit_tries"]),
    "rating_text": lambda values: values["rating_codes"] or (),
    "complaint_text": lambda values: values["complaint_code"],
    "finding_text": lambda values: (values["finding"], frozenset(values["measures"] or ())),
}


def read(cells: Mapping[str, str]) -> dict[str, Any]:
    """What the cells mean; None for what cannot be read."""
    values: dict[str, Any] = {}
    for column in COLUMNS:
        said = tidy(cells.get(column.heading, ""))
        try:
            values[column.name] = column.read(said) if said else None
        except CellError:
            values[column.name] = None
    for _ in meanings(values):
        pass
    return values


def own_row(text: str | None) -> dict[str, str]:
    """The row of the ledger that a registration came from, by heading; nothing where it came from none."""
    said = json.loads(text) if text else {}
    return {str(heading): str(cell) for heading, cell in said.items()}


def kept(cells: Mapping[str, str], own: Mapping[str, str], rules: Rules) -> dict[str, str]:
    """The cells, in the center's own words where they mean what the facts say."""
    if not own:
        return dict(cells)
    ours, facts = read(own), read(cells)
    codes = {matter.name: code for code, matter in rules.matters.items()}
    says: dict[str, Callable[[Values], Any]] = {**SAYS, "matter": lambda values: codes.get(values["matter"] or "")}
    result = dict(cells)
    for name, heading in HEADING.items():
        written = own.get(heading, "")
        meaning = says.get(name, lambda values, name=name: values[name])
        silent = name in TEXTS and not cells.get(heading)
        if name == "remark":
            result[heading] = "；".join(filter(None, [written, cells.get(heading)]))
        elif name in NEVER_IN_FACTS or silent or meaning(ours) == meaning(facts):
            result[heading] = written
    return result


def staff_in(own: Mapping[str, str]) -> dict[str, Staff]:
    return {one.id: one for one in read(own)["team"] or ()} if own else {}
