"""Several processes share the tests by file, so that what a file sets up is set up once."""

import os

import pytest


def test_a_file_stays_in_one_process(request):
    if "PYTEST_XDIST_WORKER" not in os.environ or not request.config.getvalue("loadgroup"):
        pytest.skip("one process runs all")
    assert request.node.nodeid.endswith("@tests/test_groups.py"), "pytest-xdist does not hear of our groups"
