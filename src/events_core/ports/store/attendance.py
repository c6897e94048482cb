"""Who came."""

from typing import Protocol

from events_core.domain.attendance import Attendance, Reply
from events_core.domain.change import Change
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.numbers import Came


class AttendanceBook(Protocol):
    """Who came."""

    async def find(
        self, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
    ) -> Attendance | None:
        """Return the mark of one person at one occurrence, or None.

        Also one that was taken back.
        """
        ...

    async def page(
        self, event_id: EventId, occurrence: OccurrenceKey, limit: int, offset: int
    ) -> tuple[tuple[Attendance, ...], int]:
        """Return part of the marks that stand, by time then person, and how many."""
        ...

    async def came(self, event_id: EventId, occurrence: OccurrenceKey) -> Came:
        """Return how many marks stand of those on each side; 0 left out."""
        ...

    async def save(self, change: Change[Attendance]) -> None:
        """Store the mark and its facts, and the trail's entry of it, together.

        Raises:
            ConcurrentChange: the stored mark is not ``change.before``: somebody else
                marked the person meanwhile. The unit of work is of no further use.
        """
        ...

    async def answered(
        self, event_id: EventId, occurrence: OccurrenceKey, nonce: str
    ) -> Reply | None:
        """Return what was answered to a nonce, or None."""
        ...

    async def remember(self, nonce: str, reply: Reply) -> None:
        """Remember what is answered to a nonce at the mark's occurrence.

        Raises:
            ConcurrentChange: the nonce was used there already. The unit of work is of
                no further use.
        """
        ...
