"""Answers, in memory."""

from attrs import frozen

from events_core.domain.answers import Tally
from events_core.domain.change import Change
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.roster import Roster
from events_core.testing.memory.tables import Transaction


@frozen
class MemoryRosters:
    """``Rosters`` in one transaction."""

    _transaction: Transaction

    async def claim(
        self, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
    ) -> Roster | None:
        """See ``Rosters.claim``."""
        await self._transaction.statement()
        if not self._exists(event_id, occurrence):
            return None
        await self._transaction.hold("occurrence", event_id, occurrence)
        if not self._exists(event_id, occurrence):  # gone while this one waited
            return None
        return Roster(
            event_id,
            occurrence,
            user_id,
            self._transaction.tallies.get((event_id, occurrence), Tally()),
            self._transaction.rsvps.get((event_id, occurrence, user_id)),
        )

    async def save(self, change: Change[Roster]) -> None:
        """See ``Rosters.save``."""
        await self._transaction.statement()
        if not change.happened:
            return
        roster = change.after
        assert roster is not None
        occurrence = (roster.event_id, roster.occurrence)
        if not self._transaction.holds("occurrence", *occurrence):
            raise RuntimeError("a roster is claimed before it is saved")
        if roster.rsvp is None:
            self._transaction.rsvps.pop((*occurrence, roster.user_id), None)
        else:
            self._transaction.rsvps[*occurrence, roster.user_id] = roster.rsvp
        self._transaction.tallies[occurrence] = roster.tally
        self._transaction.write_facts(change.facts)

    def _exists(self, event_id: EventId, occurrence: OccurrenceKey) -> bool:
        event = self._transaction.events.get(event_id)
        return event is not None and event.occurrence == occurrence
