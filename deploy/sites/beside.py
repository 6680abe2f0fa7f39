"""What runs beside the processes of a site, in a thread: it looks again and again, and waits for who is away."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

EVERY = 5.0  # seconds between two looks
AWAY = (NatsError, JetStreamError, OSError, TimeoutError)


class Beside(ABC):
    def __init__(self, name: str, tell: Callable[..., None]) -> None:
        self.name, self._tell, self._stop = name, tell, threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    async def look(self) -> None:
        """Once. Who is away is waited for."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(2 * EVERY)

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            try:
                asyncio.run(self.look())
            except AWAY as away:
                self._tell(f"{self.name} waits", error=type(away).__name__)
            except Exception as failure:  # noqa: BLE001  # what stands beside must not fall asleep for ever
                self._tell(f"{self.name} failed", error=f"{type(failure).__name__}: {failure}")
