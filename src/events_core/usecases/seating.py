"""What answering, changing and erasing share: who gets a seat that is free."""

from collections.abc import Awaitable, Callable

from attrs import evolve

from events_core.domain.change import Cause, Change
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.identity import OccurrenceKey, UserId
from events_core.domain.policies import QueueOrder
from events_core.domain.roster import Roster
from events_core.domain.seats import Why
from events_core.domain.signup import Waitlist
from events_core.errors import CapacityTooLow, EventNotFound
from events_core.ports.store import UnitOfWork
from events_core.usecases.changing import store_change
from events_core.usecases.core import EventsCore

#: How many are moved up at a time: enough for any one answer, few enough to hold.
_BATCH = 100


async def claim(
    uow: UnitOfWork,
    event: Event,
    occurrence: OccurrenceKey,
    *people: UserId,
    again: Callable[[], Awaitable[Event]],
) -> tuple[Event, Roster]:
    """Claim an occurrence's roster, and return the event as it is by then.

    ``again`` reads it anew, needed only where it was changed while the claim waited.

    Raises:
        EventNotFound: it is gone by then.
    """
    roster = await uow.rosters.claim(event.id, occurrence, *people)
    if roster is None:
        raise EventNotFound(event.id)
    if roster.event_version != event.version:
        event = await again()
    return event, roster


async def is_stuck(uow: UnitOfWork, event: Event, roster: Roster) -> bool:
    """Tell whether seats are free and all who wait want more than there are at all.

    So it is once the capacity was lowered below the parties that had to make room.
    """
    room = roster.room(event.signup)
    if not roster.tally.waiting or room is None or room <= 0:
        return False
    can_come = await uow.rosters.first_waiting(
        event.id, roster.occurrence, limit=1, largest=event.signup.capacity
    )
    return not can_come


async def fill(
    core: EventsCore, uow: UnitOfWork, event: Event, roster: Roster, cause: Cause
) -> Roster:
    """Move up who is next while seats are free, where that goes by itself.

    The roster is claimed, and saved as it is. Returns it with whoever was moved up.
    """
    terms, fits_only = event.signup, core.policies.queue_order is QueueOrder.FIT
    is_on = event.status is Status.PUBLISHED and event.deleted_at is None
    if terms.waitlist is Waitlist.MANUAL or not is_on:
        return roster
    cause = evolve(cause, reason=None)
    while roster.tally.waiting and cause.at < event.schedule.lasts_until:
        room = roster.room(terms)
        if room is not None and room <= 0:
            break
        line = await uow.rosters.first_waiting(
            event.id,
            roster.occurrence,
            limit=_BATCH if room is None else min(room, _BATCH),
            largest=room if fits_only else terms.capacity,
        )
        roster = roster.knowing(*line)
        change = Change(roster, roster, cause)
        for rsvp in line:
            room = change.after.room(terms) if change.after else None
            if room is not None and rsvp.party > room:
                if fits_only:
                    continue
                break
            change = _and_promoted(core, change, event, rsvp.user_id, cause)
        await uow.rosters.save(change)
        if change.after is None or not change.happened:
            break
        roster = change.after
    return roster


def _and_promoted(
    core: EventsCore,
    change: Change[Roster],
    event: Event,
    user_id: UserId,
    cause: Cause,
) -> Change[Roster]:
    assert change.after is not None
    promoted = change.after.promote(
        event,
        user_id,
        why=Why.SEAT_FREED,
        cause=cause,
        message_id=core.new_message_id(),
    )
    return change.then(promoted)


async def make_room(
    core: EventsCore,
    uow: UnitOfWork,
    change: Change[Event],
    roster: Roster,
    *,
    force: bool,
) -> tuple[UserId, ...]:
    """See that an event that is about to change has seats for all who have one.

    Lowering the capacity below what is taken is refused; or forced, which moves those
    who got a seat last to the head of the waiting list, in their order. Returns who.
    The roster is claimed; it is another one after this.

    Raises:
        CapacityTooLow: it is lowered below that, and not forced.
    """
    before, after = change.before, change.after
    assert before is not None
    assert after is not None
    capacity, had = after.signup.capacity, before.signup.capacity
    taken = roster.tally.seats
    if capacity is None or taken <= capacity or (had is not None and capacity >= had):
        return ()  # those who were forced in stay as long as it is not lowered
    if not force:
        raise CapacityTooLow(taken)
    last = await uow.rosters.last_confirmed(
        after.id, roster.occurrence, limit=taken - capacity
    )
    roster = roster.knowing(*last)
    moves, displaced = Change(roster, roster, change.cause), list[UserId]()
    for rsvp in last:
        assert moves.after is not None
        if moves.after.tally.seats <= capacity:
            break
        move = moves.after.displace(
            before,
            rsvp.user_id,
            cause=change.cause,
            message_id=core.new_message_id(),
        )
        moves = moves.then(move)
        displaced.insert(0, rsvp.user_id)
    await uow.rosters.save(moves)
    return tuple(displaced)


async def store_moved(
    core: EventsCore, uow: UnitOfWork, change: Change[Event]
) -> Event:
    """Store a change of an event's state, and fill what became free while it was off.

    Raises:
        ConcurrentChange: the event, or its roster, is not as it was any more.
    """
    event = await store_change(uow, change)
    if change.happened and event.status is Status.PUBLISHED:
        roster = await uow.rosters.claim(event.id, event.occurrence)
        if roster is not None:
            await fill(core, uow, event, roster, change.cause)
    return event


async def store_revised(
    core: EventsCore, uow: UnitOfWork, change: Change[Event], *, force: bool = False
) -> tuple[UserId, ...]:
    """Store a revised event, and bring the seats in line with its terms and times.

    An event that was over, and is to be again, has seats for those who wait, too.

    Returns who was moved to the waiting list, as ``make_room`` does.

    Raises:
        CapacityTooLow: as ``make_room``.
        ConcurrentChange: the event, or its roster, is not as it was any more.
    """
    before, after = change.before, change.after
    assert before is not None
    assert after is not None
    if (before.signup, before.schedule) == (after.signup, after.schedule):
        await store_change(uow, change)
        return ()
    roster = await uow.rosters.claim(after.id, after.occurrence)
    if roster is None:
        raise EventNotFound(after.id)
    displaced = await make_room(core, uow, change, roster, force=force)
    await store_moved(core, uow, change)
    return displaced
