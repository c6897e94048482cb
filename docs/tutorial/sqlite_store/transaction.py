"""One SQLite table of JSON texts, and transactions on it that hold rows."""

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from secrets import token_bytes
from typing import TypeVar
from uuid import UUID

from attrs import define, field
from cattrs.preconf.json import make_converter

from events_core import Scope, TenantId, UserId
from events_core.domain.audit import AuditEntry
from events_core.domain.chain import BEGINNING, Link, Sealed, link, seal
from events_core.domain.facts import EventFact
from events_core.domain.roles import Holder
from events_core.errors import ConcurrentChange, StoreUnavailable
from events_core.wire import published_text

T = TypeVar("T")
Row = tuple[str, ...]

_json = make_converter()
_json.register_unstructure_hook(UUID, str)
_json.register_structure_hook(UUID, lambda text, _: UUID(text))


@_json.register_structure_hook
def _to_holder(value: object, _: type) -> Holder:
    if isinstance(value, str):
        return UserId(UUID(value))
    return _json.structure(value, Scope)


@_json.register_unstructure_hook
def _from_time(moment: datetime) -> str:
    return moment.isoformat() + "+fold" * moment.fold  # ISO 8601 has no word for it


@_json.register_structure_hook
def _to_time(text: str, _: type) -> datetime:
    plain = text.removesuffix("+fold")
    return datetime.fromisoformat(plain).replace(fold=plain != text)


SCHEMA = """
PRAGMA locking_mode = EXCLUSIVE;
BEGIN EXCLUSIVE;
CREATE TABLE IF NOT EXISTS things (
    place INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (tenant, kind, key)
);
COMMIT;
"""
FIND = """
SELECT key, body FROM things
WHERE tenant = ? AND kind = ? AND key BETWEEN ? AND ? ORDER BY place
"""
PUT = """
INSERT INTO things (tenant, kind, key, body) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, kind, key) DO UPDATE SET body = excluded.body
"""
DROP = "DELETE FROM things WHERE tenant = ? AND kind = ? AND key = ?"


@define(eq=False)
class Transaction:
    """What one unit of work reads, writes and holds, in one tenant.

    What it writes is kept here until the commit, and read before what is stored.
    """

    tenant_id: TenantId
    _connection: sqlite3.Connection
    _holders: dict[Row, "Transaction"]
    _written: dict[tuple[str, str], str | None] = field(factory=dict, init=False)
    _sealed: list[Sealed] = field(factory=list, init=False)
    _waits_for: "Transaction | None" = field(default=None, init=False)
    _over: asyncio.Event = field(factory=asyncio.Event, init=False)
    _has_lost: bool = field(default=False, init=False)

    def find(self, kind: str, *key: object) -> dict[str, str]:
        """Return the bodies of a kind whose keys begin so, the oldest first."""
        self._check_open()
        start = _key(key)
        bounds = (start, start + "\U0010ffff")
        with translated():
            rows = self._connection.execute(FIND, (str(self.tenant_id), kind, *bounds))
            found: dict[str, str | None] = dict(rows)
        for (written_kind, written_key), body in self._written.items():
            if written_kind == kind and written_key.startswith(start):
                found[written_key] = body
        return {key: body for key, body in found.items() if body is not None}

    def all(self, kind: type[T], *key: object) -> list[T]:
        """Return the things of a kind whose keys begin so, the oldest first."""
        found = self.find(kind.__name__, *key).values()
        return [_json.structure(json.loads(body), kind) for body in found]

    def get(self, kind: type[T], *key: object) -> T | None:
        """Return the thing of this key, or None."""
        return next(iter(self.all(kind, *key)), None)

    def put(self, thing: object, *key: object) -> None:
        """Write a thing."""
        body = json.dumps(_json.unstructure(thing))
        self._written[type(thing).__name__, _key(key)] = body

    def put_text(self, kind: str, key: str, body: str) -> None:
        """Write a body as it is."""
        self._written[kind, key] = body

    def put_facts(self, facts: Iterable[EventFact]) -> None:
        """Write facts as they will be sent."""
        for fact in facts:
            key = _key((fact.event_id, fact.message_id))
            self.put_text("Fact", key, published_text(fact))

    def put_audit(self, entries: Iterable[AuditEntry]) -> None:
        """Write entries of the audit trail, to be chained at the commit."""
        for entry in entries:
            sealed = seal(entry, self.tenant_id, lambda: token_bytes(16))
            self._sealed.append(sealed)

    def drop(self, kind: type, *key: object) -> None:
        """Take away what is of a kind and has a key that begins so."""
        for found in self.find(kind.__name__, *key):
            self._written[kind.__name__, found] = None

    async def hold(self, *row: object) -> None:
        """Hold a row until the end; wait while another unit of work holds it."""
        self._check_open()
        held = tuple(map(str, (self.tenant_id, *row)))
        while (holder := self._holders.get(held, self)) is not self:
            if self in holder.queue():  # they would all wait for ever
                raise self.lose()
            self._waits_for = holder
            try:
                await holder._over.wait()
            finally:
                self._waits_for = None
        self._holders[held] = self

    def queue(self) -> "list[Transaction]":
        """Return whom this one waits for, whom she waits for, and so on."""
        waited_for = self._waits_for
        return [waited_for, *waited_for.queue()] if waited_for else []

    def holds(self, *row: object) -> bool:
        """Tell whether it holds a row."""
        return self._holders.get(tuple(map(str, (self.tenant_id, *row)))) is self

    def lose(self) -> ConcurrentChange:
        """Return the error to raise; nothing of this unit of work will last."""
        self._has_lost = True
        return ConcurrentChange()

    def commit(self) -> None:
        """Store what was written, all or nothing; SQLite syncs it to the disk."""
        if self._over.is_set():
            return
        if self._has_lost:
            raise ConcurrentChange
        self._chain()
        with translated(), self._connection:
            for (kind, key), body in self._written.items():
                place = (str(self.tenant_id), kind, key)
                if body is None:
                    self._connection.execute(DROP, place)
                else:
                    self._connection.execute(PUT, (*place, body))
        self.end()

    def _chain(self) -> None:
        links = self.all(Link)  # nobody commits between this and what is stored
        before = links[-1].hash if links else BEGINNING
        for position, sealed in enumerate(self._sealed, len(links) + 1):
            before = link(before, sealed.digest)
            self.put(Link(position, before, sealed), f"{position:09}")

    def end(self) -> None:
        """Let go of everything."""
        for row in [row for row, holder in self._holders.items() if holder is self]:
            del self._holders[row]
        self._over.set()

    def _check_open(self) -> None:
        if self._over.is_set():
            raise RuntimeError("this unit of work is over")
        if self._has_lost:
            raise ConcurrentChange


def _key(parts: Iterable[object]) -> str:
    return "".join(f"{part}/" for part in parts)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what SQLite complains of into what a store may raise.

    Raises:
        StoreUnavailable: the disk is full, or another process has the file.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreUnavailable from error
