"""The database behind the service, looked at from outside."""

from collections.abc import Mapping
from uuid import UUID

import asyncpg
from attrs import frozen

from adapters.postgres.embedded import APP, OWNER, SUPERUSER, RunningCluster


@frozen
class Place:
    """One database of the tests' cluster, and how each role gets there."""

    cluster: RunningCluster
    name: str

    @property
    def app(self) -> str:
        return self.cluster.dsn(APP, self.name)

    @property
    def owner(self) -> str:
        return self.cluster.dsn(OWNER, self.name)

    @property
    def superuser(self) -> str:
        return self.cluster.dsn(SUPERUSER, self.name)

    @property
    def settings(self) -> dict[str, str]:
        """What tells a service process of it."""
        return {
            "EVENTS_DATABASE_URL": self.app,
            "EVENTS_DATABASE_OWNER_URL": self.owner,
        }

    async def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Return what a statement finds, of every tenant."""
        connection = await asyncpg.connect(self.superuser)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    async def counts(self) -> Mapping[str, int]:
        """Return how many rows every table of the service has."""
        connection = await asyncpg.connect(self.superuser)
        try:
            return await count_rows(connection)
        finally:
            await connection.close()

    async def state_of(self, event_id: UUID) -> dict[str, object]:
        """Return what is kept of one event's answers, changes and facts."""
        names = ("rsvps", "going", "interested", "not_going", "versions", "facts")
        [row] = await self.rows(
            """
            SELECT (SELECT count(*) FROM events.rsvp WHERE event_id = $1),
                (SELECT going FROM events.tally WHERE event_id = $1),
                (SELECT interested FROM events.tally WHERE event_id = $1),
                (SELECT not_going FROM events.tally WHERE event_id = $1),
                (SELECT count(*) FROM events.event_version WHERE event_id = $1),
                (SELECT count(*) FROM events.outbox WHERE event_id = $1)
            """,
            event_id,
        )
        return dict(zip(names, row, strict=True))


async def count_rows(connection: asyncpg.Connection) -> Mapping[str, int]:
    """Return how many rows every table of the service has."""
    tables = await connection.fetch(
        "SELECT relname FROM pg_class"
        " WHERE relnamespace = 'events'::regnamespace AND relkind = 'r'"
    )
    parts = (
        f"SELECT '{table['relname']}', count(*) FROM events.{table['relname']}"
        for table in tables
    )
    found = await connection.fetch(" UNION ALL ".join(parts))
    return {row[0]: row[1] for row in found}
