"""Answers."""

from collections import Counter
from collections.abc import Iterable

from attrs import frozen

from events_core import EventId, OccurrenceKey, Tally, UserId
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.roster import Roster, Rsvp

from .transaction import Transaction


@frozen
class SqliteRosters:
    """``Rosters`` in one unit of work."""

    _transaction: Transaction

    async def claim(
        self, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
    ) -> Roster | None:
        if not self._exists(event_id, occurrence):
            return None
        await self._transaction.hold("occurrence", event_id, occurrence)
        if not self._exists(event_id, occurrence):  # erased while this one waited
            return None
        rsvps = self._transaction.all(Rsvp, event_id, occurrence)
        mine = next((rsvp for rsvp in rsvps if rsvp.user_id == user_id), None)
        return Roster(event_id, occurrence, user_id, tally_of(rsvps), mine)

    async def save(self, change: Change[Roster]) -> None:
        roster = change.after
        if not change.happened or roster is None:
            return
        key = (roster.event_id, roster.occurrence, roster.user_id)
        if not self._transaction.holds("occurrence", *key[:2]):
            raise RuntimeError("a roster is claimed before it is saved")
        if roster.rsvp is None:
            self._transaction.drop(Rsvp, *key)
        else:
            self._transaction.put(roster.rsvp, *key)
        self._transaction.put_facts(change.facts)

    def _exists(self, event_id: EventId, occurrence: OccurrenceKey) -> bool:
        event = self._transaction.get(Event, event_id)
        return event is not None and event.occurrence == occurrence


def tally_of(rsvps: Iterable[Rsvp]) -> Tally:
    """Return how often each answer was given."""
    return Tally(**Counter(rsvp.answer.value for rsvp in rsvps))
