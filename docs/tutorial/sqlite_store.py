"""Documents in one SQLite file, for a ``DocumentStore``.

For one process with one event loop; SQLite keeps any other out of the file.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from attrs import frozen

from events_core import TenantId
from events_core.documents import from_text, to_text
from events_core.errors import StoreUnavailable
from events_core.ports.documents import Documents, Key, Write

T = TypeVar("T")

SCHEMA = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA synchronous = FULL;
BEGIN EXCLUSIVE;
CREATE TABLE IF NOT EXISTS documents (
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
SELECT key, body FROM documents
WHERE tenant = ? AND kind = ? AND key >= ? AND key < ?
ORDER BY place
"""
PUT = """
INSERT INTO documents (tenant, kind, key, body) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, kind, key) DO UPDATE SET body = excluded.body
"""
AFTER_ASCII = "\x80"
DROP = "DELETE FROM documents WHERE tenant = ? AND kind = ? AND key = ?"


@frozen
class SqliteDocuments:
    """``Documents`` in one table of JSON texts."""

    _connection: sqlite3.Connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the documents in this file, which is made if there is none.

        Raises:
            StoreUnavailable: another process has the file.
        """
        with _translated():
            connection = sqlite3.connect(path, timeout=0)
            connection.executescript(SCHEMA)
        return cls(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    async def find(
        self, tenant_id: TenantId, kind: type[T], start: Key
    ) -> dict[Key, T]:
        """See ``Documents.find``."""
        begins = _as_text(start)
        place = (str(tenant_id), kind.__name__, begins, begins + AFTER_ASCII)
        with _translated():
            rows = self._connection.execute(FIND, place).fetchall()
        return {_as_key(text): from_text(kind, body) for text, body in rows}

    async def write(self, tenant_id: TenantId, writes: Sequence[Write]) -> None:
        """See ``Documents.write``. SQLite syncs it to the disk."""
        with _translated(), self._connection:  # which commits, or rolls back
            for one in writes:
                place = (str(tenant_id), one.kind.__name__, _as_text(one.key))
                if one.document is None:
                    self._connection.execute(DROP, place)
                else:
                    self._connection.execute(PUT, (*place, to_text(one.document)))


def _as_text(key: Key) -> str:
    return "".join(f"{part}/" for part in key)


def _as_key(text: str) -> Key:
    return tuple(text.split("/")[:-1])


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what SQLite complains of into what ``Documents`` may raise.

    Such as a full disk, or a file that another process has.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreUnavailable from error


def _satisfies_port(documents: SqliteDocuments) -> Documents:
    return documents
