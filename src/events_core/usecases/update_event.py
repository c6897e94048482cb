"""Change an event."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.change import Change, checked_reason
from events_core.domain.event import Event
from events_core.domain.history import differences, merged
from events_core.domain.identity import EventId
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.domain.revision import Revision
from events_core.errors import (
    ConcurrentChange,
    EventNotFound,
    InvalidFields,
    VersionMismatch,
)
from events_core.ports.store import UnitOfWork
from events_core.usecases.core import EventsCore, event_for, viewer_of


@frozen(kw_only=True)
class UpdateEvent:
    """New values for an event. With ``expected_version`` only on that version.

    With ``merge`` too, also on a later one, unless others have changed the same
    fields since.
    """

    event_id: EventId
    revision: Revision
    expected_version: int | None = None
    merge: bool = False
    reason: str | None = None


async def update_event(core: EventsCore, actor: Actor, command: UpdateEvent) -> Listing:
    """Change the fields that are named; what has its value already is no change.

    Without ``expected_version`` a change that loses against another is done again
    on the newer version, some times.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not change it.
        VersionMismatch: the event is not at ``expected_version`` (any more).
        MergeConflict: others have changed the same fields since.
        NoUpdates, InvalidFields, InvalidTimeRange, VisibilityNeedsScope: the new
            values break a rule.
        ConcurrentChange: it lost too often.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    reason = checked_reason(command.reason)
    if command.merge and command.expected_version is None:
        raise InvalidFields({"merge": ("goes with the version it was made on",)})
    viewer = await viewer_of(core, actor, command.event_id)
    for attempt in range(core.policies.change_attempts):
        try:
            async with core.store.unit_of_work(actor.tenant_id) as uow:
                event = await event_for(uow, viewer, command.event_id, Action.UPDATE)
                revision = await _to_be_done(uow, event, command)
                cause = core.cause(actor, reason)
                change = Change(event, event, cause)
                if revision.given() or not command.merge:
                    change = event.revise(
                        revision, cause=cause, message_id=core.new_message_id()
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


async def _to_be_done(uow: UnitOfWork, event: Event, command: UpdateEvent) -> Revision:
    """Return what is to be changed of the event as it is now."""
    expected = command.expected_version
    if expected in {None, event.version}:
        return command.revision
    base = await uow.record.versions(event.id, expected or 0, expected)
    if not base:
        raise VersionMismatch(event.version)
    if command.merge:
        return merged(event, base[0], command.revision)
    latest = await uow.record.versions(event.id, event.version, event.version)
    changed = differences(base[0].snapshot, latest[0].snapshot)
    raise VersionMismatch(event.version, tuple(sorted(changed)))
