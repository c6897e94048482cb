"""What came of deliveries, noted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from adapters.postgres.queue.laying_out import subscriber_from
from adapters.postgres.queue.telling import tell
from events_core.domain.facts import SubscriptionDisabled
from events_core.domain.identity import MessageId
from events_core.ports.clock import IdSource
from events_core.ports.outbox import Breaker, Outcome, Result

if TYPE_CHECKING:
    from adapters.postgres.queue.pool import Connection, Row

# A claim is known by its token: one that ran out and was taken by another is not
# touched, whatever its first holder has to tell, and says nothing of anybody. The
# order has each row found by the table's key, whatever is believed of the table.
_RESULTS = """
    results AS MATERIALIZED (
        SELECT r.*, (
            SELECT ctid FROM events.delivery
            WHERE delivery.tenant_id = r.tenant_id
                AND delivery.subscription_id = r.subscription_id
                AND delivery.place BETWEEN r.place AND r.place
            ORDER BY place LIMIT 1
        ) AS tid
        FROM unnest(
            $1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::interval[],
            $6::text[], $7::int[], $8::text[], $9::int[], $10::boolean[],
            $11::interval[]
        ) AS r (tenant_id, subscription_id, place, token, after, outcome, status,
            error, milliseconds, counts, leave_alone)
    )
"""
_HOLDS = "delivery.ctid = tid AND lease_token = token"
_HELD = "delivery.*, outcome, status, error, milliseconds, counts, leave_alone"
_NOTED = """
    noted AS (
        INSERT INTO events.attempt (tenant_id, subscription_id, place, attempt, told,
            outcome, status, error, milliseconds)
        SELECT tenant_id, subscription_id, place, attempts, told, outcome, status,
            error, milliseconds FROM held
    )
"""
_SUMMARY = """
    SELECT subscription_id, outcome, count(*) AS number,
        count(*) FILTER (WHERE counts) AS heard,
        max(leave_alone) FILTER (WHERE counts) AS asked
    FROM held GROUP BY subscription_id, outcome
"""
_OVER = f"""
    WITH {_RESULTS}, held AS (
        DELETE FROM events.delivery USING results WHERE {_HOLDS} RETURNING {_HELD}
    ), dead AS (
        INSERT INTO events.dead_letter (tenant_id, subscription_id, place, position,
            seq, lane, told, attempts, status, error)
        SELECT tenant_id, subscription_id, place, position, seq, lane, told, attempts,
            status, error
        FROM held WHERE outcome = 'dead'
        ON CONFLICT (tenant_id, subscription_id, place) DO NOTHING
    ), well AS (
        UPDATE events.subscription
        SET failures = 0, trips = 0, failing_since = NULL,
            open_until = CASE
                WHEN open_until > statement_timestamp() THEN open_until
            END
        WHERE ((failures, trips) <> (0, 0) OR open_until <= statement_timestamp())
            AND subscription_id IN (
                SELECT subscription_id FROM held WHERE outcome = 'delivered'
            )
    ), {_NOTED} {_SUMMARY}
"""  # noqa: S608 (all of it is ours)
_AGAIN = f"""
    WITH {_RESULTS}, held AS (
        UPDATE events.delivery
        SET next_at = clock_timestamp() + after, lease_until = NULL, lease_token = NULL
        FROM results WHERE {_HOLDS} RETURNING {_HELD}
    ), {_NOTED} {_SUMMARY}
"""  # noqa: S608
_NOT_TRIED = f"""
    WITH {_RESULTS}, held AS (
        UPDATE events.delivery
        SET attempts = attempts - 1, lease_until = NULL, lease_token = NULL
        FROM results WHERE {_HOLDS} RETURNING {_HELD}
    ) {_SUMMARY}
"""  # noqa: S608

# While she is left alone, what others still had under way counts for nothing; only
# what she asks for is heard.
_FAILING = """
    UPDATE events.subscription
    SET failures = failures + CASE WHEN is_open THEN 0 ELSE $4::int END,
        failing_since = coalesce(failing_since, statement_timestamp()),
        trips = trips + CASE WHEN ours IS NULL AND theirs IS NULL THEN 0
            WHEN is_open THEN 0 ELSE 1 END,
        open_until = greatest(open_until, ours, theirs)
    FROM (
        SELECT id, is_open, statement_timestamp() + nullif($5, interval '0') AS theirs,
            statement_timestamp() + CASE
                WHEN NOT is_open AND (failures + $4::int >= $2::int OR trips > 0)
                THEN ($3::interval[])[least(trips + 1, cardinality($3::interval[]))]
            END AS ours
        FROM (
            SELECT subscription_id AS id, failures, trips,
                coalesce(open_until > statement_timestamp(), false) AS is_open
            FROM events.subscription WHERE subscription_id = $1 FOR UPDATE
        ) AS locked
    ) AS hers
    WHERE subscription_id = id AND (NOT is_open OR theirs IS NOT NULL)
"""
_DISABLE = """
    UPDATE events.subscription SET state = 'disabled', state_reason = $2
    WHERE subscription_id = $1 AND state <> 'disabled'
        AND ($3::interval IS NULL OR failing_since < statement_timestamp() - $3)
    RETURNING *, statement_timestamp() AS disabled_at
"""
# Her place goes back to before whatever was laid out and not delivered. Asked when her
# row is locked, so that nobody lays out meanwhile.
_TAKE_BACK = """
    WITH taken AS (
        DELETE FROM events.delivery WHERE subscription_id = $1 RETURNING place
    )
    UPDATE events.subscription
    SET place = least(place, (SELECT min(place) - 1 FROM taken))
    WHERE subscription_id = $1
"""


async def settle(
    connection: "Connection",
    results: Sequence[Result],
    breaker: Breaker,
    ids: IdSource,
) -> int:
    """See ``Outbox.settle``; within a transaction, if it needs one."""
    # In one order everywhere, so that two who settle cannot wait for each other.
    ordered = sorted(
        results, key=lambda r: (r.delivery.subscriber.id, r.delivery.place)
    )
    parts = [
        (statement, chosen)
        for statement, outcomes in (
            (_OVER, {Outcome.DELIVERED, Outcome.DEAD}),
            # For who is gone it is still there when she comes back.
            (_AGAIN, {Outcome.AGAIN, Outcome.GONE}),
            (_NOT_TRIED, {None}),
        )
        if (chosen := [r for r in ordered if r.outcome in outcomes])
    ]
    if all(result.outcome is Outcome.DELIVERED for result in ordered):
        # By far the most: one statement, and so whole without a transaction.
        return sum(row["number"] for row in await _note(connection, parts))
    async with connection.transaction():
        held = await _note(connection, parts)
        await _judge(connection, held, breaker, ids)
    return sum(row["number"] for row in held)


async def _note(
    connection: "Connection", parts: Iterable[tuple[str, Sequence[Result]]]
) -> "list[Row]":
    """Note results, and return how many of whose there were by outcome."""
    held: list[Row] = []
    for statement, chosen in parts:
        held += await connection.fetch(statement, *_arguments(chosen))
    return held


async def _judge(
    connection: "Connection", held: Iterable["Row"], breaker: Breaker, ids: IdSource
) -> None:
    """Note of each subscriber whether she is ill; who is well is so already."""
    heard: dict[UUID, Counter[str]] = {}
    asked: dict[UUID, timedelta] = {}
    for row in held:
        if row["heard"] and row["outcome"] is not None:
            one = row["subscription_id"]
            heard.setdefault(one, Counter())[row["outcome"]] += row["heard"]
            asked[one] = max(row["asked"], asked.get(one, row["asked"]))
    for one, outcomes in heard.items():
        is_well = Outcome.DELIVERED in outcomes
        if Outcome.GONE in outcomes:
            await _disable(connection, one, "410 Gone", None, ids)
        elif asked[one] or not is_well:
            number = 0 if is_well else outcomes.total()
            await connection.execute(
                _FAILING,
                *(one, breaker.opens_after, list(breaker.pauses), number, asked[one]),
            )
            patience = breaker.gives_up_after
            reason = f"no success for {patience.days} days"
            await _disable(connection, one, reason, patience, ids)


async def _disable(
    connection: "Connection",
    one: UUID,
    reason: str,
    patience: timedelta | None,
    ids: IdSource,
) -> None:
    row = await connection.fetchrow(_DISABLE, one, reason, patience)
    if row is None:
        return
    await connection.execute(_TAKE_BACK, one)
    disabled = SubscriptionDisabled(
        message_id=MessageId(ids.new()),
        tenant_id=subscriber_from(row).managed_by,
        occurred_at=row["disabled_at"],
        subscription_id=one,
        reason=reason,
    )
    await tell(connection, disabled)


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
        [r.counts for r in results],
        [r.leave_alone for r in results],
    )
