"""A draw that anybody can repeat, without our programs: the order of SHA-256 hashes decides. Pure.

Each number of the population is hashed with the seed before it: SHA-256(seed, line feed, number), UTF-8; the numbers
are sorted by these hashes and the first n are drawn. So a larger sample holds the smaller one, and a case that is drawn
stays drawn while others come to the population unless they come before it. By hand, for each number:

    printf '%s\\n%s' "$seed" "$number" | sha256sum

The population is told by its digest: the SHA-256 of its sorted numbers, each followed by a line feed (`sha256sum` of a
file of them).
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple


def rank(seed: str, number: str) -> str:
    return sha256(f"{seed}\n{number}".encode()).hexdigest()


def draw(numbers: Iterable[str], seed: str, size: int) -> list[str]:
    """In the order in which they are drawn; all of them where there are fewer."""
    return sorted(set(numbers), key=lambda number: rank(seed, number))[:size]


def digest(numbers: Iterable[str]) -> str:
    return sha256("".join(f"{number}\n" for number in sorted(set(numbers))).encode()).hexdigest()


class Drawn(NamedTuple):
    """What a draw was made from, and what came of it."""

    seed: str
    size: int
    where: str
    population: int
    digest: str
    cases: tuple[str, ...]


def drawn(numbers: Sequence[str], seed: str, size: int, where: str) -> Drawn:
    return Drawn(seed, size, where, len(numbers), digest(numbers), tuple(draw(numbers, seed, size)))
