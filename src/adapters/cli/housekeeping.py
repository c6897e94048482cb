"""`events-core housekeeping`: what time has done to events is written down."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from attrs import evolve

from adapters.cli.environment import opened_database, relay_url, settings_from
from adapters.compose import DatabaseUrls, open_core
from adapters.postgres import Database, over_events
from adapters.settings import Directory, Settings
from events_core import Actor, Status, UserId, Via, let_time_pass

NOBODY = UserId(UUID(int=0))


def housekeeping(environ: Mapping[str, str]) -> int:
    """Complete and archive what is due, and print how much; to run every hour or so."""
    # No neighbour is asked, so none need be set.
    settings = evolve(settings_from(environ), directory=Directory.LOCAL)
    with opened_database(settings) as urls:
        url = relay_url(urls, "it sees all tenants")
        moved = asyncio.run(_keep_house(settings, urls, url))
    for status in (Status.COMPLETED, Status.ARCHIVED):
        print(f"{status} {moved[status]}")
    return 0


async def _keep_house(
    settings: Settings, urls: DatabaseUrls, relay_url: str
) -> Counter[Status]:
    moved: Counter[Status] = Counter()
    async with open_core(settings, urls) as wired:
        relay = Database.at(relay_url, connections=1)
        try:
            async for tenant_id, event_id in over_events(relay, wired.core.clock.now()):
                itself = Actor(tenant_id, NOBODY, via=Via.SYSTEM)
                status = await let_time_pass(wired.core, itself, event_id)
                if status is not None:
                    moved[status] += 1
        finally:
            await relay.close()
    return moved
