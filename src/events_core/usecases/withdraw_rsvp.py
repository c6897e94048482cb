"""Take an answer back."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.identity import EventId, OccurrenceKey, Scope
from events_core.domain.predicate import Everything, holds
from events_core.domain.visibility import visible_to
from events_core.errors import (
    EventNotFound,
    MembershipUnavailable,
    PermissionDenied,
)
from events_core.usecases.core import EventsCore, chosen_occurrence, viewer_in


@frozen(kw_only=True)
class WithdrawRsvp:
    """Whose answer is the actor's own; ``occurrence`` as in ``SetRsvp``."""

    event_id: EventId
    occurrence: OccurrenceKey | None = None


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
        event = await uow.events.get(command.event_id, Everything())
        meant = command.occurrence or (event.occurrence if event else "")
        roster = await uow.rosters.claim(
            command.event_id, OccurrenceKey(meant), actor.user_id
        )
        if event and roster and roster.rsvp:
            if actor.flags.barred:
                raise PermissionDenied("withdraw this answer")
            change = roster.withdraw(
                event, cause=core.cause(actor), message_id=core.new_message_id()
            )
            await uow.rosters.save(change)
            await uow.commit()
            return
    scope = event.scope if event else Scope.of_tenant(actor.tenant_id)
    viewer = await viewer_in(core, actor, members_of={scope})
    if event is None or not holds(visible_to(viewer.if_member_of_all()), event):
        raise EventNotFound(command.event_id)
    if not holds(visible_to(viewer), event):
        raise MembershipUnavailable
    if actor.flags.barred:
        raise PermissionDenied("withdraw this answer")
    chosen_occurrence(event, command.occurrence)
