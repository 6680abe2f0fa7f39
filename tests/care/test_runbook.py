"""The runbook, done: every command of every event, on a real site to which that event has happened."""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.commands import ROOT
from deploy.running import noted
from tests.faults.cities import city
from tests.faults.trial import CENTER, people

RUNBOOK = ROOT / "docs" / "runbook.zh-CN.md"
pytestmark = [pytest.mark.long, pytest.mark.nats, pytest.mark.timeout(180)]


def events(text: Path = RUNBOOK) -> dict[str, list[tuple[list[str], int]]]:
    """Heading -> its commands, each with the exit code that is expected."""
    found: dict[str, list[tuple[list[str], int]]] = {}
    for part in text.read_text("utf-8").split("\n## ")[1:]:
        commands = found.setdefault(part.partition("\n")[0], [])
        for block in re.findall(r"```console\n(.*?)```", part, re.DOTALL):
            for line in block.splitlines():
                said, _, code = line.partition("# →")
                commands.append((said.split()[1:], int(code or 0)))
    return found


@dataclass
class At:
    folder: Path
    case: str = ""

    @property
    def site(self) -> Path:
        return self.folder / "site"

    def do(self, words: list[str]) -> tuple[int, str]:
        names = {"SITE": self.site, "BACKUPS": self.folder / "backups", "PASS": self.folder / "pass",
                 "CASE": self.case, "EVIDENCE": self.folder / "evidence.zip"}  # fmt: skip
        command = [sys.executable, "-m", "deploy.cli", *(str(names.get(word, word)) for word in words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def follow(self, event: str) -> None:
        for words, expected in events()[event]:
            code, said = self.do(words)
            assert code == expected, f"{event}: {' '.join(words)}: {code}\n{said}"

    def works(self) -> str:
        """A case goes through; its number."""
        running = noted(self.site)
        assert running

        async def one() -> str:
            async with people(running, self.folder, 1) as outside:  # type: ignore[arg-type]  # all that it asks of a site
                return await outside.one_case()

        return asyncio.run(one())


@pytest.fixture(scope="module")
def at(tmp_path_factory) -> Iterator[At]:
    here = At(tmp_path_factory.mktemp("runbook"))
    (here.folder / "pass").write_text("a long enough passphrase")
    up = ["up", "--detach", "--folder", "SITE"]
    assert here.do(up)[0] == 0
    here.case = here.works()
    assert here.do(["backup", "--folder", "SITE", "--to", "BACKUPS", "--passphrase-file", "PASS"])[0] == 0
    here.works()  # what came after it
    yield here
    here.do(["down", "--folder", "SITE"])


def test_every_event_of_the_runbook_is_done_here():
    done = {name for name in globals() if name.startswith("test_")}
    assert len(events()) == len(done) - 2
    assert all(commands for commands in events().values())


def test_in_english_the_commands_are_the_same():
    assert list(events(RUNBOOK.with_name("runbook.md")).values()) == list(events().values())


def test_every_day(at):
    at.follow("每天")


def test_an_upgrade(at):
    at.follow("升级和回退")
    assert at.works()


def test_a_brokers_disk_is_lost(at):
    shutil.rmtree(at.site / "nats")
    at.follow("消息服务器的磁盘丢失（中心）")
    assert at.works()


def test_a_store_is_yesterdays(at):
    at.do(["down", "--folder", "SITE"])
    for path in at.site.glob("intake.sqlite*"):
        path.unlink()
    shutil.copy(min((at.folder / "backups").iterdir()) / "intake.sqlite", at.site)
    at.do(["up", "--detach", "--folder", "SITE"])
    at.follow("存储被恢复成了昨天的")
    assert at.works()


def test_a_key_is_known_to_others(at):
    at.follow("密钥泄露")
    assert at.works()


def test_personal_data_has_leaked(at):
    at.follow("个人信息泄露")


def test_all_disks_of_a_center_are_lost(at):
    at.do(["backup", "--folder", "SITE", "--to", "BACKUPS", "--passphrase-file", "PASS"])
    at.do(["down", "--folder", "SITE"])
    shutil.rmtree(at.site)
    at.follow("中心的磁盘全部丢失")
    assert at.works()


async def test_a_line_is_down(tmp_path):
    async with city(tmp_path, [CENTER], at_hub=["audit"]) as there:
        here = At(tmp_path)
        (tmp_path / "pass").write_text("a long enough passphrase")
        (tmp_path / "site").symlink_to(there.centers[CENTER].folder)
        there.link.cut()
        async with people(there.centers[CENTER], tmp_path, 1) as outside:
            assert await outside.one_case()
        commands = events()["线路中断三天"]
        for n, (words, expected) in enumerate(commands):
            if n == len(commands) - 2:
                there.link.heal()
            code, said = await asyncio.to_thread(here.do, words)
            assert code == expected, f"{' '.join(words)}: {code}\n{said}"
