"""Who did what."""

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from events_core.domain.audit import AuditEntry, AuditQuery
from events_core.domain.chain import Head, Link
from events_core.ports.store import Chained, Loose

from .transaction import Transaction


@frozen
class SqliteAuditTrail:
    """``AuditTrail`` in one unit of work. Its commit makes the links."""

    _transaction: Transaction

    async def write(self, *entries: AuditEntry) -> None:
        self._transaction.put_audit(entries)

    async def count(self, entry: AuditEntry) -> None:
        key = (
            entry.minute,
            entry.deed,
            entry.outcome,
            entry.via,
            entry.by,
            *entry.names,
        )
        await self._transaction.hold("counted")
        first = self._transaction.get(AuditEntry, *key)
        times = entry.times + (first.times if first else 0)
        self._transaction.put(evolve(first or entry, times=times), *key)

    async def close_minutes(self, *, before: datetime) -> int:
        await self._transaction.hold("counted")
        done = [e for e in self._transaction.all(AuditEntry) if e.minute < before]
        self._transaction.put_audit(done)
        for entry in done:
            self._transaction.drop(AuditEntry, entry.minute)
        return len(done)

    async def page(self, query: AuditQuery) -> Sequence[Chained]:
        found = [
            Chained(link.position, link.sealed.entry)
            for link in self._transaction.all(Link)
            if link.sealed and query.asks_for(link.position, link.sealed.entry)
        ]
        return found[::-1][: query.limit]

    async def walk(self, *, after: int, limit: int) -> Sequence[Link]:
        return self._transaction.all(Link)[after : after + limit]

    async def head(self) -> Head:
        last = self._transaction.all(Link)[-1:]
        return Head(last[0].position, last[0].hash) if last else Head()

    async def loose(self) -> Sequence[Loose]:
        return ()
