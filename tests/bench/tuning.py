"""How the peer is set up best on this machine: tried out before the runs, for each store and each kind of load."""

from collections.abc import Mapping
from pathlib import Path

from tests.bench.flow import Sizes, flow
from tests.bench.stage import Kind

Ways = Mapping[str, str]
WAYS: tuple[Ways, ...] = tuple(
    {"PEER_WORKERS": str(workers), "PEER_PAGE": str(page), "PEER_PAGE_TIMEOUT": timeout, "POSTGRES_POOL_SIZE": pool}
    for workers, page, timeout, pool in (
        (1, 1, "1", "1"),
        (4, 1, "1", "4"),
        (8, 16, "0.02", "8"),
        (16, 64, "0.05", "16"),
        (32, 100, "0.05", "16"),
    )  # fmt: skip
)
UNTRIED = {"saturation": WAYS[2], "steady": WAYS[1]}


async def tuned(
    kind: Kind, folder: Path, postgres: Mapping[str, str], sizes: Sizes, in_flight: int, pace: float
) -> dict[str, Ways]:
    """The way with most commands per second at saturation, and the one with the lowest p50 at a steady pace."""
    if not sizes.trial:
        return dict(UNTRIED)
    most, quickest = list[tuple[float, int]](), list[tuple[float, int]]()
    for index, way in enumerate(WAYS):
        same = {"seconds": sizes.trial, "warm_up": 50, "tuning": way}
        full = await flow("peer", kind, folder, postgres, in_flight=in_flight, **same)
        most.append((full.per_second, index))
        if full.per_second > pace:  # who cannot keep the pace is not the quickest at it
            quickest.append(((await flow("peer", kind, folder, postgres, per_second=pace, **same)).p50, index))
    best = WAYS[max(most)[1]]
    return {"saturation": best, "steady": WAYS[min(quickest)[1]] if quickest else best}
