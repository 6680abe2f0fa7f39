"""Two writers in each other's way."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from eventsourcing.persistence import Notification, StoredEvent

from shared.recorders import CommandRow, Commit, Recorder, StaleRead

SHARED = "day_plan/620105-20260303"


def event(stream: str, version: int, state: bytes = b"{}") -> StoredEvent:
    return StoredEvent(stream, version, "it_happened.v1", state)


def streams(notifications: Iterable[Notification]) -> list[tuple[int, str, int]]:
    return [(one.id, str(one.originator_id), one.originator_version) for one in notifications]


def race(one: Recorder, other: Recorder, rounds: int = 40) -> int:
    """Both append to the same stream and to streams of their own; returns how often somebody was late."""
    start = threading.Barrier(2)

    def write(me: int, mine: Recorder) -> int:
        version, late = 0, 0
        start.wait()
        for n in range(rounds):
            while True:
                version += 1
                both = [event(SHARED, version), event(f"request/{me}-{n}", 1)]
                try:
                    base = mine.commit(Commit(both, commands=[CommandRow(f"{me}", f"{n}", b"", "{}")]))
                except StaleRead:
                    late += 1
                    version = mine.versions([SHARED])[SHARED]
                    continue
                together = [(base + 1, SHARED, version), (base + 2, f"request/{me}-{n}", 1)]
                assert streams(mine.select_notifications(base + 1, 2)) == together
                break
        return late

    with ThreadPoolExecutor(2) as pool:
        late = sum(done.result() for done in [pool.submit(write, 0, one), pool.submit(write, 1, other)])
    log = streams(one.select_notifications(1, 1000))
    assert [position for position, _, _ in log] == list(range(1, 4 * rounds + 1))
    assert [version for _, stream, version in log if stream == SHARED] == list(range(1, 2 * rounds + 1))
    return late
