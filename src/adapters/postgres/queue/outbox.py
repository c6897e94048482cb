"""Facts on their way to subscribers: claimed, tried, and settled."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from attrs import field, frozen

from adapters.postgres.queue import settling
from adapters.postgres.queue.laying_out import LayingOut, Row, subscriber_from
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import Sequencer
from events_core.domain.publication import CREATED, WITHDRAWN, Told
from events_core.ports.outbox import Breaker, Delivery, Outbox, Result
from events_core.wire import told_text

# The quota is each subscriber's own, so that nobody's backlog is in another's way. Of
# a lane only the first is taken: what is delivered or dead is no longer here. A row
# that another took meanwhile is skipped, which errs on the safe side.
_DUE = """
    want AS MATERIALIZED (
        SELECT subscription_id,
            CASE WHEN trips > 0 THEN 1 ELSE $2::int END - coalesce(busy.now, 0) AS quota
        FROM events.subscription
        LEFT JOIN unnest($3::uuid[], $4::int[]) AS busy (subscription_id, now)
            USING (subscription_id)
        WHERE state = 'active'
            AND (open_until IS NULL OR open_until <= statement_timestamp())
    ), due AS MATERIALIZED (
        SELECT head.ctid FROM want CROSS JOIN LATERAL (
            SELECT d.ctid, d.next_at, d.place FROM events.delivery AS d
            WHERE d.subscription_id = want.subscription_id
                AND d.next_at <= statement_timestamp()
                AND (d.lease_until IS NULL OR d.lease_until <= statement_timestamp())
                AND NOT EXISTS (
                    SELECT FROM events.delivery AS earlier
                    WHERE earlier.subscription_id = d.subscription_id
                        AND earlier.lane = d.lane AND earlier.place < d.place
                )
            ORDER BY d.next_at, d.place LIMIT greatest(want.quota, 0)
            {locking}
        ) AS head
        LIMIT $1
    )
"""
_TOLD = """
    SELECT {names}.place AS fact_place, {names}.position AS fact_position,
        {names}.attempts, {names}.told, outbox.tenant_id AS fact_tenant_id,
        outbox.message_id, outbox.event_type AS fact_type, outbox.payload,
        outbox.traceparent, outbox.tracestate, event_version.snapshot,
        event.created_by AS creator, subscription.*
    FROM {names}
    JOIN events.outbox USING (tenant_id, seq)
    JOIN events.subscription
        ON subscription.subscription_id = {names}.subscription_id
    LEFT JOIN events.event_version ON {names}.told = 'created'
        AND event_version.tenant_id = outbox.tenant_id
        AND event_version.event_id = outbox.event_id
        AND event_version.version = outbox.event_version
    LEFT JOIN events.event ON {names}.told = 'created'
        AND event.tenant_id = outbox.tenant_id AND event.event_id = outbox.event_id
    ORDER BY {names}.place
"""
_CLAIM = f"""
    WITH {_DUE.format(locking="FOR UPDATE SKIP LOCKED")}, claimed AS (
        UPDATE events.delivery
        SET attempts = attempts + 1, lease_token = $5,
            lease_until = statement_timestamp() + $6::interval
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM due))
        RETURNING *
    ) {_TOLD.format(names="claimed")}
"""  # noqa: S608 (all of it is ours)
_PREVIEW = f"""
    WITH {_DUE.format(locking="")}, shown AS (
        SELECT * FROM events.delivery WHERE ctid = ANY (ARRAY(SELECT ctid FROM due))
    ) {_TOLD.format(names="shown")}
"""  # noqa: S608

# Whoever is left alone is due when that is over; a lane's second is not due before
# its first, and is found by whoever settles that.
_DUE_IN = """
    SELECT extract(epoch FROM min(
        greatest(at, coalesce(open_until, at)) - statement_timestamp()
    ))::double precision
    FROM events.subscription CROSS JOIN LATERAL (
        SELECT least(
            (SELECT min(next_at) FROM events.delivery
             WHERE delivery.subscription_id = subscription.subscription_id
                AND next_at > statement_timestamp()),
            (SELECT min(lease_until) FROM events.delivery
             WHERE delivery.subscription_id = subscription.subscription_id
                AND lease_until > statement_timestamp()),
            CASE WHEN open_until > statement_timestamp() THEN open_until END
        ) AS at
    ) AS soonest
    WHERE state = 'active'
"""

_TOLD_TYPES = {Told.CREATED: CREATED, Told.WITHDRAWN: WITHDRAWN}


@frozen
class PostgresOutbox:
    """``Outbox`` on a database whose migrations are current, as the relay's role."""

    _pool: RelayPool
    _sequencer: Sequencer = field(init=False)
    _laying_out: LayingOut = field(init=False)

    @_sequencer.default
    def _make_sequencer(self) -> Sequencer:
        return Sequencer(self._pool)

    @_laying_out.default
    def _make_laying_out(self) -> LayingOut:
        return LayingOut(self._pool)

    async def advance(self) -> int:
        """See ``Outbox.advance``.

        Raises:
            AnotherClusterError: see ``Sequencer.tick``.
        """
        given = await self._sequencer.tick()
        return given + await self._laying_out.lay_out()

    async def claim(
        self, *, room: int, each: int, busy: Mapping[UUID, int], keep: timedelta
    ) -> Sequence[Delivery]:
        """See ``Outbox.claim``."""
        token = uuid4()
        async with self._pool.connection() as connection:
            rows = await connection.fetch(
                _CLAIM, room, each, [*busy], [*busy.values()], token, keep
            )
        return [_delivery(row, token) for row in rows]

    async def preview(self, *, room: int, each: int) -> Sequence[Delivery]:
        """Return what a claim would get, and leave everything as it is.

        Raises:
            StoreUnavailable: it cannot be told.
        """
        async with (
            self._pool.connection() as connection,
            connection.transaction(readonly=True),
        ):
            rows = await connection.fetch(_PREVIEW, room, each, [], [])
        return [_delivery(row, UUID(int=0)) for row in rows]

    async def settle(self, results: Sequence[Result], breaker: Breaker) -> int:
        """See ``Outbox.settle``."""
        async with self._pool.transaction() as connection:
            return await settling.settle(connection, results, breaker)

    async def due_in(self) -> timedelta | None:
        """See ``Outbox.due_in``."""
        async with self._pool.connection() as connection:
            seconds = await connection.fetchval(_DUE_IN)
        return None if seconds is None else timedelta(seconds=max(0.0, seconds))


def _delivery(row: Row, token: UUID) -> Delivery:
    told = Told(row["told"])
    return Delivery(
        subscriber=subscriber_from(row),
        tenant_id=row["fact_tenant_id"],
        message_id=row["message_id"],
        event_type=_TOLD_TYPES.get(told) or row["fact_type"],
        position=row["fact_position"],
        place=row["fact_place"],
        attempt=row["attempts"],
        body=_body(row, told),
        token=token,
        trace=(row["traceparent"] or "", row["tracestate"] or ""),
    )


def _body(row: Row, told: Told) -> bytes | None:
    snapshot, creator = row["snapshot"], row["creator"]
    if told is Told.CREATED and snapshot is None:
        return None
    text = told_text(
        row["payload"],
        told,
        row["fact_position"],
        snapshot=None if snapshot is None else json.loads(snapshot),
        created_by=None if creator is None else str(creator),
    )
    return text.encode()


def _satisfies_ports(outbox: PostgresOutbox) -> Outbox:
    return outbox
