"""Look at one event."""

from events_core.domain.actors import Actor
from events_core.domain.identity import EventId
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action
from events_core.domain.visibility import visible_to
from events_core.errors import EventNotFound
from events_core.usecases.core import EventsCore, event_for, viewer_of
from events_core.usecases.watching import watched


@watched
async def get_event(core: EventsCore, actor: Actor, event_id: EventId) -> Listing:
    """Return one event as the actor sees it.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she sees it and may not read.
        MembershipUnavailable, AccessUnavailable: nobody could tell.
    """
    viewer = await viewer_of(core, actor, event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        await event_for(uow, viewer, event_id, Action.READ)
        listing = await uow.events.look(event_id, visible_to(viewer), viewer.roles_as)
    if listing is None:  # withdrawn from her between the two reads
        raise EventNotFound(event_id)
    return listing
