"""The tree against RFC 6962: known vectors, the RFC's own definition written down again, and proofs that are bent."""

from hashlib import new, sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.transparency.tree import (
    SUITES,
    Growing,
    NotProved,
    check_consistency,
    check_inclusion,
    consistency,
    held,
    inclusion,
    root_of,
)

SHA, SM3 = SUITES["sha256-ed25519"], SUITES["sm3-ed25519"]
INPUTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (  # certificate-transparency's merkle_tree_test, for 1 to 8 of these inputs
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def mth(inputs, hash="sha256"):
    """RFC 6962, 2.1, word for word."""
    if not inputs:
        return new(hash).digest()
    if len(inputs) == 1:
        return new(hash, b"\0" + inputs[0]).digest()
    k = 1
    while k * 2 < len(inputs):
        k *= 2
    return new(hash, b"\1" + mth(inputs[:k], hash) + mth(inputs[k:], hash)).digest()


def leaves(inputs, suite=SHA):
    return [suite.leaf(each) for each in inputs]


def test_the_roots_are_those_of_the_known_vectors():
    assert root_of([]) == sha256(b"").digest()
    assert [root_of(leaves(INPUTS[:size])).hex() for size in range(1, 9)] == list(ROOTS)
    assert [mth(INPUTS[:size]).hex() for size in range(1, 9)] == list(ROOTS)


def test_the_proofs_are_those_of_the_known_vectors():
    complete = held(leaves(INPUTS))
    assert [hash.hex() for hash in inclusion(complete, 5, 8)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [hash.hex() for hash in consistency(complete, 6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("suite", [SHA, SM3], ids=lambda suite: suite.name)
def test_every_proof_of_every_small_tree_holds(suite):
    inputs = [bytes([n]) * n for n in range(33)]
    hashes = leaves(inputs, suite)
    complete = held(hashes, suite)
    for size in range(1, 33):
        root = mth(inputs[:size], suite.hash)
        assert root_of(hashes[:size], suite) == root
        for index in range(size):
            check_inclusion(hashes[index], index, size, inclusion(complete, index, size, suite), root, suite)
        for old in range(size + 1):
            proof = consistency(complete, old, size, suite)
            check_consistency(old, mth(inputs[:old], suite.hash), size, root, proof, suite)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_bent_proof_does_not_hold(data):
    size = data.draw(st.integers(2, 40))
    old, index = data.draw(st.integers(1, size - 1)), data.draw(st.integers(0, size - 1))
    inputs = [bytes([n]) for n in range(size)]
    hashes, root = leaves(inputs), mth(inputs)
    inside, grown = inclusion(held(hashes), index, size), consistency(held(hashes), old, size)

    def bent(proof):
        kind = data.draw(st.sampled_from(["flip", "drop", "more"]))
        if kind == "more":
            return [*proof, proof[0]]
        at = data.draw(st.integers(0, len(proof) - 1))
        new = [] if kind == "drop" else [bytes([proof[at][0] ^ 1]) + proof[at][1:]]
        return [*proof[:at], *new, *proof[at + 1 :]]

    with pytest.raises(NotProved):
        check_inclusion(hashes[index], index, size, bent(inside), root)
    with pytest.raises(NotProved):
        check_inclusion(hashes[index - 1], index, size, inside, root)
    with pytest.raises(NotProved):
        check_consistency(old, mth(inputs[:old]), size, root, bent(grown))
    with pytest.raises(NotProved):
        check_consistency(old, mth([b"other", *inputs[1:old]]), size, root, grown)


def test_a_growing_tree_says_which_subtrees_it_completed():
    hashes, tree, known = leaves([bytes([n]) for n in range(23)]), Growing(), {}
    for hash in hashes:
        known |= {(level, index): node for level, index, node in tree.add(hash)}
    whole = held(hashes)
    assert known == {(level, index): whole(level, index) for level in range(1, 5) for index in range(23 >> level)}


def test_no_suite_claims_what_it_does_not_do():
    assert set(SUITES) == {"sha256-ed25519", "sm3-ed25519"}
    assert SM3.digest(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
