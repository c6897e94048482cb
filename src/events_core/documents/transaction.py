"""What one unit of work reads, writes and holds, in one tenant."""

import asyncio
from collections import defaultdict
from collections.abc import Hashable, Iterable
from secrets import token_bytes, token_hex
from typing import Any, TypeVar

from attrs import define, field

from events_core.documents.kinds import ChainedEntry, StoredFact
from events_core.documents.locks import Locks
from events_core.domain.audit import AuditEntry
from events_core.domain.chain import Head, Sealed, link, seal
from events_core.domain.facts import EventFact
from events_core.domain.identity import TenantId
from events_core.errors import ConcurrentChange, Conflict, StoreUnavailable
from events_core.ports.documents import Documents, Key, Write
from events_core.wire import published_text

T = TypeVar("T")


@define(eq=False)
class Transaction:
    """What one unit of work does, until it is over.

    What it writes is kept here until the commit, and read before what is stored. Each
    statement lets others run first, as a database would. A row that is written is
    held to the end, and so is what a decision hangs on.
    """

    tenant_id: TenantId
    _documents: Documents
    _locks: Locks
    _written: defaultdict[type, dict[Key, Any]] = field(
        factory=lambda: defaultdict(dict), init=False
    )
    _to_chain: list[Key] = field(factory=list, init=False)
    _failure: Conflict | StoreUnavailable | None = field(default=None, init=False)
    _is_committed: bool = field(default=False, init=False)
    _is_over: bool = field(default=False, init=False)

    async def statement(self) -> None:
        """Begin a statement."""
        await asyncio.sleep(0)
        if self._is_over or self._is_committed:
            raise RuntimeError("this unit of work is over")
        if self._failure is not None:
            raise self._failure

    async def find(self, kind: type[T], *start: object) -> dict[Key, T]:
        """Return the documents of a kind whose keys begin so, the oldest first."""
        beginning = _key(start)
        found = await self._stored(kind, beginning)
        for key, document in self._written[kind].items():
            if key[: len(beginning)] != beginning:
                continue
            if document is None:
                found.pop(key, None)
            else:
                found[key] = document
        return found

    async def all(self, kind: type[T], *start: object) -> list[T]:
        """Return the documents alone."""
        return [*(await self.find(kind, *start)).values()]

    async def get(self, kind: type[T], *parts: object) -> T | None:
        """Return the document of this key, or None."""
        key = _key(parts)
        written: dict[Key, T | None] = self._written[kind]
        if key in written:
            return written[key]
        return (await self._stored(kind, key)).get(key)

    def put(self, document: object, *parts: object) -> None:
        """Write a document."""
        self._written[type(document)][_key(parts)] = document

    def add(self, document: object, *start: object) -> Key:
        """Write a document under a key that is nobody else's, and return that."""
        key = (*_key(start), token_hex(16))
        self._written[type(document)][key] = document
        return key

    def drop(self, kind: type, *parts: object) -> None:
        """Take the document of this key away."""
        self._written[kind][_key(parts)] = None

    def put_facts(self, facts: Iterable[EventFact]) -> None:
        """Write facts as they will be sent."""
        for fact in facts:
            text = published_text(fact)
            self.put(StoredFact(text), fact.event_id, fact.message_id)

    def put_audit(self, entries: Iterable[AuditEntry]) -> None:
        """Write entries of the audit trail; they are chained at the commit."""
        for entry in entries:
            sealed = seal(entry, self.tenant_id, lambda: token_bytes(16))
            self._to_chain.append(self.add(sealed))

    async def hold(self, *row: Hashable) -> None:
        """Hold a row until the end, once nobody else does."""
        try:
            await self._locks.hold((self.tenant_id, *row), self)
        except ConcurrentChange as lost:
            self._failure = lost
            raise

    def holds(self, *row: Hashable) -> bool:
        """Tell whether it is this transaction that holds the row."""
        return self._locks.is_held((self.tenant_id, *row), self)

    def lose(self) -> ConcurrentChange:
        """Return the error to raise; nothing of this transaction will last."""
        self._failure = lost = ConcurrentChange()
        return lost

    async def commit(self) -> None:
        """Let everything last. Again does nothing."""
        if self._is_committed:
            return
        await self.statement()
        await self._chain()
        writes = [
            Write(kind, key, document)
            for kind, written in self._written.items()
            for key, document in written.items()
        ]
        self._failure = StoreUnavailable()  # unless it lasts
        if writes:
            await self._documents.write(self.tenant_id, writes)
        self._is_committed = True
        self._locks.release(self)

    def end(self) -> None:
        """Let go of everything; what was not committed has never been."""
        self._is_over = True
        self._locks.release(self)

    async def _chain(self) -> None:
        if not self._to_chain:
            return
        await self.hold("chain")
        head = await self.get(Head, "chain") or Head()
        for key in self._to_chain:
            sealed: Sealed = self._written[Sealed][key]
            head = Head(head.position + 1, link(head.hash, sealed.digest))
            self.put(ChainedEntry(head.position, head.hash, *key), head.position)
        self.put(head, "chain")

    async def _stored(self, kind: type[T], start: Key) -> dict[Key, T]:
        try:
            return await self._documents.find(self.tenant_id, kind, start)
        except StoreUnavailable as failure:
            self._failure = failure
            raise


def _key(parts: Iterable[object]) -> Key:
    return tuple(map(str, parts))
