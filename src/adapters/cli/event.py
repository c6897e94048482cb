"""`events-core event`: what an operator can do to one event."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from attrs import evolve

from adapters.cli.environment import opened_database, settings_from, uuid_argument
from adapters.cli.errors import UsageError
from adapters.compose import DatabaseUrls, open_core
from adapters.postgres import tenant_of
from adapters.settings import Directory, Settings
from events_core import Actor, EventId, TakeDownEvent, UserId, Via, take_down_event
from events_core.errors import EventsError

#: Operators act in nobody's name.
NOBODY = UserId(UUID(int=0))


def take_down(environ: Mapping[str, str], *, event: str, reason: str) -> int:
    """Take an event down for good reason, and say whether it was up until now."""
    event_id = EventId(uuid_argument("ID", event))
    # No neighbour is asked, so none need be set.
    settings = evolve(settings_from(environ), directory=Directory.LOCAL)
    with opened_database(settings) as urls:
        try:
            happened = asyncio.run(_take_down(settings, urls, event_id, reason))
        except EventsError as error:
            raise UsageError(str(error)) from None
    print(f"{event_id} is taken down" if happened else f"{event_id} was down already")
    return 0


async def _take_down(
    settings: Settings, urls: DatabaseUrls, event_id: EventId, reason: str
) -> bool:
    async with open_core(settings, urls) as wired:
        tenant_id = await tenant_of(wired.database, event_id)
        if tenant_id is None:
            raise UsageError(f"there is no event {event_id}")
        operator = Actor(tenant_id, NOBODY, via=Via.CLI)
        command = TakeDownEvent(event_id=event_id, reason=reason)
        return await take_down_event(wired.core, operator, command)
