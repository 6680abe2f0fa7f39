"""One case the longest way: everything that the standard provides for happens to it, and one page tells it all."""

import asyncio

import nats
import pytest

from deploy.facts import Site as Facts
from deploy.supervisor import Site
from tests.journey.longest_after import settling
from tests.journey.longest_asking import asking
from tests.journey.longest_visits import visiting
from tests.journey.test_live_case import CENTER, Center

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]


async def _whole(site: Site) -> str:
    connection = await nats.connect(site.nats_url)
    try:
        center = Center(connection, site)
        for part in (asking, visiting, settling):
            await part(center)
        return center.case
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def longest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("longest")
    with Site(folder, CENTER, mode="played", env=lambda _: {"GATEWAY": "simulated"}) as site:
        case = asyncio.run(_whole(site))
        facts = Facts(folder).case(case)
    return folder, case, facts


def test_way(longest):
    assert longest
