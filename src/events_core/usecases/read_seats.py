"""Read the ledger of an occurrence's seats: why so many of so many are taken."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.answers import Tally
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.domain.signup import Signup
from events_core.errors import EventNotFound
from events_core.ports.store import Entries
from events_core.usecases.core import (
    EventsCore,
    chosen_occurrence,
    event_for,
    viewer_of,
)
from events_core.usecases.parts import check_part
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class ReadSeats:
    """Which part of the ledger, counted from its oldest line."""

    event_id: EventId
    occurrence: OccurrenceKey | None = None
    limit: int = 100
    offset: int = 0


@frozen
class Seats:
    """The terms, the counts, and a part of the ledger that they come from."""

    terms: Signup
    tally: Tally
    entries: Entries


@watched
async def read_seats(core: EventsCore, actor: Actor, command: ReadSeats) -> Seats:
    """Return how many seats are taken, and every movement that made it so many.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not change it.
        InvalidFields: ``limit`` or ``offset`` is out of its bounds, or the event has no
            such occurrence.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    check_part(core, command.limit, command.offset)
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, command.event_id, Action.UPDATE)
        occurrence = chosen_occurrence(event, command.occurrence)
        listing = await uow.events.look(event.id, Everything(), viewer.roles_as)
        entries = await uow.record.movements(
            event.id, occurrence, limit=command.limit, offset=command.offset
        )
    if listing is None:
        raise EventNotFound(event.id)
    return Seats(listing.signup, listing.tally, entries)
