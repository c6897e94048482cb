"""The audit trail, as documents."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from attrs import evolve, frozen

from events_core.documents.kinds import ChainedEntry
from events_core.documents.transaction import Transaction
from events_core.domain.audit import AuditEntry, AuditQuery
from events_core.domain.chain import Head, Link, Sealed
from events_core.ports.store import Chained, Loose


@frozen
class DocumentAuditTrail:
    """``AuditTrail`` in one unit of work. What is committed is chained at once."""

    _transaction: Transaction

    async def write(self, *entries: AuditEntry) -> None:
        """See ``AuditTrail.write``."""
        await self._transaction.statement()
        self._transaction.put_audit(entries)

    async def count(self, entry: AuditEntry) -> None:
        """See ``AuditTrail.count``."""
        await self._transaction.statement()
        alike = (entry.deed, entry.outcome, entry.via, entry.by, entry.names)
        digest = sha256(repr(alike).encode()).hexdigest()
        key = (entry.minute.isoformat(), digest)
        await self._transaction.hold("counted", *key)
        first = await self._transaction.get(AuditEntry, *key)
        counted = evolve(first, times=first.times + entry.times) if first else entry
        self._transaction.put(counted, *key)

    async def close_minutes(self, *, before: datetime) -> int:
        """See ``AuditTrail.close_minutes``."""
        await self._transaction.statement()
        done = 0
        for key, one in sorted((await self._transaction.find(AuditEntry)).items()):
            if one.minute < before:
                await self._transaction.hold("counted", *key)
                entry = await self._transaction.get(AuditEntry, *key)
                if entry is not None:
                    self._transaction.drop(AuditEntry, *key)
                    self._transaction.put_audit([entry])
                    done += 1
        return done

    async def page(self, query: AuditQuery) -> Sequence[Chained]:
        """See ``AuditTrail.page``."""
        await self._transaction.statement()
        found = [
            Chained(link.position, link.sealed.entry)
            for link in await self._links()
            if link.sealed and query.asks_for(link.position, link.sealed.entry)
        ]
        return found[::-1][: query.limit]

    async def walk(self, *, after: int, limit: int) -> Sequence[Link]:
        """See ``AuditTrail.walk``."""
        await self._transaction.statement()
        return [one for one in await self._links() if one.position > after][:limit]

    async def head(self) -> Head:
        """See ``AuditTrail.head``."""
        await self._transaction.statement()
        return await self._transaction.get(Head, "chain") or Head()

    async def loose(self) -> Sequence[Loose]:
        """See ``AuditTrail.loose``."""
        await self._transaction.statement()
        return ()

    async def _links(self) -> list[Link]:
        entries = await self._transaction.all(ChainedEntry)
        sealed = {
            key[0]: one for key, one in (await self._transaction.find(Sealed)).items()
        }
        return [Link(one.position, one.hash, sealed.get(one.entry)) for one in entries]
