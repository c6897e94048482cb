"""Give a device at the door what it needs without a connection."""

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.answers import EXPECTED
from events_core.domain.attendance import check_takes_place
from events_core.domain.doors import SealedList, sealed_list
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.domain.permissions import Action
from events_core.domain.predicate import Everything
from events_core.errors import EventNotFound, InvalidFields, PassesUnavailable
from events_core.usecases.core import (
    EventsCore,
    chosen_occurrence,
    event_for,
    viewer_of,
)
from events_core.usecases.parts import in_one_file
from events_core.usecases.watching import watched


@frozen(kw_only=True)
class ListExpected:
    """Of which event; a part of the list where it is too long for one piece."""

    event_id: EventId
    occurrence: OccurrenceKey | None = None
    limit: int | None = None
    offset: int = 0


@watched
async def list_expected(
    core: EventsCore, actor: Actor, command: ListExpected
) -> SealedList:
    """Return who is expected, sealed for a device: what ``domain.doors`` says.

    It can be had before people can be marked, so that a device takes it along. The
    seal and the passes are of the keys there are now: a new list is fetched once they
    change.

    Raises:
        EventNotFound: there is none, or the actor may not see it.
        PermissionDenied: she may not mark here.
        AttendanceClosed: the event is not going to be.
        InvalidFields: a part that there is not, too many for one piece, or no such
            occurrence.
        PassesUnavailable: there are no keys to seal it with.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    most = core.policies.longest_file
    if command.limit is not None and not 1 <= command.limit <= most:
        raise InvalidFields({"limit": (f"must be 1 to {most}",)})
    if command.offset < 0:
        raise InvalidFields({"offset": ("must not be negative",)})
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        event = await event_for(uow, viewer, command.event_id, Action.MARK_ATTENDANCE)
        occurrence = chosen_occurrence(event, command.occurrence)
        check_takes_place(event)
        if not core.pass_keys:
            raise PassesUnavailable
        listing = await uow.events.look(event.id, Everything(), viewer.roles_as)
        if listing is None:
            raise EventNotFound(event.id)
        total = listing.tally.on(EXPECTED)
        limit = in_one_file(core, command.limit, command.offset, total)
        expected = await uow.rosters.page(
            event.id, occurrence, EXPECTED, limit=limit, offset=command.offset
        )
        marks, _ = await uow.attendance.page(event.id, occurrence, most, 0)
    return sealed_list(
        event,
        expected,
        present=frozenset(mark.user_id for mark in marks),
        part={"total": total, "offset": command.offset},
        opens_at=event.schedule.starts_at - core.policies.attendance_opens,
        at=core.clock.now(),
        keys=core.pass_keys,
    )
