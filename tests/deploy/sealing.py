"""Facts of a center: texts that its vault seals."""

import asyncio

from deploy.supervisor import Site
from shared.sealed import NotSealed, VaultClient
from tests.faults.trial import CENTER

FACTS = 5


async def sealed(site: Site, first: int = 0) -> None:
    """As soon as it is up."""
    async with site.console() as connection, asyncio.timeout(30):
        client, done = VaultClient(connection, CENTER), 0
        while done < FACTS:
            try:
                await client.seal_text(f"t{first + done}", "clerk:F01", "行动不便")
                done += 1
            except NotSealed:
                await asyncio.sleep(0.2)
