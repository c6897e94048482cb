"""Change an event."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.identity import EventId
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.domain.revision import Revision
from events_core.errors import ConcurrentChange, EventNotFound, VersionMismatch
from events_core.usecases.core import EventsCore, event_for, viewer_of


@frozen(kw_only=True)
class UpdateEvent:
    """New values for an event. With ``expected_version`` only on that version."""

    event_id: EventId
    revision: Revision
    expected_version: int | None = None
    reason: str | None = None


async def update_event(core: EventsCore, actor: Actor, command: UpdateEvent) -> Listing:
    """Change the fields that are named; what has its value already is no change.

    Without ``expected_version`` a change that loses against another is done again
    on the newer version, some times.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not change it.
        VersionMismatch: the event is not at ``expected_version`` (any more).
        NoUpdates, InvalidFields, InvalidTimeRange, VisibilityNeedsScope: the new
            values break a rule.
        ConcurrentChange: it lost too often.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    viewer = await viewer_of(core, actor, command.event_id)
    for attempt in range(core.policies.change_attempts):
        try:
            async with core.store.unit_of_work(actor.tenant_id) as uow:
                event = await event_for(uow, viewer, command.event_id, Action.UPDATE)
                if command.expected_version not in {None, event.version}:
                    raise VersionMismatch(event.version)
                change = event.revise(
                    command.revision,
                    cause=core.cause(actor, command.reason),
                    message_id=core.new_message_id(),
                )
                await uow.events.save(change)
                listing = await uow.events.look(event.id, Everything(), actor.user_id)
                await uow.commit()
        except ConcurrentChange:
            if attempt + 1 == core.policies.change_attempts:
                raise
            continue
        if listing is None:
            raise EventNotFound(command.event_id)
        return listing
    raise ConcurrentChange
