"""What people who count on an event are to hear."""

from typing import Protocol

from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId
from events_core.domain.notices import Notice, NoticeKind


class Notices(Protocol):
    """What people who count on an event are to hear."""

    async def note(self, change: Change[Event], kind: NoticeKind) -> int:
        """Write a notice for each who is interested, going or waits; return how many.

        Whoever answers at the same time is before it, and gets one, or after it.

        Raises:
            ConcurrentChange: others hold what this waits for, and wait for this. The
                unit of work is of no further use.
        """
        ...

    async def of_event(self, event_id: EventId) -> tuple[Notice, ...]:
        """Return the notices of an event, by version, occurrence and person."""
        ...
