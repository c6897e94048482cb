"""Where the audit trail of one tenant is kept: written with what it tells of, chained
after that was committed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from events_core.domain.audit import AuditEntry, AuditQuery
from events_core.domain.chain import Head, Link, Sealed


@frozen
class Chained:
    """An entry in its place: positions count from 1, without a gap."""

    position: int
    entry: AuditEntry


@frozen
class Loose:
    """An entry that is not chained; unreadable where None.

    It is ``overdue`` where it should have been: what was committed after it is.
    """

    sealed: Sealed | None
    overdue: bool


class AuditTrail(Protocol):
    """The trail of one tenant. It only ever grows; erasing strikes personal values.

    The repositories of the unit of work write what is to be told of each change with
    that change; here is written what is no change of theirs.

    Entries are chained after their commit, in the order in which they became visible,
    of one event in the order of its changes; by whom, and how soon, is the store's.
    """

    async def write(self, *entries: AuditEntry) -> None:
        """Write entries, sealed, in their order."""
        ...

    async def count(self, entry: AuditEntry) -> None:
        """Count an entry together with others of one minute (UTC), as one.

        Those alike in deed, outcome, ``via``, ``by`` and ``names`` are; of the rest the
        first one's stays. Concurrent ones are all counted. They are entries, and in
        the trail, once their minute is closed.
        """
        ...

    async def close_minutes(self, *, before: datetime) -> int:
        """Make entries of what was counted in minutes that began before a time.

        Returns how many. What others are closing just now is left to them.
        """
        ...

    async def page(self, query: AuditQuery) -> Sequence[Chained]:
        """Return chained entries, the latest position first."""
        ...

    async def walk(self, *, after: int, limit: int) -> Sequence[Link]:
        """Return links after a position in their order, as they are kept.

        To be verified: nothing is promised of what somebody tampered with but that
        whatever is still there is returned.
        """
        ...

    async def head(self) -> Head:
        """Return the last link's place and hash, as it is kept apart from the links."""
        ...

    async def loose(self) -> Sequence[Loose]:
        """Return what is not chained: mostly what was committed just now."""
        ...
