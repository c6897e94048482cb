"""Write down that somebody came."""

from attrs import frozen

from events_core.domain import attendance
from events_core.domain.actors import Actor
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.permissions import Action
from events_core.errors import ConcurrentChange
from events_core.usecases.core import (
    EventsCore,
    chosen_occurrence,
    event_for,
    viewer_of,
)


@frozen(kw_only=True)
class MarkAttendance:
    """Who came; ``occurrence`` as in ``SetRsvp``."""

    event_id: EventId
    user_id: UserId
    occurrence: OccurrenceKey | None = None


@frozen
class Mark:
    """The mark there is now, and whether it was made just now."""

    attendance: attendance.Attendance
    created: bool


async def mark_attendance(
    core: EventsCore, actor: Actor, command: MarkAttendance
) -> Mark:
    """Mark a person as present. Marked already, the first mark and its time stay.

    Raises:
        EventNotFound: there is none, or the actor may not see it.
        PermissionDenied: she may not mark here.
        InvalidFields: the event has no such occurrence.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    viewer = await viewer_of(core, actor, command.event_id)
    for _ in range(core.policies.change_attempts):
        try:
            async with core.store.unit_of_work(actor.tenant_id) as uow:
                event = await event_for(
                    uow, viewer, command.event_id, Action.MARK_ATTENDANCE
                )
                occurrence = chosen_occurrence(event, command.occurrence)
                present = await uow.attendance.find(
                    event.id, occurrence, command.user_id
                )
                change = attendance.mark_attendance(
                    event,
                    present,
                    user_id=command.user_id,
                    by=actor.user_id,
                    cause=core.cause(actor),
                    message_id=core.new_message_id(),
                )
                await uow.attendance.save(change)
                await uow.commit()
        except ConcurrentChange:
            continue
        assert change.after is not None
        return Mark(change.after, created=change.happened)
    raise ConcurrentChange
