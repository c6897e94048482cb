"""Events that are there, who manages them, and what was told of them."""

import json

from events_core import Actor, Permission
from events_core.domain.event import Event
from events_core.testing.builders import an_actor, an_event
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore


async def managed(
    core: MemoryCore, *permissions: Permission, **fields: object
) -> tuple[Event, Actor]:
    """Return a new event, and who manages its scope, or may do just this there."""
    event = an_event(**fields)  # type: ignore[arg-type]
    await put(core.store, event)
    manager = an_actor(event.tenant_id)
    core.access.grant(manager, event.scope, *(permissions or [Permission.EVENT_MANAGE]))
    return event, manager


async def told(core: MemoryCore, event: Event) -> list[str]:
    """Return which kinds of facts there are of an event since it came to be."""
    async with core.store.unit_of_work(event.tenant_id) as uow:
        facts = await uow.record.facts(event.id)
    return [json.loads(text)["event_type"] for text in facts][1:]
