"""What came of deliveries, noted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from events_core.ports.outbox import Breaker, Outcome, Result

if TYPE_CHECKING:
    from adapters.postgres.queue.pool import Connection

# A claim is known by its token: one that ran out and was taken by another is not
# touched, whatever its first holder has to tell.
_RESULTS = """
    results AS MATERIALIZED (
        SELECT * FROM unnest(
            $1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::interval[],
            $6::text[], $7::int[], $8::text[], $9::int[]
        ) AS r (tenant_id, subscription_id, place, token, after, outcome, status,
            error, milliseconds)
    )
"""
_HOLDS = """
    delivery.tenant_id = results.tenant_id
        AND delivery.subscription_id = results.subscription_id
        AND delivery.place = results.place AND lease_token = token
"""
_NOTE = """
    INSERT INTO events.attempt (tenant_id, subscription_id, place, attempt, outcome,
        status, error, milliseconds)
    SELECT tenant_id, subscription_id, place, attempts, outcome, status, error,
        milliseconds FROM held
"""
_OVER = f"""
    WITH {_RESULTS}, held AS (
        DELETE FROM events.delivery USING results WHERE {_HOLDS}
        RETURNING delivery.*, outcome, status, error, milliseconds
    ), dead AS (
        INSERT INTO events.dead_letter (tenant_id, subscription_id, place, position,
            seq, lane, told, attempts, status, error)
        SELECT tenant_id, subscription_id, place, position, seq, lane, told, attempts,
            status, error
        FROM held WHERE outcome = 'dead'
        ON CONFLICT (tenant_id, subscription_id, place) DO NOTHING
    ) {_NOTE}
"""  # noqa: S608 (all of it is ours)
_AGAIN = f"""
    WITH {_RESULTS}, held AS (
        UPDATE events.delivery
        SET next_at = clock_timestamp() + after, lease_until = NULL, lease_token = NULL
        FROM results WHERE {_HOLDS}
        RETURNING delivery.*, outcome, status, error, milliseconds
    ) {_NOTE}
"""  # noqa: S608
_NOT_TRIED = f"""
    WITH {_RESULTS}
    UPDATE events.delivery
    SET attempts = attempts - 1, lease_until = NULL, lease_token = NULL
    FROM results WHERE {_HOLDS}
"""  # noqa: S608

_WELL = """
    UPDATE events.subscription
    SET failures = 0, trips = 0, open_until = NULL, failing_since = NULL
    WHERE subscription_id = ANY ($1::uuid[]) AND (failures, trips) <> (0, 0)
"""
# While she is left alone, what others still had under way counts for nothing.
_FAILING = """
    UPDATE events.subscription
    SET failures = failures + $4::int,
        failing_since = coalesce(failing_since, statement_timestamp()),
        trips = trips + opens,
        open_until = CASE WHEN opens = 1 THEN
            statement_timestamp() + pauses[least(trips + 1, cardinality(pauses))]
        END
    FROM (
        SELECT subscription_id AS id, $3::interval[] AS pauses,
            CASE WHEN failures + $4::int >= $2::int THEN 1 ELSE 0 END AS opens
        FROM events.subscription WHERE subscription_id = $1 FOR UPDATE
    ) AS locked
    WHERE subscription_id = id
        AND (open_until IS NULL OR open_until <= statement_timestamp())
"""
# Her place goes back to before whatever was laid out and not delivered.
_DISABLE = """
    WITH disabled AS (
        UPDATE events.subscription
        SET state = 'disabled', state_reason = $2, place = least(place, coalesce((
            SELECT min(delivery.place) - 1 FROM events.delivery
            WHERE delivery.subscription_id = subscription.subscription_id
        ), place))
        WHERE subscription_id = $1 AND state <> 'disabled'
            AND ($3::interval IS NULL
                OR failing_since < statement_timestamp() - $3::interval)
        RETURNING subscription_id
    )
    DELETE FROM events.delivery USING disabled
    WHERE delivery.subscription_id = disabled.subscription_id
"""


async def settle(
    connection: "Connection", results: Sequence[Result], breaker: Breaker
) -> int:
    """See ``Outbox.settle``; within the connection's transaction."""
    noted = 0
    # In one order everywhere, so that two who settle cannot wait for each other.
    ordered = sorted(
        results, key=lambda r: (r.delivery.subscriber.id, r.delivery.place)
    )
    for statement, outcomes in (
        (_OVER, {Outcome.DELIVERED, Outcome.DEAD}),
        # For who is gone it is still there when she comes back.
        (_AGAIN, {Outcome.AGAIN, Outcome.GONE}),
        (_NOT_TRIED, {None}),
    ):
        if chosen := [r for r in ordered if r.outcome in outcomes]:
            done = await connection.execute(statement, *_arguments(chosen))
            noted += int(done.rpartition(" ")[2])
    await _judge(connection, ordered, breaker)
    return noted


async def _judge(
    connection: "Connection", results: Iterable[Result], breaker: Breaker
) -> None:
    """Note of each subscriber whether she is well."""
    heard: dict[UUID, list[Outcome]] = defaultdict(list)
    for result in results:
        if result.outcome is not None and result.counts:
            heard[result.delivery.subscriber.id].append(result.outcome)
    well = [one for one, outcomes in heard.items() if Outcome.DELIVERED in outcomes]
    if well:
        await connection.execute(_WELL, well)
    patience = breaker.gives_up_after
    for one, outcomes in heard.items():
        if Outcome.GONE in outcomes:
            await connection.execute(_DISABLE, one, "410 Gone", None)
        elif Outcome.DELIVERED not in outcomes:
            pauses = list(breaker.pauses)
            await connection.execute(
                _FAILING, one, breaker.opens_after, pauses, len(outcomes)
            )
            reason = f"no success for {patience.days} days"
            await connection.execute(_DISABLE, one, reason, patience)


def _arguments(results: Sequence[Result]) -> tuple[list[object], ...]:
    return (
        [r.delivery.tenant_id for r in results],
        [r.delivery.subscriber.id for r in results],
        [r.delivery.place for r in results],
        [r.delivery.token for r in results],
        [r.after for r in results],
        [r.outcome for r in results],
        [r.status for r in results],
        [r.error for r in results],
        [round(r.took.total_seconds() * 1000) for r in results],
    )
