"""Arrays as PostgreSQL reads them in binary. A commit is made of them; psycopg's own look at every element thrice."""

from collections.abc import Iterable
from struct import Struct
from uuid import UUID

from psycopg import adapters
from psycopg.adapt import Dumper
from psycopg.pq import Format

BYTEA, INT8, TEXT, UUIDS = 17, 20, 25, 2950  # PostgreSQL's numbers of the types
HEAD, EMPTY = Struct("!iiIii"), Struct("!iiI")  # dimensions, has nulls, type; then for each: how many, from where on
LENGTH, NUMBER = Struct("!i"), Struct("!iq")


class Array(bytes):
    """A parameter that is ready to be sent; what it is an array of, the statement says by a cast."""


class ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Array) -> Array:
        return obj


adapters.register_dumper(Array, ArrayDumper)


def array(kind: int, items: Iterable[bytes]) -> Array:
    return _array(kind, [LENGTH.pack(len(item)) + item for item in items])


def texts(items: Iterable[str]) -> Array:
    return array(TEXT, [item.encode() for item in items])


def numbers(items: Iterable[int]) -> Array:
    return _array(INT8, [NUMBER.pack(8, item) for item in items])


def uuids(items: Iterable[UUID]) -> Array:
    return array(UUIDS, [item.bytes for item in items])


def _array(kind: int, parts: list[bytes]) -> Array:
    head = HEAD.pack(1, 0, kind, len(parts), 1) if parts else EMPTY.pack(0, 0, kind)
    return Array(head + b"".join(parts))
