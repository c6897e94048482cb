"""Tenants full of events, made by the database itself, in the service's own schema.

A town has a thousand events in every month. Whatever the number of its months, what
is in March 2027 is the same. Of 20 events 8 are public, 6 a community's, 5 a team's
and one private; 3 % last for days or weeks, within their month. Whoever reads is a
member of about half the communities and teams; in the two years around she answered
a third of the events, and created one in forty.
"""

from hashlib import md5
from uuid import UUID

import asyncpg
from attrs import frozen

from bench.load import Asker

A_MONTH = 1_000
PLACES = 50  #: so many communities, and as many teams
READER = UUID("01900000-0000-7000-8000-000000000001")
PAGE = "/api/v1/events?from=2027-03-01&to=2027-03-31&limit=50"

_EVENTS = """
INSERT INTO events.event (
    tenant_id, event_id, scope_kind, scope_id, visibility, status, event_type,
    created_by, title, description, location_text, location_url, location_lat,
    location_lng, metadata, searchable, starts, starts_fold, ends, ends_fold,
    time_zone, all_day, occurrence_key, created_at, updated_at, version, sequence,
    waitlist, guests_per_answer, walk_ins
)
SELECT
    $1, event_id, scope_kind,
    CASE scope_kind WHEN 'TENANT' THEN $1
        ELSE md5(scope_kind || ' ' || k / 3 % $5) :: uuid END,
    CASE WHEN scope_kind <> 'TENANT' THEN lower(scope_kind)
        WHEN k % 20 = 19 THEN 'private' ELSE 'public' END,
    CASE k % 50 WHEN 7 THEN 'cancelled' WHEN 33 THEN 'draft' ELSE 'published' END,
    CASE k % 3 WHEN 0 THEN 'meetup' WHEN 1 THEN 'game' ELSE 'workshop' END,
    CASE WHEN k % 40 = 1 AND nearby THEN $4 ELSE md5('person ' || k % 97) :: uuid END,
    title, description, location,
    CASE k % 2 WHEN 0 THEN 'https://example.org/events/' || k END,
    CASE k % 3 WHEN 0 THEN 55.75 END, CASE k % 3 WHEN 0 THEN 37.61 END,
    CASE k % 4 WHEN 0 THEN json_build_object('level', 'beginner', 'table', k) END,
    lower(concat_ws(chr(10), title, description, location)),
    starts, 0, ends, CASE WHEN ends IS NOT NULL THEN 0 END,
    'UTC', false, to_char(starts, 'YYYY-MM-DD"T"HH24:MI'),
    '2026-01-01Z', '2026-01-01Z', 1, 0, 'none', 0, true
FROM (
    SELECT *,
        'Event number ' || k AS title,
        repeat('What it is about, and what to bring. ', 1 + k % 8) AS description,
        CASE WHEN k % 5 > 0 THEN 'The hall behind the library' END AS location,
        CASE WHEN k % 10 = 9 THEN NULL
            WHEN k % 33 = 5
                THEN least(starts + make_interval(days => 3 + k % 27), the_29th)
            ELSE starts + interval '2 hours' END AS ends
    FROM (
        SELECT k,
            abs(month) <= 12 AS nearby,
            timestamp '2027-03-01' + make_interval(months => month, days => 28)
                AS the_29th,
            timestamp '2027-03-01' + make_interval(months => month)
                + k * interval '40 minutes' AS starts,
            (lpad(to_hex(1700000000000 + month :: bigint * 1000 + k), 12, '0')
                || '7' || lpad(to_hex(k), 3, '0')
                || '8' || left(md5(k :: text), 15)) :: uuid AS event_id,
            CASE WHEN k % 20 < 8 OR k % 20 = 19 THEN 'TENANT'
                WHEN k % 20 < 14 THEN 'COMMUNITY' ELSE 'TEAM' END AS scope_kind
        FROM generate_series($2 :: int, $3 - 1) AS month,
            generate_series(0, 999) AS k
    ) AS timed
) AS told
"""
_OCCURRENCES = """
INSERT INTO events.occurrence (
    tenant_id, event_id, occurrence_key, starts_at, ends_at, lasts_until, scope_kind,
    scope_id, visibility, status, event_type, created_by, deleted
)
SELECT tenant_id, event_id, occurrence_key, starts AT TIME ZONE 'UTC',
    ends AT TIME ZONE 'UTC', coalesce(ends, starts) AT TIME ZONE 'UTC', scope_kind,
    scope_id, visibility, status, event_type, created_by, false
FROM events.event WHERE tenant_id = $1
"""
_ANSWERS = """
INSERT INTO events.rsvp
SELECT tenant_id, event_id, occurrence_key,
    CASE number WHEN 0 THEN $2 ELSE md5('person ' || number) :: uuid END,
    (ARRAY['going', 'interested', 'not_going'])[1 + (minute + number) % 3], NULL,
    '2026-01-02Z', '2026-01-02Z', 0,
    CASE (minute + number) % 3 WHEN 0 THEN 'confirmed' END, number, NULL
FROM (
    SELECT *, extract(epoch FROM starts) :: bigint / 60 AS minute
    FROM events.event WHERE tenant_id = $1 AND status <> 'draft'
) AS published, generate_series(0, 3) AS number
WHERE CASE number
    WHEN 0 THEN minute % 3 = 0 AND starts BETWEEN '2026-03-01' AND '2028-04-01'
    ELSE minute / 40 % 4 >= number END
"""
_TALLIES = """
INSERT INTO events.tally (
    tenant_id, event_id, occurrence_key, interested, going, not_going, waiting, seats,
    turns, forced_to
)
SELECT tenant_id, event_id, occurrence_key,
    count(*) FILTER (WHERE answer = 'interested'),
    count(*) FILTER (WHERE answer = 'going'),
    count(*) FILTER (WHERE answer = 'not_going'),
    0, count(*) FILTER (WHERE answer = 'going'), 3, 0
FROM events.occurrence
    LEFT JOIN events.rsvp USING (tenant_id, event_id, occurrence_key)
WHERE tenant_id = $1
GROUP BY tenant_id, event_id, occurrence_key
"""
_ROLES = """
INSERT INTO events.event_role (
    tenant_id, event_id, holder_id, role, granted_at, by_creation
)
SELECT tenant_id, event_id, created_by, 'owner', created_at, true
FROM events.event WHERE tenant_id = $1
"""
_SCOPES = """
INSERT INTO events.scope (tenant_id, scope_kind, scope_id, visibility, status)
SELECT DISTINCT tenant_id, scope_kind, scope_id, visibility, status
FROM events.event WHERE tenant_id = $1
"""

_IS_THERE = "SELECT EXISTS (SELECT FROM events.event WHERE tenant_id = $1)"


@frozen
class Town:
    """A tenant with so many events, a multiple of a thousand."""

    events: int

    @property
    def tenant_id(self) -> UUID:
        """Its own id, told from its size."""
        return UUID(int=0x01900000_0000_7000_9000_000000000000 + self.events)

    @property
    def places(self) -> list[UUID]:
        """All its communities and teams."""
        return [*_places("COMMUNITY"), *_places("TEAM")]

    @property
    def communities(self) -> list[UUID]:
        """The communities the reader belongs to."""
        return _joined("COMMUNITY")

    @property
    def teams(self) -> list[UUID]:
        """The teams she belongs to."""
        return _joined("TEAM")

    @property
    def reader(self) -> Asker:
        """Who looks at its list."""
        return Asker(self.tenant_id, READER)

    async def fill(self, superuser_url: str) -> None:
        """Make it, unless it is there."""
        months = self.events // A_MONTH
        first, last = -(months // 2), months - months // 2
        connection = await asyncpg.connect(superuser_url)
        try:
            if await connection.fetchval(_IS_THERE, self.tenant_id):
                return
            async with connection.transaction():
                # What the rows refer to is there: looking for each takes minutes.
                await connection.execute("SET LOCAL session_replication_role = replica")
                await connection.execute("SET LOCAL work_mem = '256MB'")
                for statement, *values in (
                    (_EVENTS, first, last, READER, PLACES),
                    (_OCCURRENCES,),
                    (_ANSWERS, READER),
                    (_TALLIES,),
                    (_ROLES,),
                    (_SCOPES,),
                ):
                    await connection.execute(statement, self.tenant_id, *values)
                    into = statement.split()[2]
                    await connection.execute(f"ANALYZE {into}")
            await connection.execute("VACUUM ANALYZE")
            await connection.execute("CHECKPOINT")
        finally:
            await connection.close()


def is_member(scope_id: UUID) -> bool:
    """Tell whether everybody belongs to a place; else nobody does."""
    return scope_id.int % 2 == 0


def _joined(kind: str) -> list[UUID]:
    return [place for place in _places(kind) if is_member(place)]


def _places(kind: str) -> list[UUID]:
    names = (f"{kind} {number}".encode() for number in range(PLACES))
    return [UUID(md5(name, usedforsecurity=False).hexdigest()) for name in names]
