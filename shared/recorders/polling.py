"""The library's `subscribe()` by looking again: no NOTIFY in the writer's path, and it works on SQLite too."""

from threading import Thread
from time import sleep
from typing import Any

from eventsourcing.persistence import ApplicationRecorder, ListenNotifySubscription


class PollingSubscription(ListenNotifySubscription[ApplicationRecorder]):
    def __init__(self, *args: Any, pause: float = 0.05, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pause = pause
        self._looking = Thread(target=self._look_again, daemon=True)
        self._looking.start()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        try:
            super().__exit__(*args, **kwargs)
        finally:
            self._looking.join()

    def _look_again(self) -> None:
        while not self._has_been_stopped:
            self._has_been_notified.set()
            sleep(self._pause)
