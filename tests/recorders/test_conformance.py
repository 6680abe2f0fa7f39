"""Our recorders keep what the library promises: its own tests, through its own factory, with ids of both its types."""

import unittest
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.tests import persistence as promised

from shared.recorders import RECORDERS
from tests.recorders.conftest import BOTH, threads_joined

CASES = [
    promised.ApplicationRecorderTestCase,
    promised.TrackingRecorderTestCase,
    promised.ProcessRecorderTestCase,
    promised.NonInterleavingNotificationIDsBaseCase,
]
PROMISES = [(case, name) for case in CASES for name in unittest.TestLoader().getTestCaseNames(case)]
PROMISES.append((promised.ApplicationRecorderTestCase, "optional_test_insert_subscribe"))


@pytest.fixture(params=["uuid", "text"])
def id_type(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def factory(env: dict[str, str], id_type: str) -> Iterator[InfrastructureFactory[Any]]:
    """The library's own modules, told of our recorders by topic."""
    kind = env["PERSISTENCE_MODULE"].rpartition(".")[2]
    told = {"PERSISTENCE_MODULE": f"eventsourcing.{kind}", "PROCESS_RECORDER_TOPIC": RECORDERS[kind]}
    factory = InfrastructureFactory[Any].construct(env | told | {"ORIGINATOR_ID_TYPE": id_type})
    with threads_joined():
        yield factory
    factory.close()


@pytest.mark.parametrize("env", BOTH, indirect=True)
@pytest.mark.parametrize(("case", "promise"), PROMISES)
def test_keeps_what_the_library_promises(case: Any, promise: str, factory: InfrastructureFactory[Any], id_type: str):
    class Promise(case):  # the library's test case, whichever it is
        def create_recorder(self) -> Any:
            return factory.process_recorder()

        def new_originator_id(self) -> UUID | str:
            return uuid4() if id_type == "uuid" else f"appointment/{uuid4()}"

    getattr(Promise(promise), promise)()
