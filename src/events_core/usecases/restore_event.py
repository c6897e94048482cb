"""Restore an event that was deleted."""

from attrs import frozen

from events_core.domain import lifecycle
from events_core.domain.actors import Actor
from events_core.domain.change import checked_reason
from events_core.domain.event import Event
from events_core.domain.identity import EventId
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import change_event
from events_core.usecases.core import EventsCore
from events_core.usecases.seating import store_moved
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class RestoreEvent:
    """Which event, and why. With ``expected_version`` only that version."""

    event_id: EventId
    reason: str | None = None
    expected_version: int | None = None


@watched
async def restore_event(
    core: EventsCore, actor: Actor, command: RestoreEvent
) -> Listing:
    """Restore a deleted event as it was; one that was cancelled for it, cancelled.

    Raises:
        InvalidFields: the reason breaks its rule.
        EventNotFound, PermissionDenied, VersionMismatch, ConcurrentChange,
        MembershipUnavailable, AccessUnavailable: as ``change_event``.
    """
    cause = core.cause(actor, checked_reason(command.reason, name="reason"))

    async def restore(uow: UnitOfWork, event: Event) -> None:
        change = lifecycle.restore(event, cause=cause, message_id=core.new_message_id())
        await store_moved(core, uow, change)

    return await change_event(
        core,
        actor,
        command.event_id,
        Action.DELETE,
        restore,
        expected_version=command.expected_version,
    )
