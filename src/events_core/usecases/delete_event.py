"""Delete an event."""

from attrs import frozen

from events_core.domain import lifecycle
from events_core.domain.actors import Actor
from events_core.domain.change import Cause, checked_reason
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.identity import EventId, UserId
from events_core.domain.permissions import Action
from events_core.errors import EventNotFound
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import change_event, store_change
from events_core.usecases.core import EventsCore
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class DeleteEvent:
    """Which event, and why. With ``expected_version`` only that version."""

    event_id: EventId
    reason: str | None = None
    expected_version: int | None = None


@watched
async def delete_event(core: EventsCore, actor: Actor, command: DeleteEvent) -> None:
    """Delete an event; again changes nothing.

    It can be restored, and is seen until then by those alone who may see it so. One
    that is still to be, and that people have answered, is cancelled first.

    Raises:
        InvalidFields: the reason breaks its rule.
        EventNotFound, PermissionDenied, VersionMismatch, ConcurrentChange,
        MembershipUnavailable, AccessUnavailable: as ``change_event``.
    """
    cause = core.cause(actor, checked_reason(command.reason, name="reason"))

    async def delete(uow: UnitOfWork, event: Event) -> None:
        await delete_in(core, uow, event, cause, reader=actor.user_id)

    await change_event(
        core,
        actor,
        command.event_id,
        Action.DELETE,
        delete,
        expected_version=command.expected_version,
    )


async def delete_in(
    core: EventsCore, uow: UnitOfWork, event: Event, cause: Cause, *, reader: UserId
) -> bool:
    """Delete an event in a unit of work, and tell whether it was there until now.

    Nobody answers it meanwhile: whoever has is told that it is cancelled.

    Raises:
        EventNotFound: it is gone.
        ConcurrentChange: others changed it.
    """
    roster = await uow.rosters.claim(event.id, event.occurrence, reader)
    if roster is None:
        raise EventNotFound(event.id)
    tally = roster.tally
    has_answers = any((tally.interested, tally.going, tally.not_going, tally.waiting))
    if lifecycle.must_be_cancelled_first(event, cause.at, has_answers=has_answers):
        cancelled = lifecycle.move(
            event, Status.CANCELLED, cause=cause, message_id=core.new_message_id()
        )
        event = await store_change(uow, cancelled)
    change = lifecycle.delete(event, cause=cause, message_id=core.new_message_id())
    await store_change(uow, change)
    return change.happened
