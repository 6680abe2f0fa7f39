"""The benchmark of replay measures what it says: both ways come to the same situations (`replay` compares them)."""

import pytest

from tests.bench.replay import facts, pages, replay, tree


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.postgres
def test_stock_and_ours_come_to_the_same_situations(kind, tmp_path, postgres):
    seen = replay(tmp_path, postgres, kind, 2000)
    assert seen["streams"] > 100
    assert min(*seen["stock"].values(), *seen["ours"].values()) > 0


def test_a_tree_is_built_and_checked_and_a_case_worked_out(tmp_path):
    assert tree(300)["cpu"] > 0
    assert pages(tmp_path, 2000)["p99 ms"] > 0


def test_facts_of_the_months_that_follow_are_in_streams_of_their_own():
    rows = list(facts(16_000))
    assert len({(stream, version) for stream, version, _, _ in rows}) == len(rows)
    assert all(f'"subject":"{stream}"'.encode() in document for stream, _, _, document in rows)
