"""Answers."""

from collections.abc import Iterable

from attrs import frozen

from events_core import EventId, OccurrenceKey, Tally, UserId
from events_core.domain.answers import Rsvp, Side
from events_core.domain.audit import of_roster
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.roster import Roster
from events_core.domain.seats import Movement

from .transaction import Transaction


@frozen
class SqliteRosters:
    """``Rosters`` in one unit of work."""

    _transaction: Transaction

    async def claim(
        self, event_id: EventId, occurrence: OccurrenceKey, *people: UserId
    ) -> Roster | None:
        if not self._event(event_id, occurrence):
            return None
        await self._transaction.hold("occurrence", event_id, occurrence)
        event = self._event(event_id, occurrence)
        if event is None:  # erased while this one waited
            return None
        rsvps = self._transaction.all(Rsvp, event_id, occurrence)
        return Roster(
            event_id,
            occurrence,
            event.version,
            tally_of(rsvps),
            max((abs(rsvp.turn) for rsvp in rsvps), default=0),
            {rsvp.user_id: rsvp for rsvp in rsvps if rsvp.user_id in people},
        )

    async def first_waiting(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        *,
        limit: int,
        largest: int | None = None,
    ) -> tuple[Rsvp, ...]:
        rsvps = self._transaction.all(Rsvp, event_id, occurrence)
        line = [r for r in rsvps if r.waits and r.party <= (largest or r.party)]
        return tuple(sorted(line, key=lambda rsvp: rsvp.turn)[:limit])

    async def last_confirmed(
        self, event_id: EventId, occurrence: OccurrenceKey, *, limit: int
    ) -> tuple[Rsvp, ...]:
        rsvps = self._transaction.all(Rsvp, event_id, occurrence)
        confirmed = [rsvp for rsvp in rsvps if rsvp.seats]
        return tuple(sorted(confirmed, key=lambda rsvp: -rsvp.turn)[:limit])

    async def page(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        sides: frozenset[Side],
        *,
        limit: int,
        offset: int = 0,
    ) -> tuple[Rsvp, ...]:
        rsvps = self._transaction.all(Rsvp, event_id, occurrence)
        listed = sorted(
            (rsvp for rsvp in rsvps if rsvp.side in sides),
            key=lambda r: ([*Side].index(r.side), r.turn, r.created_at, r.user_id),
        )
        return tuple(listed[offset:][:limit])

    async def position(self, rsvp: Rsvp) -> int:
        rsvps = self._transaction.all(Rsvp, rsvp.event_id, rsvp.occurrence)
        return position_in(rsvps, rsvp)

    async def save(self, change: Change[Roster]) -> None:
        before, after = change.before, change.after
        if not change.happened or before is None or after is None:
            return
        occurrence = (after.event_id, after.occurrence)
        if not self._transaction.holds("occurrence", *occurrence):
            raise RuntimeError("a roster is claimed before it is saved")
        for user_id in before.rsvps.keys() - after.rsvps.keys():
            self._transaction.drop(Rsvp, *occurrence, user_id)
        for user_id, rsvp in after.rsvps.items():
            self._transaction.put(rsvp, *occurrence, user_id)
        new = after.movements[len(before.movements) :]
        add_movements(self._transaction, *occurrence, *new)
        self._transaction.put_facts(change.facts)
        self._transaction.put_audit(of_roster(change))

    def _event(self, event_id: EventId, occurrence: OccurrenceKey) -> Event | None:
        event = self._transaction.get(Event, event_id)
        return event if event is not None and event.occurrence == occurrence else None


def tally_of(rsvps: Iterable[Rsvp]) -> Tally:
    """Return what is kept count of, counted."""
    tally = Tally()
    for rsvp in rsvps:
        tally = tally.recounted(before=None, after=rsvp)
    return tally


def position_in(rsvps: Iterable[Rsvp], rsvp: Rsvp) -> int:
    """Return the place in the line, from 1, of somebody who waits."""
    return sum(other.waits and other.turn <= rsvp.turn for other in rsvps)


def add_movements(
    transaction: Transaction,
    event_id: EventId,
    occurrence: OccurrenceKey,
    *movements: Movement,
) -> None:
    """Write further lines into an occurrence's ledger of seats."""
    lines = len(transaction.all(Movement, event_id, occurrence))
    for number, movement in enumerate(movements, lines + 1):
        transaction.put(movement, event_id, occurrence, f"{number:09}")
