"""Facts written by hand, in transactions that end when a test says so."""

from uuid import UUID

import asyncpg

from events_core.testing.builders import new_uuid

_WRITE = """
    INSERT INTO events.outbox (
        tenant_id, message_id, event_id, event_version, event_type, schema_version,
        occurred_at, scope_kind, scope_id, visibility, status, visibility_before,
        status_before, personal, payload
    ) VALUES ($1, $2, $3, $4, $5, 1, now(), 'TENANT', $1, $6, 'published', $7,
        $8, false, '{"message_id":"' || $2::uuid || '","event_type":"' || $5 || '"}')
"""


class Writer:
    """One transaction after another on a connection of the superuser's."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._transaction = connection.transaction()

    async def begin(self) -> None:
        """Begin a transaction."""
        self._transaction = self._connection.transaction()
        await self._transaction.start()

    async def write(
        self,
        tenant_id: UUID,
        event_id: UUID | None = None,
        *,
        version: int = 1,
        event_type: str = "event.created",
        visibility: str = "public",
        visibility_before: str | None = None,
    ) -> UUID:
        """Write a fact and return its message id."""
        message_id = new_uuid()
        await self._connection.execute(
            _WRITE,
            tenant_id,
            message_id,
            event_id or new_uuid(),
            version,
            event_type,
            visibility,
            visibility_before,
            "published" if visibility_before else None,
        )
        return message_id

    async def commit(self) -> None:
        """Commit the transaction."""
        await self._transaction.commit()

    async def roll_back(self) -> None:
        """Undo the transaction."""
        await self._transaction.rollback()
