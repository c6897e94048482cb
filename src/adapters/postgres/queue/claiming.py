"""Deliveries that are due, claimed in batches by any number of relays at once."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from adapters.postgres.queue.laying_out import subscriber_from
from adapters.postgres.queue.low_water import LowWater
from adapters.postgres.rows import told_from
from events_core.domain.publication import CREATED, WITHDRAWN, Told
from events_core.ports.outbox import Delivery, Kind, Subscriber

if TYPE_CHECKING:
    from adapters.postgres.queue.pool import Connection, Row

_TOLD_TYPES = {Told.CREATED: CREATED, Told.WITHDRAWN: WITHDRAWN}

# A row that is to be had, taken at once. What another took meanwhile is skipped, and
# what another changed meanwhile is left for the next time: both err on the safe side.
_FREE = """d.next_at <= statement_timestamp()
    AND (d.lease_until IS NULL OR d.lease_until <= statement_timestamp())"""
# The quota is each subscriber's own, and who has least under way comes first, so that
# nobody's backlog is in another's way. Of a lane only the first is to be had: what is
# delivered or dead is no longer here. At Activity a tenant is one lane, in which all
# but one must wait: there one goes from lane to lane instead of passing over them all.
#
# A lane's first is asked for and not joined, and so are the facts: what is asked for
# one row at a time, in an index's order, is found by that index. A join may be turned
# round where the planner last saw an empty table, and then each row meets all others.
#
# Nobody need wait for the disk: a claim that is lost with the server is made again.
DUE = f"""
    want AS MATERIALIZED (
        SELECT subscription_id, kind = 'activity' AS is_serial,
            CASE WHEN trips > 0 THEN 1 ELSE $2::int END - coalesce(now, 0) AS quota,
            coalesce(low_at, '-infinity') AS low_at, coalesce(low, 0) AS low
        FROM (SELECT set_config('synchronous_commit', 'off', true)) AS quick
        CROSS JOIN events.subscription
        LEFT JOIN unnest($3::uuid[], $4::int[]) AS busy (subscription_id, now)
            USING (subscription_id)
        LEFT JOIN unnest($5::uuid[], $6::timestamptz[], $7::bigint[])
            AS known (subscription_id, low_at, low) USING (subscription_id)
        WHERE state = 'active'
            AND (open_until IS NULL OR open_until <= statement_timestamp())
        ORDER BY coalesce(now, 0)
    ), due AS MATERIALIZED (
        SELECT head.* FROM want CROSS JOIN LATERAL (
            SELECT * FROM (
                SELECT d.ctid AS tid, d.tenant_id AS whose, d.seq AS which
                FROM events.delivery AS d
                WHERE NOT is_serial AND d.subscription_id = want.subscription_id
                    AND (d.next_at, d.place) >= (low_at, low) AND {_FREE}
                    AND d.place = (
                        SELECT place FROM events.delivery AS first
                        WHERE first.subscription_id = d.subscription_id
                            AND first.lane = d.lane
                        ORDER BY place LIMIT 1
                    )
                ORDER BY d.next_at, d.place LIMIT greatest(want.quota, 0)
                {{locking}}
            ) AS one_of_many
            UNION ALL
            SELECT * FROM (
                SELECT d.ctid, d.tenant_id, d.seq FROM (
                    WITH RECURSIVE lanes AS (
                        (SELECT lane FROM events.delivery
                         WHERE is_serial
                            AND delivery.subscription_id = want.subscription_id
                         ORDER BY lane LIMIT 1)
                        UNION ALL
                        SELECT (
                            SELECT lane FROM events.delivery
                            WHERE delivery.subscription_id = want.subscription_id
                                AND delivery.lane > lanes.lane ORDER BY lane LIMIT 1
                        ) FROM lanes WHERE lanes.lane IS NOT NULL
                    )
                    SELECT lane FROM lanes WHERE lane IS NOT NULL
                ) AS each_lane CROSS JOIN LATERAL (
                    SELECT ctid FROM events.delivery AS first
                    WHERE first.subscription_id = want.subscription_id
                        AND first.lane = each_lane.lane
                    ORDER BY first.place LIMIT 1
                ) AS first
                JOIN events.delivery AS d ON d.ctid = first.ctid AND {_FREE}
                LIMIT greatest(want.quota, 0)
                {{locking}}
            ) AS one_of_few
        ) AS head
        LIMIT $1
    )
"""  # noqa: S608 (all of it is ours)
FACT = """
    (SELECT message_id, event_type, payload, traceparent, tracestate, event_id,
        event_version
     FROM events.outbox
     WHERE outbox.tenant_id = {whose} AND seq BETWEEN {which} AND {which}
     ORDER BY seq LIMIT 1) AS fact
"""
TOLD = """
    SELECT {names}.*, made.*
    FROM {names} LEFT JOIN LATERAL (
        SELECT snapshot, (
            SELECT created_by FROM events.event
            WHERE event.tenant_id = {names}.tenant_id
                AND event.event_id BETWEEN {names}.event_id AND {names}.event_id
            ORDER BY event_id LIMIT 1
        ) AS creator
        FROM events.event_version
        WHERE {names}.told = 'created' AND event_version.tenant_id = {names}.tenant_id
            AND event_version.event_id = {names}.event_id
            AND version BETWEEN {names}.event_version AND {names}.event_version
        ORDER BY version LIMIT 1
    ) AS made ON true
    ORDER BY {names}.place
"""
# What would be too much together is left where it is, and is locked no longer than
# the statement takes. How long a text is, is known without reading it.
_CLAIM = f"""
    WITH {DUE.format(locking="FOR UPDATE OF d SKIP LOCKED")}, fit AS MATERIALIZED (
        SELECT * FROM (
            SELECT due.tid, fact.*, coalesce(sum(octet_length(payload)) OVER (
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), 0) AS size_before
            FROM due CROSS JOIN LATERAL {FACT.format(whose="whose", which="which")}
        ) AS in_turn WHERE size_before < $10
    ), claimed AS (
        UPDATE events.delivery
        SET attempts = attempts + 1, lease_token = $8,
            lease_until = statement_timestamp() + $9::interval
        FROM fit WHERE delivery.ctid = tid
        RETURNING tenant_id, subscription_id, place, position, told, attempts, fit.*
    ) {TOLD.format(names="claimed")}
"""  # noqa: S608
_WHO = "SELECT * FROM events.subscription WHERE subscription_id = ANY ($1::uuid[])"
_SLUGS = (
    "SELECT tenant_id, slug FROM events.tenant_slug WHERE tenant_id = ANY ($1::uuid[])"
)


async def claim(
    connection: "Connection",
    *,
    room: int,
    each: int,
    size: int,
    busy: Mapping[UUID, int],
    keep: timedelta,
    low_water: LowWater,
) -> Sequence[Delivery]:
    """See ``Outbox.claim``."""
    token = uuid4()
    rows = await connection.fetch(
        _CLAIM,
        *(room, each, [*busy], [*busy.values()]),
        *low_water.known(),
        *(token, keep, size),
    )
    if rows:
        await low_water.look(connection)
    return await deliveries_of(connection, rows, token)


async def _who(
    connection: "Connection", rows: "Sequence[Row]"
) -> Mapping[UUID, Subscriber]:
    """Return whose rows these are, as they are now."""
    if not rows:
        return {}
    found = await connection.fetch(_WHO, {row["subscription_id"] for row in rows})
    return {row["subscription_id"]: subscriber_from(row) for row in found}


async def _slugs(
    connection: "Connection", rows: "Sequence[Row]", who: Mapping[UUID, Subscriber]
) -> Mapping[UUID, str]:
    """Return what the tenants are called of whose facts that is to be told."""
    signed = {one.id for one in who.values() if one.kind is not Kind.STANDARD}
    asked = {row["tenant_id"] for row in rows if row["subscription_id"] in signed}
    found = await connection.fetch(_SLUGS, asked) if asked else []
    return {row["tenant_id"]: row["slug"] for row in found}


async def deliveries_of(
    connection: "Connection", rows: "Sequence[Row]", token: UUID
) -> Sequence[Delivery]:
    """Return what rows of ``TOLD`` say, for those who are still there to be told."""
    who = await _who(connection, rows)
    slugs = await _slugs(connection, rows, who)
    return [
        _delivery(row, subscriber, token, slugs.get(row["tenant_id"], ""))
        for row in rows
        # Whoever was removed just now has taken her deliveries with her.
        if (subscriber := who.get(row["subscription_id"]))
    ]


def _delivery(
    row: "Row", subscriber: Subscriber, token: UUID, tenant_slug: str
) -> Delivery:
    told = Told(row["told"])
    text = told_from(row, told, row["position"])
    return Delivery(
        subscriber=subscriber,
        tenant_id=row["tenant_id"],
        message_id=row["message_id"],
        event_type=_TOLD_TYPES.get(told) or row["event_type"],
        position=row["position"],
        place=row["place"],
        attempt=row["attempts"],
        body=None if text is None else text.encode(),
        token=token,
        trace=(row["traceparent"] or "", row["tracestate"] or ""),
        tenant_slug=tenant_slug,
    )
