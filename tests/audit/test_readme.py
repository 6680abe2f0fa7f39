"""The README's tables say what the code does, and everything that is found has its words in both languages."""

import ast
import re
from pathlib import Path
from typing import get_args

from deploy.auditing import reconcile, verify
from services.audit import app
from services.audit.desk import questions
from shared.words import catalogue

FOLDER = Path(app.__file__).parent
LINES = (FOLDER / "README.md").read_text("utf-8").splitlines()


def first_column(heading):
    start = next(n for n, line in enumerate(LINES) if line.startswith(f"| {heading}"))
    rows = LINES[
        start + 2 : start + 2 + next(n for n, line in enumerate(LINES[start + 2 :]) if not line.startswith("|"))
    ]
    return {re.search(r"`([^`]+)`", row)[1] for row in rows}, rows


def strings_given_to(*names):
    calls = [
        node for path in FOLDER.glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in names
    ]  # fmt: skip
    return {
        arg.value for call in calls for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    }


def test_the_questions_are_those_of_the_desk():
    named, rows = first_column("asked")
    assert named == questions(None, {}, None, "", "").keys()
    refused = {key for row in rows for key in re.findall(r"refused: `(\w+)`", row)}
    assert refused == strings_given_to("Refused") - {"SCHEMA"}
    assert all(catalogue()["why"][key].keys() >= {"zh", "en"} for key in refused)


def test_the_alarms_are_those_that_are_raised():
    assert first_column("alarm")[0] == strings_given_to("alarm", "_alarm")


def test_every_file_is_named():
    named = {name for line in LINES for name in re.findall(r"`(\w+\.py)`", line)}
    assert named == {path.name for path in FOLDER.glob("*.py")} - {"__init__.py"}


def test_whatever_is_found_has_its_words():
    words = catalogue()["audit"]
    keys = [f"is_{kind}" for kind in get_args(verify.Kind)] + [f"in_{where}" for where in get_args(verify.Where)]
    keys += [f"state_{state}" for state in get_args(reconcile.State)]
    keys += [f"repair_{name}_{state}" for name in reconcile.STORE_FIRST for state in ("missing", "differs")]
    keys += [f"repair_stream_{how}" for how in ("removed", "gathered_missing", "gathered_differs")]
    assert all(words[key].keys() >= {"zh", "en"} for key in keys)
