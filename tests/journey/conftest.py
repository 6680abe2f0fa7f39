"""One play of the whole sample ledger for all tests of this folder: it takes half a minute."""

import pytest

from tests.journey.playing import Played, play, sample


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("month") / "played", sample())
