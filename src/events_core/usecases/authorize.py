"""Check that somebody may do something with an event, and do nothing."""

from events_core.domain.actors import Actor
from events_core.domain.identity import EventId
from events_core.domain.permissions import Action
from events_core.usecases.core import EventsCore, event_for, viewer_of
from events_core.usecases.watching import watched


@watched
async def authorize(
    core: EventsCore, actor: Actor, event_id: EventId, action: Action
) -> None:
    """Return if the actor may do this with the event now.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not do this.
        MembershipUnavailable, AccessUnavailable: nobody could tell.
    """
    viewer = await viewer_of(core, actor, event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        await event_for(uow, viewer, event_id, action)
