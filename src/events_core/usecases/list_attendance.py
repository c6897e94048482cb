"""See who came."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.attendance import Attendance
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.domain.permissions import Action
from events_core.usecases.core import (
    EventsCore,
    chosen_occurrence,
    event_for,
    viewer_of,
)
from events_core.usecases.parts import check_part, in_one_file
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class ListAttendance:
    """Of which event, and which part; ``occurrence`` as in ``SetRsvp``.

    Without a ``limit`` it is all from ``offset`` on, as many as go into one file.
    """

    event_id: EventId
    occurrence: OccurrenceKey | None = None
    limit: int | None = 100
    offset: int = 0


@frozen
class Present:
    """Part of those who came, by the time they were seen, and how many there are."""

    marks: tuple[Attendance, ...]
    total: int


@watched
async def list_attendance(
    core: EventsCore, actor: Actor, command: ListAttendance
) -> Present:
    """Return who has been marked as present.

    Raises:
        EventNotFound: there is none, or the actor may not see it.
        PermissionDenied: she may not mark here.
        InvalidFields: too large a page, too far away, too many for one file, or no
            such occurrence.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    check_part(core, command.limit, command.offset)
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, command.event_id, Action.MARK_ATTENDANCE)
        occurrence = chosen_occurrence(event, command.occurrence)
        marks, total = await uow.attendance.page(
            event.id,
            occurrence,
            core.policies.longest_file if command.limit is None else command.limit,
            command.offset,
        )
    in_one_file(core, command.limit, command.offset, total)
    return Present(marks, total)
