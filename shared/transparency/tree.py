"""The Merkle tree of RFC 6962 over stored bytes: roots, and proofs that a leaf is in it or that it only grew.

Positions here start at 0. A tree is read by `complete(level, index)`: the hash over the 2**level leaves that start at
index * 2**level; whatever keeps such hashes answers a proof in a logarithm of the size.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Complete = Callable[[int, int], bytes]


@dataclass(frozen=True)
class Suite:
    """What hashes the tree. Signatures are Ed25519: this build has no SM2, so there is no suite that claims it."""

    name: str
    hash: str

    def digest(self, content: bytes) -> bytes:
        return hashlib.new(self.hash, content).digest()

    def leaf(self, stored: bytes) -> bytes:
        return self.digest(b"\0" + stored)

    def node(self, left: bytes, right: bytes) -> bytes:
        return self.digest(b"\1" + left + right)


class Sha256(Suite):
    """Without the look-up by name, which costs as much as the hash itself."""

    def digest(self, content: bytes) -> bytes:
        return hashlib.sha256(content).digest()


SUITES: dict[str, Suite] = {
    suite.name: suite for suite in (Sha256("sha256-ed25519", "sha256"), Suite("sm3-ed25519", "sm3"))
}
DEFAULT = SUITES["sha256-ed25519"]


class NotProved(Exception):
    """The proof does not show what it should."""


@dataclass
class Growing:
    """A tree that is only added to: at most one complete subtree for each bit of its size."""

    suite: Suite = DEFAULT
    size: int = 0
    peaks: list[bytes] = field(default_factory=list)  # the largest subtree first

    def copy(self) -> "Growing":
        return Growing(self.suite, self.size, list(self.peaks))

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Takes a leaf hash. The subtrees above it that it completes, as (level, index, hash)."""
        completed, node, position, level = [], leaf, self.size, 0
        while position & 1:
            node = self.suite.node(self.peaks.pop(), node)
            position >>= 1
            level += 1
            completed.append((level, position, node))
        self.peaks.append(node)
        self.size += 1
        return completed

    def root(self) -> bytes:
        if not self.peaks:
            return self.suite.digest(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = self.suite.node(peak, root)
        return root


def root_of(leaves: Iterable[bytes], suite: Suite = DEFAULT) -> bytes:
    tree = Growing(suite)
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def levels(leaves: Sequence[bytes], suite: Suite = DEFAULT) -> list[list[bytes]]:
    """The whole tree, its leaves first and its root last. A node without a neighbour goes up as it is."""
    found = [list(leaves)]
    while len(found[-1]) > 1:
        found.append(_above(found[-1], suite))
    return found


def check_levels(found: Sequence[Sequence[bytes]], suite: Suite = DEFAULT) -> None:
    """That every leaf leads to the root, by every node on its way: all ways at once, since they share them.

    Raises `NotProved`.
    """
    for below, level in pairwise(found):
        if _above(below, suite) != level:
            raise NotProved("a node is not that of the two below it")
    if len(found[-1]) > 1:
        raise NotProved("there is no root")


def _above(below: Sequence[bytes], suite: Suite) -> list[bytes]:
    node = suite.node
    pairs = [node(left, right) for left, right in zip(below[::2], below[1::2], strict=False)]
    return [*pairs, below[-1]] if len(below) % 2 else pairs


def held(leaves: Sequence[bytes], suite: Suite = DEFAULT) -> Complete:
    """A reader of leaf hashes that are all in memory."""

    def complete(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        return suite.node(complete(level - 1, 2 * index), complete(level - 1, 2 * index + 1))

    return complete


def root_at(complete: Complete, size: int, suite: Suite = DEFAULT) -> bytes:
    """The root of the first `size` leaves."""
    return _subtree(complete, 0, size, suite) if size else suite.digest(b"")


def inclusion(complete: Complete, index: int, size: int, suite: Suite = DEFAULT) -> list[bytes]:
    """RFC 6962, 2.1.1: from the leaf's neighbour up."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    proof, begin, end = list[bytes](), 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            proof.append(_subtree(complete, middle, end, suite))
            end = middle
        else:
            proof.append(_subtree(complete, begin, middle, suite))
            begin = middle
    return proof[::-1]


def consistency(complete: Complete, old: int, new: int, suite: Suite = DEFAULT) -> list[bytes]:
    """RFC 6962, 2.1.2: that the first `old` leaves of `new` are the tree that was."""
    if not 0 <= old <= new:
        raise ValueError(f"{old} is not an earlier size of {new}")
    if old in {0, new}:
        return []
    proof, begin, end, whole = list[bytes](), 0, new, True
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            proof.append(_subtree(complete, middle, end, suite))
            end = middle
        else:
            proof.append(_subtree(complete, begin, middle, suite))
            begin, whole = middle, False
    if not whole:
        proof.append(_subtree(complete, begin, end, suite))
    return proof[::-1]


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes, suite: Suite = DEFAULT
) -> None:
    """RFC 9162, 2.1.3.2. Raises `NotProved`."""
    if not 0 <= index < size:
        raise NotProved("the index is outside the tree")
    fn, sn, reached = index, size - 1, leaf
    for hash in proof:
        if sn == 0:
            raise NotProved("the proof is too long")
        if fn & 1 or fn == sn:
            reached = suite.node(hash, reached)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            reached = suite.node(reached, hash)
        fn, sn = fn >> 1, sn >> 1
    if sn or reached != root:
        raise NotProved("the proof does not lead to the root")


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes], suite: Suite = DEFAULT
) -> None:
    """RFC 9162, 2.1.4.2. Raises `NotProved`."""
    if not 0 <= old <= new:
        raise NotProved("the tree became smaller")
    if old in {0, new}:
        if proof or (old and old_root != new_root) or (not old and old_root != suite.digest(b"")):
            raise NotProved("not the same tree")
        return
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not hashes:
        raise NotProved("the proof is empty")
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    before = after = hashes[0]
    for hash in hashes[1:]:
        if sn == 0:
            raise NotProved("the proof is too long")
        if fn & 1 or fn == sn:
            before, after = suite.node(hash, before), suite.node(hash, after)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            after = suite.node(after, hash)
        fn, sn = fn >> 1, sn >> 1
    if sn or before != old_root or after != new_root:
        raise NotProved("the proof does not lead to both roots")


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return int(1 << ((size - 1).bit_length() - 1))


def _subtree(complete: Complete, begin: int, end: int, suite: Suite) -> bytes:
    size = end - begin
    if size & (size - 1) == 0:  # begin is a multiple of it: subtrees are cut at powers of two
        return complete(size.bit_length() - 1, begin // size)
    middle = begin + _split(size)
    return suite.node(_subtree(complete, begin, middle, suite), _subtree(complete, middle, end, suite))
