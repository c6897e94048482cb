"""History, facts and ledgers, as documents."""

from copy import deepcopy
from itertools import accumulate, count

from attrs import frozen

from events_core.documents.kinds import LedgerLine, StoredFact
from events_core.documents.transaction import Transaction
from events_core.domain.history import Version
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.ports.store import Entries, Entry


@frozen
class DocumentRecord:
    """``Record`` in one unit of work."""

    _transaction: Transaction

    async def versions(
        self, event_id: EventId, first: int = 1, last: int | None = None
    ) -> tuple[Version, ...]:
        """See ``Record.versions``."""
        await self._transaction.statement()
        return tuple(
            deepcopy(version)
            for version in await self._transaction.all(Version, event_id)
            if first <= version.number and (last is None or version.number <= last)
        )

    async def facts(self, event_id: EventId) -> tuple[str, ...]:
        """See ``Record.facts``."""
        await self._transaction.statement()
        facts = await self._transaction.all(StoredFact, event_id)
        return tuple(fact.text for fact in facts)

    async def movements(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        *,
        limit: int,
        offset: int = 0,
    ) -> Entries:
        """See ``Record.movements``."""
        await self._transaction.statement()
        lines = await self._transaction.all(LedgerLine, event_id, occurrence)
        moved = [line.movement for line in lines]
        taken = accumulate(movement.seats for movement in moved)
        entries = map(Entry, count(1), moved, taken)
        return Entries(tuple(entries)[offset : offset + limit], len(moved))
