"""A center's forms, as its `forms.toml` words them: which facts each rests on, its rows, what is to be signed."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from shared.phrases import TabooPhrase, load_language, taboo_in


@dataclass(frozen=True)
class Table:
    """One row a fact of these types; a column shows a field, or `@type`: when such a fact came for the same item."""

    of: Sequence[str]
    columns: Sequence[tuple[str, str]]
    empty: int = 0  # ruled rows to go on by hand


@dataclass(frozen=True)
class Form:
    """`grounds`: it is given out only where one of these facts is. `number`: the field that holds the paper's number.

    Texts have blanks, `{fact.field}`; what no fact says is a line to write on. A row whose label begins with `?` is
    left out then; `tall` rows have room to write. `explains`: a paragraph for the code that `explain` holds. `person`:
    what the vault is asked for. `carried`: blanks of it are taken along to be filled in at the door.
    """

    kind: str
    title: str
    grounds: Sequence[str]
    prefix: str = "SMFW"
    number: str = ""
    paper: Literal["A4", "A5"] = "A4"
    purpose: str = "handling"
    person: Sequence[str] = ("name",)
    says: Sequence[str] = ()
    rows: Sequence[tuple[str, str]] = ()
    tall: Sequence[str] = ()
    lists: Sequence[str] = ()
    table: Table | None = None
    explain: str = ""
    explains: Mapping[str, str] = field(default_factory=dict)
    after: Sequence[str] = ()
    signs: Sequence[str] = ()
    seal: bool = True
    carried: bool = False
    rules: Sequence[str] = ()

    @property
    def texts(self) -> list[str]:
        rows = [part for row in self.rows for part in row]
        return [self.title, *self.says, *rows, *self.after, *self.signs, *self.explains.values()]


@dataclass(frozen=True)
class Forms:
    version: str
    forms: Mapping[str, Form]


@cache
def load_forms(folder: Path) -> Forms:
    """Raises `TabooPhrase`, as the messages do: what is handed over is read by the same people."""
    said = tomllib.loads((folder / "forms.toml").read_text("utf-8"))
    forms = {kind: _form(kind, entry) for kind, entry in said["forms"].items()}
    taboo = load_language(folder).taboo
    for kind, form in forms.items():
        if found := next(filter(None, (taboo_in(text, taboo) for text in form.texts)), None):
            raise TabooPhrase(f"{kind}: {found}")
    return Forms(said["version"], forms)


def _form(kind: str, entry: dict[str, Any]) -> Form:
    table = entry.pop("table", None)
    rows = [(label, text) for label, text in entry.pop("rows", [])]
    return Form(kind, **entry, rows=rows, table=Table(**table) if table else None)
