"""Bring back what an event was."""

from collections.abc import Collection

from attrs import evolve, frozen

from events_core.domain.actors import Actor, Via
from events_core.domain.change import Change, checked_reason
from events_core.domain.history import to_bring_back
from events_core.domain.identity import EventId
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.errors import ConcurrentChange, EventNotFound
from events_core.usecases.core import EventsCore, event_for, viewer_of
from events_core.usecases.read_history import version_in


@frozen(kw_only=True)
class RollBackEvent:
    """The version whose content to bring back, and of which fields.

    ``fields`` None are those nobody relies on: never visibility, times or whatever
    else decides who can come. Those must be named.
    """

    event_id: EventId
    version: int
    fields: Collection[str] | None = None
    reason: str | None = None


async def roll_back_event(
    core: EventsCore, actor: Actor, command: RollBackEvent
) -> Listing:
    """Change an event to what it was; a new version, unless that changes nothing.

    It passes every rule of ``update_event`` as of today. Answers, attendance, roles
    and status stay as they are.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not change it.
        VersionNotFound: the event has no such version.
        InvalidFields, InvalidTimeRange, VisibilityNeedsScope: a field cannot be brought
            back, or its old value breaks a rule.
        ConcurrentChange: it lost too often against other changes.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    reason = checked_reason(command.reason)
    viewer = await viewer_of(core, actor, command.event_id)
    for _ in range(core.policies.change_attempts):
        try:
            async with core.store.unit_of_work(actor.tenant_id) as uow:
                event = await event_for(uow, viewer, command.event_id, Action.UPDATE)
                version = await version_in(uow, event.id, command.version)
                revision = to_bring_back(version, command.fields)
                cause = evolve(core.cause(actor, reason), via=Via.ROLLBACK)
                change = Change(event, event, cause)
                if revision.given():
                    change = event.revise(
                        revision, cause=cause, message_id=core.new_message_id()
                    )
                await uow.events.save(change)
                listing = await uow.events.look(event.id, Everything(), actor.user_id)
                await uow.commit()
        except ConcurrentChange:
            continue
        if listing is None:
            raise EventNotFound(command.event_id)
        return listing
    raise ConcurrentChange
