"""Write down that several people came, now or while there was no connection."""

from collections.abc import Sequence

from attrs import frozen

from events_core.domain.actors import Actor, Viewer
from events_core.domain.event import Event
from events_core.domain.identity import EventId
from events_core.domain.permissions import Action
from events_core.errors import AttendanceClosed, InvalidFields, NotConfirmed
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import decided_on
from events_core.usecases.core import EventsCore
from events_core.usecases.mark_attendance import (
    Mark,
    MarkAttendance,
    Refused,
    mark_in,
)
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class MarkMany:
    """The marks, each as it would come alone; all at one event."""

    event_id: EventId
    marks: Sequence[MarkAttendance]


@watched
async def mark_many(
    core: EventsCore, actor: Actor, command: MarkMany
) -> tuple[Mark | Refused, ...]:
    """Make each mark that can be made; return for each what came of it, in order.

    What is wrong with one is no matter of the others. Marks with nonces and times of
    their own may come in any order, and again, and from several devices: what is left
    is the same, the earliest mark of each person.

    Raises:
        InvalidFields: there are too many.
        EventNotFound: there is none, or the actor may not see it.
        PermissionDenied: she may not mark here.
        ConcurrentChange: others marked the same people all the while.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    if len(command.marks) > core.policies.most_marks:
        most = core.policies.most_marks
        raise InvalidFields({"marks": (f"must be at most {most}",)})

    async def marked(
        uow: UnitOfWork, event: Event, _: Viewer
    ) -> tuple[Mark | Refused, ...]:
        results: list[Mark | Refused] = []
        for each in command.marks:
            try:
                results.append(await mark_in(core, uow, actor, event, each))
            except (AttendanceClosed, NotConfirmed, InvalidFields) as refused:
                results.append(refused)
        return tuple(results)

    return await decided_on(
        core, actor, command.event_id, Action.MARK_ATTENDANCE, marked
    )
