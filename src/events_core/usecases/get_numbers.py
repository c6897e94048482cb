"""See what became of an event, in numbers."""

from events_core.domain.actors import Actor
from events_core.domain.identity import EventId
from events_core.domain.numbers import Numbers, numbers_of
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.errors import EventNotFound
from events_core.usecases.core import EventsCore, event_for, viewer_of
from events_core.usecases.watching import watched


@watched
async def get_numbers(core: EventsCore, actor: Actor, event_id: EventId) -> Numbers:
    """Return the answers to an event and how many came, for those who may change it.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not change it.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    viewer = await viewer_of(core, actor, event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, event_id, Action.UPDATE)
        listing = await uow.events.look(event.id, Everything(), viewer.roles_as)
        if listing is None:
            raise EventNotFound(event_id)
        came = await uow.attendance.came(event.id, event.occurrence)
    is_over = listing.lasts_until <= core.clock.now()
    return numbers_of(listing.tally, came, is_over=is_over)
