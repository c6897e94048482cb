"""Change an event."""

from attrs import evolve, frozen

from events_core.domain.actors import Actor
from events_core.domain.change import checked_reason
from events_core.domain.event import Event
from events_core.domain.history import merged
from events_core.domain.identity import EventId, UserId
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action
from events_core.domain.revision import Revision
from events_core.errors import InvalidFields
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import change_event, check_version
from events_core.usecases.core import EventsCore
from events_core.usecases.seating import store_revised
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class UpdateEvent:
    """New values for an event. With ``expected_version`` only on that version.

    With ``merge`` too, also on a later one, unless others have changed the same
    fields since. With ``force`` the capacity can be lowered below what is taken.
    """

    event_id: EventId
    revision: Revision
    expected_version: int | None = None
    merge: bool = False
    force: bool = False
    reason: str | None = None


@watched
async def update_event(core: EventsCore, actor: Actor, command: UpdateEvent) -> Listing:
    """Change the fields that are named; what has its value already is no change.

    Without ``expected_version`` a change that loses against another is done again
    on the newer version, some times.

    Raises:
        IllegalTransition: the event is deleted; restore it first.
        CapacityTooLow: it lowers the capacity below what is taken, without force.
        MergeConflict: others have changed the same fields since.
        NoUpdates, InvalidFields, InvalidTimeRange, VisibilityNeedsScope: the new
            values break a rule.
        EventNotFound, PermissionDenied, VersionMismatch, ConcurrentChange,
        MembershipUnavailable, AccessUnavailable: as ``change_event``.
    """
    reason = checked_reason(command.reason)
    if command.merge and command.expected_version is None:
        raise InvalidFields({"merge": ("goes with the version it was made on",)})
    displaced: list[UserId] = []

    async def revise(uow: UnitOfWork, event: Event) -> None:
        displaced.clear()
        revision = await _to_be_done(uow, event, command)
        if revision.given() or not command.merge:
            change = event.revise(
                revision,
                cause=core.cause(actor, reason),
                message_id=core.new_message_id(),
            )
            displaced.extend(
                await store_revised(core, uow, change, force=command.force)
            )

    listing = await change_event(core, actor, command.event_id, Action.UPDATE, revise)
    return evolve(listing, displaced=tuple(displaced))


async def _to_be_done(uow: UnitOfWork, event: Event, command: UpdateEvent) -> Revision:
    """Return what is to be changed of the event as it is now."""
    expected = command.expected_version
    if command.merge and expected != event.version:
        base = await uow.record.versions(event.id, expected or 0, expected)
        if base:
            return merged(event, base[0], command.revision)
    await check_version(uow, event, expected)
    return command.revision
