"""When each case was committed: noted in the very process that commits, by the clock that all processes share."""

import time
from pathlib import Path
from typing import Any

import nats


class Stamps:
    def __init__(self) -> None:
        self._seen: list[tuple[str, int]] = []

    def note(self, stream: str) -> None:
        self._seen.append((stream, time.monotonic_ns()))

    async def tell(self, nats_url: str, role: str) -> None:
        """Answers how many there are, so that whoever sends knows when all is done."""
        connection: Any = await nats.connect(nats_url)

        async def answer(message: Any) -> None:
            await message.respond(str(len(self._seen)).encode())

        await connection.subscribe(f"bench.{role}.count", cb=answer)

    def write(self, path: Path) -> None:
        path.write_text("\n".join(f"{stream.partition('/')[2]} {at}" for stream, at in self._seen))


def read(path: Path) -> dict[str, int]:
    """Case -> nanoseconds."""
    lines = (line.split() for line in path.read_text().splitlines())
    return {case: int(at) for case, at in lines}
