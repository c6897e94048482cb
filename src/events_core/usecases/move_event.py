"""Bring an event to another state of its life."""

from attrs import frozen

from events_core.domain import lifecycle
from events_core.domain.actors import Actor
from events_core.domain.change import checked_reason
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.identity import EventId
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action
from events_core.errors import InvalidFields
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import change_event
from events_core.usecases.core import EventsCore
from events_core.usecases.seating import store_moved
from events_core.usecases.watching import watched

#: The states that people bring events to; archived comes with time.
BY_HAND = frozenset(
    {Status.PUBLISHED, Status.POSTPONED, Status.CANCELLED, Status.COMPLETED}
)


@frozen(kw_only=True)
class MoveEvent:
    """Which event, to which state, and why; the reason is told with the fact.

    With ``expected_version`` only from that version.
    """

    event_id: EventId
    to: Status
    reason: str | None = None
    expected_version: int | None = None


@watched
async def move_event(core: EventsCore, actor: Actor, command: MoveEvent) -> Listing:
    """Publish, postpone, cancel or complete an event; what it is already, it stays.

    Raises:
        IllegalTransition: the event cannot be brought there, or not now.
        InvalidFields: the reason breaks its rule, or nobody can bring events there.
        EventNotFound, PermissionDenied, VersionMismatch, ConcurrentChange,
        MembershipUnavailable, AccessUnavailable: as ``change_event``.
    """
    if command.to not in BY_HAND:
        raise InvalidFields({"to": ("is no state that somebody brings events to",)})
    cause = core.cause(actor, checked_reason(command.reason, name="reason"))

    async def move(uow: UnitOfWork, event: Event) -> None:
        message_id = core.new_message_id()
        change = lifecycle.move(event, command.to, cause=cause, message_id=message_id)
        await store_moved(core, uow, change)

    return await change_event(
        core,
        actor,
        command.event_id,
        Action.UPDATE,
        move,
        expected_version=command.expected_version,
    )
