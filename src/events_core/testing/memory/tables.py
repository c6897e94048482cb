"""One tenant's tables, and how a transaction sees them: with its own changes."""

import asyncio
from collections.abc import Hashable, Iterable, Iterator, MutableMapping, Sequence
from datetime import datetime
from secrets import token_bytes
from typing import TypeVar

from attrs import define, field, frozen

from events_core.domain.answers import Rsvp, Tally
from events_core.domain.attendance import Attendance, Reply
from events_core.domain.audit import AuditEntry
from events_core.domain.chain import BEGINNING, Link, Sealed, link, seal
from events_core.domain.event import Event
from events_core.domain.facts import EventFact
from events_core.domain.history import Version
from events_core.domain.identity import (
    EventId,
    MessageId,
    OccurrenceKey,
    TenantId,
    UserId,
)
from events_core.domain.notices import Notice
from events_core.domain.seats import Movement
from events_core.errors import ConcurrentChange
from events_core.testing.memory.locks import Locks
from events_core.wire import published_text

K = TypeVar("K")
V = TypeVar("V")

Occurrence = tuple[EventId, OccurrenceKey]
Person = tuple[EventId, OccurrenceKey, UserId]
Nonce = tuple[EventId, OccurrenceKey, str]
Told = tuple[EventId, OccurrenceKey, UserId, int]
Counted = tuple[datetime, *tuple[Hashable, ...]]


@define
class Rows(MutableMapping[K, V]):
    """The rows that are committed right now, under the changes of one transaction."""

    _committed: dict[K, V]
    _changed: dict[K, V | None] = field(factory=dict, init=False)

    def _merged(self) -> dict[K, V]:
        merged = {**self._committed, **self._changed}
        return {key: row for key, row in merged.items() if row is not None}

    def __getitem__(self, key: K) -> V:
        row = self._changed[key] if key in self._changed else self._committed.get(key)
        if row is None:
            raise KeyError(key)
        return row

    def __setitem__(self, key: K, row: V) -> None:
        self._changed[key] = row

    def __delitem__(self, key: K) -> None:
        self._changed[key] = None

    def __iter__(self) -> Iterator[K]:
        return iter(self._merged())

    def __len__(self) -> int:
        return len(self._merged())

    def apply(self) -> None:
        """Commit the changes."""
        for key, row in self._changed.items():
            if row is None:
                self._committed.pop(key, None)
            else:
                self._committed[key] = row


@frozen
class StoredFact:
    """A fact as it will be sent."""

    event_id: EventId
    text: str


@frozen
class Tables:
    """All that is committed in one tenant, and who holds which of its rows."""

    events: dict[EventId, Event] = field(factory=dict)
    rsvps: dict[Person, Rsvp] = field(factory=dict)
    tallies: dict[Occurrence, Tally] = field(factory=dict)
    movements: dict[Occurrence, tuple[Movement, ...]] = field(factory=dict)
    attendance: dict[Person, Attendance] = field(factory=dict)
    nonces: dict[Nonce, Reply] = field(factory=dict)
    notices: dict[Told, Notice] = field(factory=dict)
    versions: dict[tuple[EventId, int], Version] = field(factory=dict)
    facts: dict[MessageId, StoredFact] = field(factory=dict)
    audit: dict[bytes, Sealed] = field(factory=dict)
    chain: list[tuple[bytes, bytes]] = field(factory=list)
    counted: dict[Counted, AuditEntry] = field(factory=dict)
    locks: Locks = field(factory=Locks)


@define(eq=False)
class Transaction:
    """What one unit of work does in one tenant, until it is over.

    Each statement lets others run first, as a database would, and is then done in
    one piece. A row that is written is held to the end.
    """

    tenant_id: TenantId
    _tables: Tables
    events: Rows[EventId, Event] = field(init=False)
    rsvps: Rows[Person, Rsvp] = field(init=False)
    tallies: Rows[Occurrence, Tally] = field(init=False)
    movements: Rows[Occurrence, tuple[Movement, ...]] = field(init=False)
    attendance: Rows[Person, Attendance] = field(init=False)
    nonces: Rows[Nonce, Reply] = field(init=False)
    notices: Rows[Told, Notice] = field(init=False)
    versions: Rows[tuple[EventId, int], Version] = field(init=False)
    facts: Rows[MessageId, StoredFact] = field(init=False)
    audit: Rows[bytes, Sealed] = field(init=False)
    counted: Rows[Counted, AuditEntry] = field(init=False)
    _to_chain: list[bytes] = field(factory=list, init=False)
    _has_lost: bool = field(default=False, init=False)
    _is_committed: bool = field(default=False, init=False)
    _is_over: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.events = Rows(self._tables.events)
        self.rsvps = Rows(self._tables.rsvps)
        self.tallies = Rows(self._tables.tallies)
        self.movements = Rows(self._tables.movements)
        self.attendance = Rows(self._tables.attendance)
        self.nonces = Rows(self._tables.nonces)
        self.notices = Rows(self._tables.notices)
        self.versions = Rows(self._tables.versions)
        self.facts = Rows(self._tables.facts)
        self.audit = Rows(self._tables.audit)
        self.counted = Rows(self._tables.counted)

    async def statement(self) -> None:
        """Begin a statement."""
        await asyncio.sleep(0)
        if self._is_over or self._is_committed:
            raise RuntimeError("this unit of work is over")
        if self._has_lost:
            raise ConcurrentChange

    async def hold(self, *row: Hashable) -> None:
        """Hold a row until the end, once nobody else does."""
        try:
            await self._tables.locks.hold(row, self)
        except ConcurrentChange:
            self._has_lost = True
            raise

    def holds(self, *row: Hashable) -> bool:
        """Tell whether it is this transaction that holds the row."""
        return self._tables.locks.is_held(row, self)

    def lose(self) -> ConcurrentChange:
        """Return the error to raise; nothing of this transaction will last."""
        self._has_lost = True
        return ConcurrentChange()

    def write_facts(self, facts: Iterable[EventFact]) -> None:
        """Store facts as they will be sent."""
        for fact in facts:
            self.facts[fact.message_id] = StoredFact(
                fact.event_id, published_text(fact)
            )

    def write_audit(self, entries: Iterable[AuditEntry]) -> None:
        """Store entries of the audit trail; they are chained at the commit."""
        for entry in entries:
            key = token_bytes(16)
            self.audit[key] = seal(entry, self.tenant_id, lambda: token_bytes(16))
            self._to_chain.append(key)

    def links(self) -> Sequence[Link]:
        """Return the chain of the audit trail, as far as it is committed."""
        return [
            Link(position, hash_, self.audit.get(key))
            for position, (key, hash_) in enumerate(self._tables.chain, start=1)
        ]

    async def commit(self) -> None:
        """Let everything last. Again does nothing."""
        if self._is_committed:
            return
        await self.statement()
        for rows in (
            self.events,
            self.rsvps,
            self.tallies,
            self.movements,
            self.attendance,
            self.nonces,
            self.notices,
            self.versions,
            self.facts,
            self.audit,
            self.counted,
        ):
            rows.apply()
        self._chain()
        self._is_committed = True
        self._tables.locks.release(self)

    def end(self) -> None:
        """Let go of everything; what was not committed has never been."""
        self._is_over = True
        self._tables.locks.release(self)

    def _chain(self) -> None:
        chain = self._tables.chain
        for key in self._to_chain:
            before = chain[-1][1] if chain else BEGINNING
            chain.append((key, link(before, self._tables.audit[key].digest)))
