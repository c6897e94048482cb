"""Take an event home into one's own calendar."""

from events_core.domain.actors import Actor
from events_core.domain.identity import EventId
from events_core.ical.calendar_file import CalendarFile, calendar_file
from events_core.usecases.core import EventsCore
from events_core.usecases.get_event import get_event


async def export_event(
    core: EventsCore, actor: Actor, event_id: EventId
) -> CalendarFile:
    """Return one event as a calendar file, for whoever may read it.

    Raises:
        EventNotFound, PermissionDenied, MembershipUnavailable, AccessUnavailable:
            as ``get_event``.
    """
    return calendar_file(await get_event(core, actor, event_id))
