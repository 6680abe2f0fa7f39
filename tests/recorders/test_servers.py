"""The servers of the tests open no door that is not theirs."""

import stat
import tempfile
from pathlib import Path

import pytest

from tests.servers import let_others_through


def test_only_temporary_folders_are_opened_and_only_for_passing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    closed = tmp_path / "closed"
    inner = closed / "inner"
    inner.mkdir(parents=True)
    closed.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "elsewhere"))
    with pytest.raises(PermissionError, match="nobody"):
        let_others_through(inner)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path.parents[-2]))
    let_others_through(inner)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701
