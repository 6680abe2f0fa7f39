"""A small city on one machine: what its centers stored is at the hub, in order, and what they signed."""

import pytest

from deploy.cli import main

pytestmark = [pytest.mark.long, pytest.mark.nats, pytest.mark.timeout(180)]


def test_a_line_that_is_cut_and_healed_loses_nothing_and_the_hub_has_what_was_signed(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DOORSTEP_VAR", str(tmp_path))
    assert main(["city", "--rows", "4"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("6201")]
    assert [row[0] for row in rows] == ["620102", "620103", "620105"]
    assert all(row[2] == row[3] and int(row[2]) > 100 for row in rows)
    assert [row[4] != "—" for row in rows] == [True, False, False]  # one line was cut, and facts waited behind it
    assert all("✗" not in row for row in rows)
