"""Who may do what on an event."""

from typing import Protocol

from events_core.domain.change import Change
from events_core.domain.identity import EventId
from events_core.domain.roles import Sharing


class Roles(Protocol):
    """Who may do what on an event."""

    async def claim(self, event_id: EventId) -> Sharing | None:
        """Return who holds which role, and hold that and the event until the end.

        Nobody else changes either before this unit of work ends; they wait. None
        where there is no such event.
        """
        ...

    async def save(self, change: Change[Sharing]) -> None:
        """Store who holds which role now, and that in the audit trail (``of_sharing``).

        Makes no version, and nobody is told.

        Raises:
            RuntimeError: the roles were not claimed.
        """
        ...
