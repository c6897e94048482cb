"""Answers, in memory."""

from datetime import datetime

from attrs import frozen

from events_core.domain.answers import Rsvp, Side, Tally
from events_core.domain.audit import of_roster
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.roster import Roster
from events_core.testing.memory.tables import Transaction


@frozen
class MemoryRosters:
    """``Rosters`` in one transaction."""

    _transaction: Transaction

    async def claim(
        self, event_id: EventId, occurrence: OccurrenceKey, *people: UserId
    ) -> Roster | None:
        """See ``Rosters.claim``."""
        await self._transaction.statement()
        if self._event(event_id, occurrence) is None:
            return None
        await self._transaction.hold("occurrence", event_id, occurrence)
        event = self._event(event_id, occurrence)
        if event is None:  # gone while this one waited
            return None
        rsvps = rsvps_of(self._transaction, event_id, occurrence)
        return Roster(
            event_id,
            occurrence,
            event.version,
            self._transaction.tallies.get((event_id, occurrence), Tally()),
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
        """See ``Rosters.first_waiting``."""
        await self._transaction.statement()
        line = [
            rsvp
            for rsvp in rsvps_of(self._transaction, event_id, occurrence)
            if rsvp.waits and (largest is None or rsvp.party <= largest)
        ]
        return tuple(sorted(line, key=_turn)[:limit])

    async def last_confirmed(
        self, event_id: EventId, occurrence: OccurrenceKey, *, limit: int
    ) -> tuple[Rsvp, ...]:
        """See ``Rosters.last_confirmed``."""
        await self._transaction.statement()
        rsvps = rsvps_of(self._transaction, event_id, occurrence)
        confirmed = [rsvp for rsvp in rsvps if rsvp.seats]
        return tuple(sorted(confirmed, key=_turn, reverse=True)[:limit])

    async def page(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        sides: frozenset[Side],
        *,
        limit: int,
        offset: int = 0,
    ) -> tuple[Rsvp, ...]:
        """See ``Rosters.page``."""
        await self._transaction.statement()
        rsvps = rsvps_of(self._transaction, event_id, occurrence)
        listed = sorted((r for r in rsvps if r.side in sides), key=_listed)
        return tuple(listed[offset:][:limit])

    async def position(self, rsvp: Rsvp) -> int:
        """See ``Rosters.position``."""
        await self._transaction.statement()
        return position(self._transaction, rsvp)

    async def save(self, change: Change[Roster]) -> None:
        """See ``Rosters.save``."""
        await self._transaction.statement()
        if not change.happened:
            return
        before, after = change.before, change.after
        assert before is not None
        assert after is not None
        occurrence = (after.event_id, after.occurrence)
        if not self._transaction.holds("occurrence", *occurrence):
            raise RuntimeError("a roster is claimed before it is saved")
        for user_id in before.rsvps.keys() - after.rsvps.keys():
            self._transaction.rsvps.pop((*occurrence, user_id), None)
        for user_id, rsvp in after.rsvps.items():
            self._transaction.rsvps[*occurrence, user_id] = rsvp
        self._transaction.tallies[occurrence] = after.tally
        self._transaction.movements[occurrence] = (
            *self._transaction.movements.get(occurrence, ()),
            *after.movements[len(before.movements) :],
        )
        self._transaction.write_facts(change.facts)
        self._transaction.write_audit(of_roster(change))

    def _event(self, event_id: EventId, occurrence: OccurrenceKey) -> Event | None:
        event = self._transaction.events.get(event_id)
        return event if event is not None and event.occurrence == occurrence else None


def rsvps_of(
    tables: Transaction, event_id: EventId, occurrence: OccurrenceKey
) -> list[Rsvp]:
    """Return every answer to an occurrence."""
    return [r for key, r in tables.rsvps.items() if key[:2] == (event_id, occurrence)]


def position(tables: Transaction, rsvp: Rsvp) -> int:
    """Return the place in the line, from 1, of somebody who waits."""
    rsvps = rsvps_of(tables, rsvp.event_id, rsvp.occurrence)
    return sum(other.waits and other.turn <= rsvp.turn for other in rsvps)


def _turn(rsvp: Rsvp) -> int:
    return rsvp.turn


def _listed(rsvp: Rsvp) -> tuple[int, int, datetime, UserId]:
    return [*Side].index(rsvp.side), rsvp.turn, rsvp.created_at, rsvp.user_id
