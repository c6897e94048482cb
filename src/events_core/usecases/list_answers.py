"""See who answered what."""

from attrs import evolve, frozen

from events_core.domain.actors import Actor
from events_core.domain.answers import EXPECTED, Rsvp, Side
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.errors import EventNotFound
from events_core.usecases.core import (
    EventsCore,
    chosen_occurrence,
    event_for,
    viewer_of,
)
from events_core.usecases.parts import check_part, in_one_file
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class ListAnswers:
    """Which answers to which event, and which part of them.

    ``occurrence`` as in ``SetRsvp``. Without a ``limit`` it is all from ``offset`` on,
    as many as go into one file; with one it is a page.
    """

    event_id: EventId
    occurrence: OccurrenceKey | None = None
    sides: frozenset[Side] = frozenset(Side)
    limit: int | None = 100
    offset: int = 0


@frozen
class Answers:
    """Part of the answers, in the order of ``Rosters.page``, and how many there are."""

    rsvps: tuple[Rsvp, ...]
    total: int


@watched
async def list_answers(core: EventsCore, actor: Actor, command: ListAnswers) -> Answers:
    """Return who answered what. Who only checks in hears who is expected: no comments,
    and of nobody who does not want to come.

    Raises:
        EventNotFound: there is none, or the actor may not see it.
        PermissionDenied: she may not see who is expected there.
        InvalidFields: too large a page, too many for one file, or no such occurrence.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    check_part(core, command.limit, command.offset)
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, command.event_id, Action.LIST_EXPECTED)
        reads = event.allows(Action.READ_ANSWERS, viewer)
        sides = command.sides if reads else command.sides & EXPECTED
        listing = await uow.events.look(event.id, Everything(), viewer.roles_as)
        if listing is None:
            raise EventNotFound(event.id)
        total = listing.tally.on(sides)
        rsvps = await uow.rosters.page(
            event.id,
            chosen_occurrence(event, command.occurrence),
            sides,
            limit=in_one_file(core, command.limit, command.offset, total),
            offset=command.offset,
        )
    return Answers(rsvps if reads else tuple(map(_for_the_door, rsvps)), total)


def _for_the_door(rsvp: Rsvp) -> Rsvp:
    return evolve(rsvp, comment=None)
