"""What was written down with the changes: versions, facts and the ledger of seats."""

from typing import Protocol

from attrs import frozen

from events_core.domain.history import Version
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.domain.seats import Movement


@frozen
class Entry:
    """A line of the ledger, and how many seats were taken after it."""

    number: int
    movement: Movement
    taken: int


@frozen
class Entries:
    """A part of a ledger, and how many lines there are in all."""

    items: tuple[Entry, ...]
    total: int


class Record(Protocol):
    """What was written down with the changes; it only ever grows."""

    async def versions(
        self, event_id: EventId, first: int = 1, last: int | None = None
    ) -> tuple[Version, ...]:
        """Return the versions of an event from ``first`` to ``last``, oldest first.

        Both are included; None is the latest. Costs what these versions cost,
        however many others there are.
        """
        ...

    async def facts(self, event_id: EventId) -> tuple[str, ...]:
        """Return the facts of an event in their published form, oldest first.

        JSON texts as they will be sent, without the position. ``Rosters`` and
        ``AttendanceBook`` write here too.
        """
        ...

    async def movements(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        *,
        limit: int,
        offset: int = 0,
    ) -> Entries:
        """Return the movements of an occurrence's seats, oldest first."""
        ...
