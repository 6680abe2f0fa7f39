"""One proof for many facts of a log: every hash that is needed to reach the root, once."""

from bisect import bisect_left
from collections.abc import Sequence

from services.audit.ledger import Log
from shared.transparency.checkpoint import base64
from shared.transparency.note import split
from shared.transparency.tree import Complete, Suite


def stretches(complete: Complete, size: int, places: Sequence[int], suite: Suite) -> dict[str, str]:
    """'begin-end' -> base64 of the hash over the leaves from begin to end: the largest stretches without a place.

    `places` start at 0 and are sorted. With the leaves at the places these are all that the root is made of.
    """
    found = dict[str, str]()

    def descend(begin: int, end: int, inside: Sequence[int]) -> None:
        if not inside:
            found[f"{begin}-{end}"] = base64(_over(complete, begin, end, suite))
        elif end - begin > 1:
            middle = _middle(begin, end)
            cut = bisect_left(inside, middle)
            descend(begin, middle, inside[:cut])
            descend(middle, end, inside[cut:])

    if places:
        descend(0, size, places)
    return found


def _over(complete: Complete, begin: int, end: int, suite: Suite) -> bytes:
    size = end - begin
    if size & (size - 1) == 0:
        return complete(size.bit_length() - 1, begin // size)
    middle = _middle(begin, end)
    return suite.node(_over(complete, begin, middle, suite), _over(complete, middle, end, suite))


def _middle(begin: int, end: int) -> int:
    return begin + (1 << (end - begin - 1).bit_length() - 1)


def best_checkpoint(log: Log, position: int) -> tuple[int, str] | None:
    """Which to prove by: of those that hold the position, the most countersigned, and of these the smallest.

    If none holds it, the last there is; None: nothing is sealed.
    """
    checkpoints = log.checkpoints()
    holding = [one for one in checkpoints if one[0] >= position]
    if not holding:
        return checkpoints[-1] if checkpoints else None
    return max(holding, key=lambda one: (len(split(one[1])[1]), -one[0]))
