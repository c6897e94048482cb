"""Where time and ids come from, so that the domain need read neither."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC.

        Not promised: that it never goes back; it is the wall clock.
        """
        ...


class IdSource(Protocol):
    """New identities."""

    def new(self) -> UUID:
        """Return a UUID never returned before, by this source or any other.

        Time-ordered (RFC 9562, version 7), and later calls in one process sort
        after earlier ones. Not promised: order across processes.
        """
        ...
