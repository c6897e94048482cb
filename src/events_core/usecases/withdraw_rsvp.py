"""Take an answer back."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.identity import EventId, OccurrenceKey, Scope
from events_core.domain.listing import Listing
from events_core.domain.predicate import Everything
from events_core.domain.roles import Bearer
from events_core.errors import PermissionDenied
from events_core.ports.store import UnitOfWork
from events_core.usecases.core import (
    EventsCore,
    chosen_occurrence,
    viewer_in,
    visible_event,
)
from events_core.usecases.seating import fill
from events_core.usecases.watching import watched_as_her_own


@frozen(kw_only=True)
class WithdrawRsvp:
    """Whose answer is the actor's own; ``occurrence`` as in ``SetRsvp``."""

    event_id: EventId
    occurrence: OccurrenceKey | None = None


@watched_as_her_own
async def withdraw_rsvp(core: EventsCore, actor: Actor, command: WithdrawRsvp) -> None:
    """Take the actor's answer back; without one, nothing happens.

    Nobody else is asked whether she may: she can withdraw an answer also to an
    event she no longer sees. Without an answer it is an event like any other to her.

    Raises:
        EventNotFound: she has no answer, and there is no event that she sees.
        PermissionDenied: she is suspended or banned.
        RsvpClosed: she has an answer and the event is over.
        InvalidFields: the event has no such occurrence.
        MembershipUnavailable: she has no answer, and whether she sees the event
            hangs on a membership nobody could tell.
    """
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        # One read, and no lock, whether or not there is such an event: it may be
        # none of hers, and then nothing may tell.
        her = Bearer(actor.user_id)
        known = await uow.events.look(command.event_id, Everything(), her)
        meant = known and command.occurrence in {None, known.occurrence}
        if known and meant and known.my_answer:
            if actor.flags.barred:
                raise PermissionDenied("withdraw this answer")
            if await _withdrawn(core, actor, uow, known):
                return
    scope = known.scope if known else Scope.of_tenant(actor.tenant_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        groups = await uow.events.groups(command.event_id)
    viewer = await viewer_in(core, actor, members_of={scope, *groups})
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await visible_event(uow, viewer, command.event_id)
    if actor.flags.barred:
        raise PermissionDenied("withdraw this answer")
    chosen_occurrence(event, command.occurrence)


async def _withdrawn(
    core: EventsCore, actor: Actor, uow: UnitOfWork, known: Listing
) -> bool:
    roster = await uow.rosters.claim(known.id, known.occurrence, actor.user_id)
    event = await uow.events.get(known.id, Everything())
    if event is None or roster is None:  # gone since it was read
        return False
    cause = core.cause(actor)
    change = roster.withdraw(
        event, actor.user_id, cause=cause, message_id=core.new_message_id()
    )
    await uow.rosters.save(change)
    if change.happened and change.after is not None:
        await fill(core, uow, event, change.after, cause)
    await uow.commit()
    return True
