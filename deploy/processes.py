"""Processes: told apart from strangers by /proc, kept alive, ended in order."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
SETTLED = 10.0  # seconds alive after which a death is not counted with the ones before


@dataclass(frozen=True)
class Known:
    """A process by more than its number, which the system gives to others later on."""

    pid: int
    started: int  # in clock ticks since the machine's start
    command: tuple[str, ...]

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """None when there is no such process (or only its remains)."""
        for _ in range(500):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
                after_name = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            except OSError:
                return None
            if after_name[0] in {"Z", "X"}:
                return None
            if command:
                return cls(pid, int(after_name[19]), tuple(word.decode("utf-8", "replace") for word in command))
            time.sleep(0.002)  # it has just been started: its command line is not there yet
        return None

    @classmethod
    def from_json(cls, noted: Mapping[str, Any]) -> Self:
        return cls(int(noted["pid"]), int(noted["started"]), tuple(noted["command"]))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def alive(self) -> bool:
        return Known.of(self.pid) == self

    def end(self, patience: float) -> bool:
        """Ask, wait, then make it; only if it still is the one that was noted. Says whether it was there."""
        if not self.alive:
            return False
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sign)
            if until(lambda: not self.alive, patience):
                break
        return True


def until(fulfilled: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not fulfilled():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def free_port() -> int:
    """Below the range that the system gives to clients: one that reconnects there could be given the port itself."""
    for port in random.sample(range(20000, 30000), 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port")


class Kept:
    """One process that is started again when it dies, later and later while it keeps dying."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        folder: Path,
        log: Path,
        *,
        note: Callable[..., None],
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        """`ready` waits until the process can be used and raises if it cannot; `note` writes down what happened."""
        self.name, self.restarts = name, 0
        self._command, self._env, self._folder, self._log = list(command), dict(env), folder, log
        self._note, self._ready = note, ready
        self._process: subprocess.Popen[bytes] | None = None
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._keeper = threading.Thread(target=self._keep, name=f"keeper of {name}", daemon=True)
        self.known: Known | None = None

    @property
    def pid(self) -> int | None:
        """None between a death and the next start."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        self._launch()
        self._ready()
        self._keeper.start()

    def kill(self) -> int:
        """kill -9, for tests of what happens then. The number of the process that was killed."""
        process = self._process
        if process is None or process.poll() is not None:
            raise ProcessLookupError(self.name)
        process.kill()
        return process.pid

    def ask_to_stop(self) -> None:
        with self._lock:
            self._stopping.set()
            if self._process:
                self._process.terminate()

    def stop(self, patience: float) -> None:
        self.ask_to_stop()
        if not self._process:
            return
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._note("killed", name=self.name, patience=patience)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._keeper.is_alive():
            self._keeper.join()

    def _launch(self) -> None:
        with self._lock:
            if self._stopping.is_set():
                return
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603  # the command is ours
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self._folder,
                    env=self._env,
                    start_new_session=True,  # Ctrl-C is for us to pass on, in order
                )
            self.known = Known.of(self._process.pid)
        self._note("started", name=self.name, pid=self._process.pid)

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while self._process:
            since = time.monotonic()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            if time.monotonic() - since > SETTLED:
                pause = FIRST_PAUSE
            self._note("died", name=self.name, code=code, again_in=pause)
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE)
            self.restarts += 1
            self._again()

    def _again(self) -> None:
        try:
            self._launch()
            self._ready()
        except Exception as failure:  # noqa: BLE001  # it is tried again, as after any other death
            if not self._stopping.is_set():
                self._note("not ready", name=self.name, why=repr(failure))
                with contextlib.suppress(ProcessLookupError):
                    self.kill()
