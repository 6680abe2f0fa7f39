"""The script that needs only python3: it makes an environment once, whole or not at all, and says what is missing."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.processes import until
from deploy.supervisor import ROOT

SCRIPT = ROOT / "doorstep"
DIGEST = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()

ANOTHER_MACHINE = """
import importlib.util, runpy, shutil, sys
find, sys.argv = importlib.util.find_spec, ["doorstep", "status"]
{difference}
runpy.run_path({script!r}, run_name="__main__")
"""
PYTHON = """#!/bin/sh
# Stands for the environment's own python: notes what it is asked.
echo "$*" >> {log}
case "$*" in *"pip install"*) {installing} ;; *) {otherwise} ;; esac
"""


def fake_venv(folder: Path, installing: str = "exit 0", otherwise: str = "exit 0") -> dict[str, str]:
    python = folder / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    text = PYTHON.format(log=folder / "asked", installing=installing, otherwise=otherwise)
    new = python.with_name("new")
    new.write_text(text)
    new.chmod(0o755)
    new.replace(python)
    return {**os.environ, "DOORSTEP_VENV": str(folder / "venv")}


def doorstep(*args: str, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, SCRIPT, *args], env=env, capture_output=True, text=True, check=False)


def asked(folder: Path, word: str) -> list[str]:
    return [line for line in (folder / "asked").read_text().splitlines() if word in line]


def on_another_machine(tmp_path: Path, difference: str) -> "subprocess.CompletedProcess[str]":
    program = ANOTHER_MACHINE.format(difference=difference, script=str(SCRIPT))
    env = {"DOORSTEP_VENV": str(tmp_path / "venv"), "PATH": "/nowhere", "LC_ALL": "C.UTF-8"}
    return subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("tool", "advice"),
    [
        ("apt", "sudo apt install python{0}-venv"),
        ("dnf", "sudo dnf install python{0}"),
        ("none", "sudo python{0}-venv"),
    ],
)
@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_it_names_the_package_that_venv_lacks(tmp_path: Path, module: str, tool: str, advice: str):
    done = on_another_machine(
        tmp_path,
        f"importlib.util.find_spec = lambda name: None if name == {module!r} else find(name)\n"
        f"shutil.which = lambda name: name if name == {tool!r} else None",
    )
    assert done.returncode == 2
    assert done.stderr.count(advice.format("{}.{}".format(*sys.version_info))) == 2, "in Chinese and in English"
    assert "请先安装" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_an_old_python_is_told_which_is_needed(tmp_path: Path):
    done = on_another_machine(tmp_path, "sys.version_info = (3, 9, 2)")
    assert done.returncode == 2
    assert "需要 Python 3.11" in done.stderr
    assert "this is 3.9" in done.stderr


def test_the_environment_is_made_once_for_each_lock(tmp_path: Path):
    env = fake_venv(tmp_path)
    assert doorstep("status", env=env).returncode == 0
    assert (tmp_path / "venv" / "doorstep.stamp").read_text() == DIGEST
    assert doorstep("case", "X", env=env).stderr == "", "nothing to say the second time"
    assert len(asked(tmp_path, "pip install")) == 1
    assert "--require-hashes" in asked(tmp_path, "pip install")[0]
    assert asked(tmp_path, "deploy.cli") == ["-P -m deploy.cli status", "-P -m deploy.cli case X"]
    (tmp_path / "venv" / "doorstep.stamp").write_text("of another lock")
    assert doorstep("status", env=env).returncode == 0
    assert len(asked(tmp_path, "pip install")) == 2


def test_an_installation_that_failed_leaves_no_stamp_and_is_done_anew(tmp_path: Path):
    done = doorstep("status", env=fake_venv(tmp_path, installing="exit 3"))
    assert done.returncode == 3
    assert "PIP_INDEX_URL" in done.stderr
    assert not (tmp_path / "venv" / "doorstep.stamp").exists()
    assert asked(tmp_path, "deploy.cli") == []
    assert doorstep("status", env=fake_venv(tmp_path)).returncode == 0
    assert (tmp_path / "venv" / "doorstep.stamp").read_text() == DIGEST


def test_ctrl_c_during_set_up_leaves_no_stamp(tmp_path: Path):
    env = fake_venv(tmp_path, installing="exec sleep 60")
    process = subprocess.Popen(
        [sys.executable, SCRIPT, "status"], env=env, start_new_session=True,
        # Where the tests run in the background it would be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # no threads here
    )  # fmt: skip
    assert until(lambda: (tmp_path / "asked").exists() and bool(asked(tmp_path, "pip install")), 10)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(10) == 130
    assert not (tmp_path / "venv" / "doorstep.stamp").exists()


def test_an_environment_that_was_never_finished_is_made_from_nothing(tmp_path: Path):
    broken, whole = (fake_venv(tmp_path / name, installing=end) for name, end in (("b", "exit 3"), ("w", "exit 0")))
    maker = tmp_path / "maker"  # stands for `python3 -m venv`
    maker.write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/made\nmkdir -p {tmp_path}/venv/bin\ntouch {tmp_path}/venv/pyvenv.cfg\n'
        f'case "$*" in *--clear*) from={whole["DOORSTEP_VENV"]} ;; *) from={broken["DOORSTEP_VENV"]} ;; esac\n'
        f"/bin/cp $from/bin/python {tmp_path}/venv/bin/python\n"
    )
    maker.chmod(0o755)
    difference = f"sys.executable = {str(maker)!r}\nimport os; os.environ['PATH'] = '/bin:/usr/bin'"
    assert on_another_machine(tmp_path, difference).returncode == 3
    assert on_another_machine(tmp_path, difference).returncode == 0
    made = f"-m venv {tmp_path}/venv", f"-m venv --clear {tmp_path}/venv"
    assert tuple((tmp_path / "made").read_text().splitlines()) == made
    assert (tmp_path / "venv" / "doorstep.stamp").read_text() == DIGEST
    assert not (tmp_path / "venv.unfinished").exists()


def test_english_alone_on_wish(tmp_path: Path):
    done = doorstep("status", env=fake_venv(tmp_path) | {"DOORSTEP_LANG": "en"})
    assert "Installed." in done.stderr
    assert done.stderr.isascii()


def test_tests_get_their_arguments(tmp_path: Path):
    assert doorstep("test", "-k", "one", env=fake_venv(tmp_path, otherwise="exit 0")).returncode == 0
    assert asked(tmp_path, "pytest") == ["-m pytest -k one"]


def test_check_goes_through_all_and_fails_if_one_does(tmp_path: Path):
    only_mypy = 'case "$*" in *mypy*) exit 1 ;; esac'
    done = doorstep("check", env=fake_venv(tmp_path, otherwise=only_mypy))
    assert done.returncode == 1
    assert "Failed: mypy" in done.stderr
    assert [len(asked(tmp_path, word)) for word in ("ruff check", "ruff format --check", "mypy", "lint-imports")] == [
        1,
        1,
        1,
        1,
    ]
    assert doorstep("check", env=fake_venv(tmp_path)).returncode == 0


def test_mining_has_an_environment_and_a_lock_of_its_own(tmp_path: Path):
    ours, beside = fake_venv(tmp_path / "ours"), fake_venv(tmp_path / "beside")
    env = ours | {"DOORSTEP_MINING_VENV": beside["DOORSTEP_VENV"]}
    assert doorstep("mining", "set-up", env=env).returncode == 0
    assert asked(tmp_path / "ours", "pytest") == []
    assert doorstep("mining", "-x", env=env).returncode == 0
    assert [line.rpartition("/")[2] for line in asked(tmp_path / "beside", "pip install")] == [
        "requirements-mining.lock"
    ]
    assert asked(tmp_path / "ours", "pytest") == ["-m pytest tests/audit/test_export_mining.py -x"]
    assert not any("mining.lock" in line for line in asked(tmp_path / "ours", "pip install"))


@pytest.mark.parametrize(("failing", "calls"), [
    ("mining", ["mining"]), ("test", ["mining", "test"]), ("test-long", ["mining", "test", "test-long"]),
    ("obligations", ["mining", "test", "test-long", "obligations"]),
    ("check", ["mining", "test", "test-long", "obligations", "check"]),
])  # fmt: skip
def test_ci_fails_when_the_readme_s_command_fails(tmp_path: Path, failing: str, calls: list[str]):
    make = tmp_path / "make"
    make.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/made\n[ "$1" != {failing} ]\n')
    make.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{Path(shutil.which('bash')).parent}"}
    assert subprocess.run([ROOT / ".ci" / "run"], env=env, check=False).returncode != 0
    assert (tmp_path / "made").read_text().split() == calls
