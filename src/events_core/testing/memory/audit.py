"""The audit trail, in memory."""

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from events_core.domain.audit import AuditEntry, AuditQuery
from events_core.domain.chain import Head, Link
from events_core.ports.store import AuditTrail, Chained, Loose
from events_core.testing.memory.tables import Transaction


@frozen
class MemoryAuditTrail:
    """``AuditTrail`` in one transaction. What is committed is chained at once."""

    _transaction: Transaction

    async def write(self, *entries: AuditEntry) -> None:
        """See ``AuditTrail.write``."""
        await self._transaction.statement()
        self._transaction.write_audit(entries)

    async def count(self, entry: AuditEntry) -> None:
        """See ``AuditTrail.count``."""
        await self._transaction.statement()
        key = (
            entry.minute,
            entry.deed,
            entry.outcome,
            entry.via,
            entry.by,
            entry.names,
        )
        await self._transaction.hold("counted", *key)
        first = self._transaction.counted.get(key)
        self._transaction.counted[key] = (
            entry if first is None else evolve(first, times=first.times + entry.times)
        )

    async def close_minutes(self, *, before: datetime) -> int:
        """See ``AuditTrail.close_minutes``."""
        await self._transaction.statement()
        counted = self._transaction.counted
        done = 0
        for key in sorted(counted, key=str):
            if key[0] < before:
                await self._transaction.hold("counted", *key)
                entry = counted.pop(key, None)
                if entry is not None:
                    self._transaction.write_audit([entry])
                    done += 1
        return done

    async def page(self, query: AuditQuery) -> Sequence[Chained]:
        """See ``AuditTrail.page``."""
        await self._transaction.statement()
        found = [
            Chained(link.position, link.sealed.entry)
            for link in self._links()
            if link.sealed and query.asks_for(link.position, link.sealed.entry)
        ]
        return found[::-1][: query.limit]

    async def walk(self, *, after: int, limit: int) -> Sequence[Link]:
        """See ``AuditTrail.walk``."""
        await self._transaction.statement()
        return self._links()[after : after + limit]

    async def head(self) -> Head:
        """See ``AuditTrail.head``."""
        await self._transaction.statement()
        links = self._links()
        return Head(links[-1].position, links[-1].hash) if links else Head()

    async def loose(self) -> Sequence[Loose]:
        """See ``AuditTrail.loose``."""
        await self._transaction.statement()
        return ()

    def _links(self) -> Sequence[Link]:
        return self._transaction.links()


def _satisfies_port(trail: MemoryAuditTrail) -> AuditTrail:
    return trail
