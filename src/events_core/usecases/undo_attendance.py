"""Take back that somebody came."""

from attrs import frozen

from events_core.domain import attendance
from events_core.domain.actors import Actor, Viewer
from events_core.domain.event import Event
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.permissions import Action
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import decided_on
from events_core.usecases.core import EventsCore, chosen_occurrence
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class UndoAttendance:
    """Whose mark; ``occurrence`` as in ``SetRsvp``."""

    event_id: EventId
    user_id: UserId
    occurrence: OccurrenceKey | None = None


@watched
async def undo_attendance(
    core: EventsCore, actor: Actor, command: UndoAttendance
) -> None:
    """Take a mark back; where there is none, nothing happens.

    She can be marked again; what was marked before now, and arrives later, is not.

    Raises:
        EventNotFound: there is none, or the actor may not see it.
        PermissionDenied: she may not mark here.
        InvalidFields: the event has no such occurrence.
        ConcurrentChange: others marked the person all the while.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """

    async def undone(uow: UnitOfWork, event: Event, _: Viewer) -> None:
        occurrence = chosen_occurrence(event, command.occurrence)
        change = attendance.undo_attendance(
            event,
            await uow.attendance.find(event.id, occurrence, command.user_id),
            by=actor.user_id,
            cause=core.cause(actor),
            message_id=core.new_message_id(),
        )
        await uow.attendance.save(change)

    await decided_on(core, actor, command.event_id, Action.MARK_ATTENDANCE, undone)
