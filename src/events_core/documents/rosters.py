"""Answers, as documents."""

from datetime import datetime

from attrs import frozen

from events_core.documents.kinds import LedgerLine
from events_core.documents.transaction import Transaction
from events_core.domain.answers import Rsvp, Side, Tally
from events_core.domain.audit import of_roster
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.roster import Roster


@frozen
class DocumentRosters:
    """``Rosters`` in one unit of work."""

    _transaction: Transaction

    async def claim(
        self, event_id: EventId, occurrence: OccurrenceKey, *people: UserId
    ) -> Roster | None:
        """See ``Rosters.claim``."""
        await self._transaction.statement()
        if await self._event(event_id, occurrence) is None:
            return None
        await self._transaction.hold("occurrence", event_id, occurrence)
        event = await self._event(event_id, occurrence)
        if event is None:  # gone while this one waited
            return None
        rsvps = await self._transaction.all(Rsvp, event_id, occurrence)
        return Roster(
            event_id,
            occurrence,
            event.version,
            await self._transaction.get(Tally, event_id, occurrence) or Tally(),
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
            for rsvp in await self._transaction.all(Rsvp, event_id, occurrence)
            if rsvp.waits and (largest is None or rsvp.party <= largest)
        ]
        return tuple(sorted(line, key=_turn)[:limit])

    async def last_confirmed(
        self, event_id: EventId, occurrence: OccurrenceKey, *, limit: int
    ) -> tuple[Rsvp, ...]:
        """See ``Rosters.last_confirmed``."""
        await self._transaction.statement()
        rsvps = await self._transaction.all(Rsvp, event_id, occurrence)
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
        rsvps = await self._transaction.all(Rsvp, event_id, occurrence)
        listed = sorted((r for r in rsvps if r.side in sides), key=_listed)
        return tuple(listed[offset:][:limit])

    async def position(self, rsvp: Rsvp) -> int:
        """See ``Rosters.position``."""
        await self._transaction.statement()
        return await position(self._transaction, rsvp)

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
            self._transaction.drop(Rsvp, *occurrence, user_id)
        for user_id, rsvp in after.rsvps.items():
            self._transaction.put(rsvp, *occurrence, user_id)
        self._transaction.put(after.tally, *occurrence)
        for movement in after.movements[len(before.movements) :]:
            self._transaction.add(LedgerLine(*occurrence, movement), *occurrence)
        self._transaction.put_facts(change.facts)
        self._transaction.put_audit(of_roster(change))

    async def _event(
        self, event_id: EventId, occurrence: OccurrenceKey
    ) -> Event | None:
        event = await self._transaction.get(Event, event_id)
        return event if event is not None and event.occurrence == occurrence else None


async def position(transaction: Transaction, rsvp: Rsvp) -> int:
    """Return the place in the line, from 1, of somebody who waits."""
    rsvps = await transaction.all(Rsvp, rsvp.event_id, rsvp.occurrence)
    return sum(other.waits and other.turn <= rsvp.turn for other in rsvps)


def _turn(rsvp: Rsvp) -> int:
    return rsvp.turn


def _listed(rsvp: Rsvp) -> tuple[int, int, datetime, UserId]:
    return [*Side].index(rsvp.side), rsvp.turn, rsvp.created_at, rsvp.user_id
