"""All cases of a month as the rows of a ledger, numbered on from the numbers that the paper had given."""

from collections.abc import Mapping, Sequence

from deploy.export.cases import Case
from deploy.export.own_words import kept, own_row, staff_in
from deploy.export.row import HEADING, Names, Opened, row_of
from shared.rules import Rules

SERIAL = HEADING["serial"]


def ledger_rows(cases: Sequence[Case], opened: Mapping[str, Opened] | None, rules: Rules) -> list[dict[str, str]]:
    """One row a case, in the order given. `opened` by case number; None: masked, from facts alone."""
    own = {case.number: _own(case, opened) for case in cases}
    names = Names(rules, {id: one for row in own.values() for id, one in staff_in(row).items()})
    rows = [
        kept(row_of(case, opened.get(case.number, Opened()) if opened is not None else None, names),
             own[case.number], rules)
        for case in cases
    ]  # fmt: skip
    _number(rows)
    return rows


def _own(case: Case, opened: Mapping[str, Opened] | None) -> dict[str, str]:
    texts = opened[case.number].texts if opened and case.number in opened else {}
    return own_row(texts.get(case.registered.get("ledger_text") or ""))


def _number(rows: Sequence[dict[str, str]]) -> None:
    given = [int(row[SERIAL]) for row in rows if row.get(SERIAL, "").isdigit()]
    number = max(given, default=0)
    for row in rows:
        if not row.get(SERIAL):
            number += 1
            row[SERIAL] = str(number)
