"""The benchmark of sealing measures what it says: the audit seals in one window, and stands still in the other."""

import asyncio

import pytest

from tests.bench.sealing import measured


@pytest.mark.nats
@pytest.mark.long
@pytest.mark.timeout(180)
def test_in_a_pair_of_windows_commands_are_answered_and_facts_sealed(tmp_path):
    (pair,) = asyncio.run(measured(tmp_path, 1, 2))
    assert min(pair.alone, pair.beside) > 0
    assert pair.commands > 400
    assert pair.sealed > 200
