"""Logs: a line is one sentence without values and keys that are on the list; what is not would be dropped unseen."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.logs import ALLOWED, only_allowed

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
OURS = {"event", "level", "timestamp", "service"}  # put there by the machinery
FILES = sorted(
    str(path.relative_to(ROOT)) for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py")
    if "structlog" in path.read_text("utf-8")
)  # fmt: skip


def calls(file: str) -> Iterator[ast.Call]:
    """`log.warning(…)` and its like."""
    for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level)) if level in LEVELS:
                yield node


def keys(file: str) -> set[str | None]:
    return {keyword.arg for call in calls(file) for keyword in call.keywords}


def test_something_is_logged():
    assert len(FILES) > 10
    assert sum(len(list(calls(file))) for file in FILES) > 30


@pytest.mark.parametrize("file", FILES)
def test_every_key_is_on_the_list(file):
    assert keys(file) - ALLOWED == set()


@pytest.mark.parametrize("file", FILES)
def test_a_line_says_one_sentence_without_values(file):
    for call in calls(file):
        (said,) = call.args
        assert isinstance(said, ast.Constant), f"{file}:{call.lineno}"
        assert isinstance(said.value, str)


@pytest.mark.parametrize("file", FILES)
def test_an_error_is_named_by_its_kind_and_never_by_its_words(file):
    """What it says may hold what somebody sent: only its class, or a word of ours, gets into a line."""
    for call in calls(file):
        for keyword in call.keywords:
            if keyword.arg == "error":
                named = ast.unparse(keyword.value)
                assert isinstance(keyword.value, ast.Constant) or named.startswith("type("), f"{file}:{call.lineno}"


def test_no_key_is_on_the_list_that_nobody_uses():
    assert ALLOWED - OURS - {key for file in FILES for key in keys(file)} == set()


def test_the_list_is_what_gets_through():
    line = dict.fromkeys([*ALLOWED, "name", "phone"], "x")
    assert only_allowed(None, "info", line).keys() == ALLOWED
