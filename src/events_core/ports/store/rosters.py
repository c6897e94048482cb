"""Who answered what, and who has the seats."""

from typing import Protocol

from events_core.domain.answers import Rsvp, Side
from events_core.domain.change import Change
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.roster import Roster


class Rosters(Protocol):
    """Who answered what."""

    async def claim(
        self, event_id: EventId, occurrence: OccurrenceKey, *people: UserId
    ) -> Roster | None:
        """Return the roster for some people's answers, and hold it until the end.

        Nobody else gets the roster of that occurrence before this unit of work
        ends; they wait. None where there is no such occurrence. Brings the counts,
        these people's answers, however many others there are, and the version that
        the event is at once the claim is granted: whoever read it before reads it
        again if it was another.

        Raises:
            ConcurrentChange: who holds it waits for what this unit of work holds.
                Of those who would wait for each other for ever, some get this and
                some go on. The unit of work is of no further use.
        """
        ...

    async def first_waiting(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        *,
        limit: int,
        largest: int | None = None,
    ) -> tuple[Rsvp, ...]:
        """Return who is first in line, in order; parties of ``largest`` at most."""
        ...

    async def last_confirmed(
        self, event_id: EventId, occurrence: OccurrenceKey, *, limit: int
    ) -> tuple[Rsvp, ...]:
        """Return who got a seat last, the latest first."""
        ...

    async def page(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        sides: frozenset[Side],
        *,
        limit: int,
        offset: int = 0,
    ) -> tuple[Rsvp, ...]:
        """Return part of the answers on some sides, in the order of ``Side``.

        On each side by turn (who got a seat first, who is first in line), then by
        when they were first given, then by person. Claims nothing.
        """
        ...

    async def position(self, rsvp: Rsvp) -> int:
        """Return the place in the line, from 1, of somebody who waits."""
        ...

    async def save(self, change: Change[Roster]) -> None:
        """Store the claimed roster's new state, its movements and facts, together.

        And what the audit trail says of it (``audit.of_roster``). Counts, answers and
        ledger never part: there is no moment at which they differ, and how many seats
        are taken is the sum of the ledger.
        """
        ...
