"""The whole tree at once: the same root, every node on the way of a leaf checked."""

import pytest

from shared.transparency.tree import DEFAULT, SUITES, NotProved, check_levels, held, inclusion, levels, root_of

LEAVES = [DEFAULT.leaf(str(n).encode()) for n in range(70)]


@pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))
@pytest.mark.parametrize("size", range(1, 70))
def test_the_last_level_is_the_root_whatever_the_size(size, suite):
    found = levels(LEAVES[:size], suite)
    assert found[-1] == [root_of(LEAVES[:size], suite)]
    check_levels(found, suite)


def test_the_hashes_of_an_inclusion_proof_are_nodes_of_the_levels():
    nodes = {node for level in levels(LEAVES) for node in level}
    assert all(set(inclusion(held(LEAVES), index, len(LEAVES))) <= nodes for index in range(len(LEAVES)))


@pytest.mark.parametrize(("level", "at"), [(0, 0), (0, 69), (1, 3), (4, 2), (6, 1), (7, 0)])
def test_one_node_that_is_another_is_noticed(level, at):
    found = levels(LEAVES)
    found[level][at] = bytes(32)
    with pytest.raises(NotProved):
        check_levels(found)
    with pytest.raises(NotProved):
        check_levels(levels(LEAVES)[:-1])
