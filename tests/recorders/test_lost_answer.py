"""The worst moment: the commit is done, and the line goes dead before the answer comes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from eventsourcing.persistence import StoredEvent

from shared.recorders import CommandKnown, CommandRow, Commit, CommitUnknown, open_recorder

FIRST = Commit([StoredEvent("request/CASE-0", 1, "x.v1", b"{}")], commands=[CommandRow("clerk", "c-0", b"", "{}")])
COMMIT = Commit([StoredEvent("request/CASE-A", 1, "x.v1", b"{}")], commands=[CommandRow("clerk", "c-1", b"", "{}")])


class Line:
    """Carries bytes both ways, until it is told to lose the next answer."""

    def __init__(self, port: int) -> None:
        self._to, self.lose = port, threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._open, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _open(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            threading.Thread(target=self._carry, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(server, client, True), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while (data := source.recv(65536)) and not (answers and self.lose.is_set()):
                target.sendall(data)
        if answers:
            self.lose.clear()
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes whoever reads from it


@contextmanager
def line(port: int) -> Iterator[Line]:
    line = Line(port)
    try:
        yield line
    finally:
        line.close()


@pytest.mark.timeout(20)
def test_a_commit_whose_answer_was_lost_is_in_and_says_so_when_it_is_looked_for(postgres_db: dict[str, str]):
    with line(int(postgres_db["POSTGRES_PORT"])) as proxy:
        env = postgres_db | {"POSTGRES_PORT": str(proxy.port), "POSTGRES_POOL_SIZE": "1", "POSTGRES_MAX_OVERFLOW": "0"}
        factory, recorder = open_recorder(env)
        recorder.commit(FIRST)  # the statement is prepared now: the next answer is that of the commit
        proxy.lose.set()
        with pytest.raises(CommitUnknown):
            recorder.commit(COMMIT)
        histories, known = recorder.look(["request/CASE-A"], [("clerk", "c-1")])
        assert histories["request/CASE-A"] == list(COMMIT.events)
        assert known == {("clerk", "c-1"): COMMIT.commands[0]}
        with pytest.raises(CommandKnown):
            recorder.commit(COMMIT)
        assert recorder.max_notification_id() == 2
        factory.close()
