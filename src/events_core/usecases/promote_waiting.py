"""Move people up from the waiting list by hand."""

from collections.abc import Collection

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.answers import Tally
from events_core.domain.change import Change, checked_reason
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.permissions import Action
from events_core.errors import InvalidFields, RsvpClosed
from events_core.usecases.core import (
    EventsCore,
    chosen_occurrence,
    event_for,
    viewer_of,
)
from events_core.usecases.seating import claim
from events_core.usecases.watching import watched

MOST_AT_ONCE = 250


@frozen(kw_only=True)
class PromoteWaiting:
    """Who is to have a seat: these people, or so many of the first in line.

    With ``force`` beyond the capacity.
    """

    event_id: EventId
    occurrence: OccurrenceKey | None = None
    people: Collection[UserId] = ()
    first: int = 0
    force: bool = False
    reason: str | None = None


@frozen
class Promotion:
    """Who was moved up just now, and the counts after it."""

    promoted: tuple[UserId, ...]
    tally: Tally


@watched
async def promote_waiting(
    core: EventsCore, actor: Actor, command: PromoteWaiting
) -> Promotion:
    """Move people up, all or none; who has a seat already keeps it.

    Raises:
        EventNotFound: there is none, or she may not see it.
        PermissionDenied: she may not change it.
        InvalidFields: nobody is named, or too many, or the event has no such
            occurrence.
        NotWaiting: somebody neither waits nor has a seat.
        CapacityFull: there are not so many seats, and it is not forced.
        RsvpClosed: the event is not published, or over.
        MembershipUnavailable, AccessUnavailable: nobody could tell whether she may.
    """
    people = tuple(dict.fromkeys(command.people))
    if bool(people) is (command.first > 0) or command.first < 0:
        raise InvalidFields({"user_ids": ("must name people, or else first how many",)})
    if max(len(people), command.first) > MOST_AT_ONCE:
        raise InvalidFields({"user_ids": (f"must be at most {MOST_AT_ONCE}",)})
    reason = checked_reason(command.reason, name="reason")
    viewer = await viewer_of(core, actor, command.event_id)
    async with core.store.unit_of_work(actor.tenant_id) as uow:

        async def read() -> Event:
            return await event_for(uow, viewer, command.event_id, Action.UPDATE)

        event = await read()
        occurrence = chosen_occurrence(event, command.occurrence)
        event, roster = await claim(uow, event, occurrence, *people, again=read)
        cause = core.cause(actor, reason)
        over = cause.at >= event.schedule.lasts_until
        if event.status is not Status.PUBLISHED or event.deleted_at or over:
            raise RsvpClosed(event.schedule.lasts_until if over else None)
        if not people:
            line = await uow.rosters.first_waiting(
                event.id, occurrence, limit=command.first
            )
            roster = roster.knowing(*line)
            people = tuple(rsvp.user_id for rsvp in line)
        change = Change(roster, roster, cause)
        for who in people:
            assert change.after is not None
            step = change.after.promote(
                event,
                who,
                force=command.force,
                cause=cause,
                message_id=core.new_message_id(),
            )
            change = change.then(step)
        await uow.rosters.save(change)
        await uow.commit()
    assert change.after is not None
    had = {who for who in people if not roster.rsvps[who].waits}
    return Promotion(tuple(who for who in people if who not in had), change.after.tally)
