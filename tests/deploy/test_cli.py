"""The command's parts that start, show and stop a site, as a person types them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import cli
from deploy.running import noted
from deploy.supervisor import ROOT


def command(var: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "DOORSTEP_VAR": str(var), "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-P", "-m", "deploy.cli", *args]
    return subprocess.run(line, env=env, cwd="/", capture_output=True, text=True, check=False)


@pytest.mark.nats
def test_up_in_the_background_then_status_then_down(tmp_path: Path):
    up = command(tmp_path, "up", "--detach", "--services")
    assert up.returncode == 0, up.stdout + up.stderr
    try:
        running = noted(tmp_path / "live")
        assert running.nats_url in up.stdout
        assert os.getsid(running.supervisor.pid) == running.supervisor.pid, "closing the terminal does not end it"
        again = command(tmp_path, "up", "--detach", "--services")
        assert (again.returncode, "已在运行" in again.stdout) == (3, True)
        status = command(tmp_path, "status", "--en")
        assert status.returncode == 0
        assert f"nats: process {running.processes['nats'].pid}, alive, restarted 0 times" in status.stdout
    finally:
        down = command(tmp_path, "down")
    assert (down.returncode, "已停止" in down.stdout) == (0, True)
    assert not running.alive
    assert not running.processes["nats"].alive
    assert "没有正在运行的服务" in command(tmp_path, "down").stdout
    assert command(tmp_path, "status").returncode == 1


def test_a_center_without_data_is_not_started(tmp_path: Path):
    done = command(tmp_path, "up", "--center", "999999")
    assert (done.returncode, "999999" in done.stdout) == (2, True)
    assert not (tmp_path / "live").exists()


def test_help_is_chinese_with_english_beside(capsys: pytest.CaptureFixture[str]):
    assert cli.main([]) == 0
    shown = capsys.readouterr().out
    assert "停止运行 / stop" in shown
    assert "运行测试 / run the tests" in shown


def test_a_command_without_a_module_is_absent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(cli, "COMMANDS", ("status", "not_written"))
    with pytest.raises(SystemExit) as refusal:
        cli.main(["not_written"])
    assert refusal.value.code == 2
    assert "not_written" not in cli.parser_for(None).format_help()
    assert "invalid choice" in capsys.readouterr().err
