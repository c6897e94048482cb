"""What relays would send now, looked at and not touched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from adapters.postgres.queue.claiming import DUE, FACT, TOLD, deliveries_of
from adapters.postgres.queue.laying_out import HEADING, LANE, PORTION, subscriber_from
from adapters.postgres.queue.sequencer import (
    ARRIVED,
    FACTS,
    NUMBERED,
    AnotherClusterError,
)
from adapters.postgres.rows import heading_from
from events_core.domain.publication import Told, told_as
from events_core.ports.outbox import Delivery, Kind, Subscriber

if TYPE_CHECKING:
    from adapters.postgres.queue.pool import Connection, Row

# All that has arrived is looked at, however much it is. Nobody waits meanwhile.
_PATIENTLY = "SET LOCAL statement_timeout = '10min'"
_LONGEST = 602.0  # seconds: a little longer, as the server gives up first

_IS_HERE = """
    SELECT cluster = (SELECT system_identifier FROM pg_control_system())
    FROM events.sequencer
"""
_LAID_OUT = f"""
    WITH {DUE.format(locking="")}, shown AS (
        SELECT tenant_id, subscription_id, place, position, told, attempts, lane, fact.*
        FROM due JOIN events.delivery ON delivery.ctid = tid
        CROSS JOIN LATERAL {FACT.format(whose="whose", which="which")}
    ) {TOLD.format(names="shown")}
"""  # noqa: S608 (all of it is ours)
# Whom a claim would look at; of who may be well again with one delivery.
_LISTENING = """
    SELECT *, CASE WHEN trips > 0 THEN 1 ELSE $1::int END AS quota
    FROM events.subscription
    WHERE state = 'active'
        AND (open_until IS NULL OR open_until <= statement_timestamp())
    ORDER BY place, subscription_id
"""
# What she has not passed yet, with the positions that it has or would be given.
_AHEAD = f"""
    WITH arrived AS MATERIALIZED (
        {ARRIVED.format(**FACTS, seen="(SELECT seen FROM events.sequencer)")}
    ), numbered AS MATERIALIZED (
        {NUMBERED.format(last_place="(SELECT last_place FROM events.sequencer)")}
    ), given AS MATERIALIZED (
        SELECT tenant_id AS whose, place, position, seq FROM (
            SELECT tenant_id, place, position, seq FROM events.fact_position
            UNION ALL SELECT tenant_id, place, position, seq FROM numbered
        ) AS placed
        WHERE place > $1 AND ($2::uuid IS NULL OR tenant_id = $2)
        ORDER BY place
    )
    SELECT place, position, seq, lane, {HEADING}, EXISTS (
        SELECT FROM events.delivery
        WHERE delivery.subscription_id = $3 AND delivery.lane = fact.lane
            AND delivery.place <= given.place
    ) AS waits
    FROM given CROSS JOIN LATERAL (
        SELECT {HEADING}, {LANE.format("$4")} AS lane FROM events.outbox
        WHERE outbox.tenant_id = whose AND outbox.seq BETWEEN given.seq AND given.seq
        ORDER BY outbox.seq LIMIT 1
    ) AS fact
    ORDER BY place
"""  # noqa: S608
_FORETOLD = f"""
    WITH shown AS (
        SELECT ahead.*, 0 AS attempts, fact.* FROM unnest(
            $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[]
        ) AS ahead (tenant_id, subscription_id, place, position, which, told)
        CROSS JOIN LATERAL {FACT.format(whose="ahead.tenant_id", which="which")}
    ) {TOLD.format(names="shown")}
"""  # noqa: S608

_NOBODYS = UUID(int=0)


@frozen
class _First:
    """The first of a lane that is not laid out yet."""

    row: "Row"
    told: Told
    subscription_id: UUID

    @property
    def lane(self) -> tuple[UUID, UUID]:
        """Whose lane it is, and which."""
        return self.subscription_id, self.row["lane"]


async def preview(
    connection: "Connection", *, room: int, each: int
) -> Sequence[Delivery]:
    """Return what a relay that begins now would claim first, and write nothing.

    What has no position yet is shown with that which it would be given.

    Raises:
        AnotherClusterError: see ``Sequencer.tick``.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(_PATIENTLY)
        if not await connection.fetchval(_IS_HERE):
            raise AnotherClusterError
        due = await connection.fetch(_LAID_OUT, room, each, [], [], [], [], [])
        ahead: list[_First] = []
        for row in await connection.fetch(_LISTENING, each):
            subscriber = subscriber_from(row)
            hers = sum(one["subscription_id"] == subscriber.id for one in due)
            most = min(row["quota"] - hers, room - len(due) - len(ahead))
            ahead += await _ahead(connection, subscriber, row["place"], most)
        lanes = {one.lane for one in ahead}
        rows = [
            one for one in due if (one["subscription_id"], one["lane"]) not in lanes
        ]
        rows += await connection.fetch(
            _FORETOLD,
            [one.row["tenant_id"] for one in ahead],
            [one.subscription_id for one in ahead],
            *(
                [one.row[name] for one in ahead]
                for name in ("place", "position", "seq")
            ),
            [one.told.value for one in ahead],
        )
        return await deliveries_of(connection, rows, _NOBODYS)


async def _ahead(
    connection: "Connection", subscriber: Subscriber, place: int, most: int
) -> Sequence[_First]:
    """Return the first of each lane, at most so many, that she would be told."""
    found: dict[UUID, _First | None] = {}
    asked = (
        *(place, subscriber.audience.tenant_id, subscriber.id),
        subscriber.kind is Kind.ACTIVITY,
    )
    if most > 0:
        rows = connection.cursor(_AHEAD, *asked, prefetch=PORTION, timeout=_LONGEST)
        async for row in rows:
            told = told_as(heading_from(row), subscriber.audience, subscriber.id)
            if told is not None and row["lane"] not in found:
                first = None if row["waits"] else _First(row, told, subscriber.id)
                found[row["lane"]] = first
                most -= first is not None
            if most == 0:
                break
    return [first for first in found.values() if first is not None]
