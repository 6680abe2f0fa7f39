"""A line for trials and drills, that can be cut, made to swallow everything, and healed: a proxy in a thread."""

import asyncio
import threading
from contextlib import suppress
from typing import Self, TypeAlias

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


class Link:
    """`cut`: connections are broken and refused. `hole`: they stand, and nothing comes through."""

    def __init__(self, port: int) -> None:
        self._to, self.port, self.state = port, 0, "up"
        self._loop = asyncio.new_event_loop()
        self._writers = set[asyncio.StreamWriter]()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def cut(self) -> None:
        self.state = "cut"
        self._loop.call_soon_threadsafe(self._drop)

    def hole(self) -> None:
        self.state = "hole"

    def heal(self) -> None:
        """A hole leaves gaps in what was said, so what stood is broken too."""
        was, self.state = self.state, "up"
        if was == "hole":
            self._loop.call_soon_threadsafe(self._drop)

    def _drop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._passed, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()

    async def _passed(self, reader: Reader, writer: Writer) -> None:
        if self.state == "cut":
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, there_writer}
        await asyncio.gather(self._one_way(reader, there_writer), self._one_way(there_reader, writer))
        self._writers -= {writer, there_writer}

    async def _one_way(self, reader: Reader, writer: Writer) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while data := await reader.read(65536):
                if self.state == "up":
                    writer.write(data)
                    await writer.drain()
        with suppress(OSError):
            writer.transport.abort()
