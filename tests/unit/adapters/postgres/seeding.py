"""Very many events, made by the database itself."""

from datetime import timedelta
from hashlib import md5
from uuid import UUID

import asyncpg

_EVENTS = """
INSERT INTO events.event
SELECT $1, gen_random_uuid(), scope_kind, scope_id, visibility, 'published', 'meetup',
    gen_random_uuid(), 'Event ' || n, 'What it is about', NULL, NULL, NULL, NULL, NULL,
    NULL, 'event ' || n || chr(10) || 'what it is about', starts, 0,
    starts + lasts, 0, 'UTC', false, to_char(starts, 'YYYY-MM-DD"T"HH24:MI'),
    '2026-01-01Z', '2026-01-01Z', NULL, 1, 0, NULL, 'none', 0,
    NULL, NULL, true
FROM (
    SELECT n,
        timestamp '2027-01-01' + date_trunc('minute', n * $3::interval) AS starts,
        CASE WHEN n % 33 = 0 THEN interval '31 days'
             WHEN n % 1000 = 1 THEN interval '90 days' ELSE interval '2 hours' END
             AS lasts,
        CASE WHEN n % 20 < 8 THEN 'TENANT' WHEN n % 20 < 14 THEN 'COMMUNITY'
             WHEN n % 20 < 19 THEN 'TEAM' ELSE 'TENANT' END AS scope_kind,
        CASE WHEN n % 20 < 8 OR n % 20 = 19 THEN $1
             ELSE md5((n % 300)::text)::uuid END AS scope_id,
        CASE WHEN n % 20 < 8 THEN 'public' WHEN n % 20 < 14 THEN 'community'
             WHEN n % 20 < 19 THEN 'team' ELSE 'private' END AS visibility
    FROM generate_series(1, $2::int) AS n
) AS made
"""
_OCCURRENCES = """
INSERT INTO events.occurrence
SELECT tenant_id, event_id, occurrence_key, starts AT TIME ZONE 'UTC',
    ends AT TIME ZONE 'UTC', ends AT TIME ZONE 'UTC', scope_kind, scope_id, visibility,
    status, event_type, created_by, false
FROM events.event WHERE tenant_id = $1
"""
_TALLIES = """
INSERT INTO events.tally
SELECT tenant_id, event_id, occurrence_key, 0, 0, 0, 0, 0, 0, NULL, 0
FROM events.occurrence WHERE tenant_id = $1
"""
_ROLES = """
INSERT INTO events.event_role
SELECT tenant_id, event_id, created_by, 'owner', created_at, NULL, true
FROM events.event WHERE tenant_id = $1
"""
_SCOPES = """
INSERT INTO events.scope
SELECT DISTINCT tenant_id, scope_kind, scope_id, visibility, status
FROM events.event WHERE tenant_id = $1
"""


async def fill(url: str, tenant_id: UUID, events: int, *, every: timedelta) -> None:
    """Give a tenant so many events, one ``every`` so often from 2027 on.

    Of twenty, eight are public, six a community's, five a team's, one private; one
    of 33 lasts a month, one of a thousand 90 days. The URL is a superuser's.
    """
    connection = await asyncpg.connect(url)
    try:
        # Nothing is looked up that is known to be there.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_EVENTS, tenant_id, events, every)
        for statement in (_OCCURRENCES, _TALLIES, _ROLES, _SCOPES):
            await connection.execute(statement, tenant_id)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def community_of(number: int) -> UUID:
    """Return the id of one of the 300 communities, and of one of as many teams."""
    return UUID(md5(str(number).encode(), usedforsecurity=False).hexdigest())
