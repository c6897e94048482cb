"""Facts go, with their positions, when nobody is to hear of them any more."""

from datetime import datetime

from sqlalchemy import text

from adapters.postgres.database import Database
from events_core.domain.publication import OPERATORS

# Whoever lays out, replays or subscribes waits for a portion to be over, and another
# who clears away too: so nobody is set back to a fact while it goes. The lock is for
# one transaction, and reading goes on.
_KEEP_SUBSCRIPTIONS = text("LOCK TABLE events.subscription IN SHARE ROW EXCLUSIVE MODE")

# Who gives positions notes the last of several tenants, too, in whatever order.
_KEEP_HEADS = text("SELECT last_place FROM events.sequencer FOR UPDATE")

# Places are in the order of time, so the first that is too young ends it. An active
# subscriber has not got what is past her place, or still laid out; a dead letter of
# anybody's may be sent again. Who is paused or disabled has only the time.
_GOES = """
    WITH looked AS MATERIALIZED (
        SELECT tenant_id, place, seq, given_at < :before AS is_old
        FROM events.fact_position WHERE place > :after ORDER BY place LIMIT :portion
    ), goes AS MATERIALIZED (
        SELECT tenant_id, place, seq FROM looked AS fact
        WHERE is_old AND NOT EXISTS (
            SELECT FROM events.subscription AS one
            WHERE tenant_id IN (fact.tenant_id, :all_tenants) AND (
                (state = 'active' AND one.place < fact.place)
                OR EXISTS (
                    SELECT FROM events.delivery
                    WHERE delivery.tenant_id = fact.tenant_id
                        AND delivery.subscription_id = one.subscription_id
                        AND delivery.place = fact.place
                )
                OR EXISTS (
                    SELECT FROM events.dead_letter
                    WHERE dead_letter.tenant_id = fact.tenant_id
                        AND dead_letter.subscription_id = one.subscription_id
                        AND dead_letter.place = fact.place
                )
            )
        )
    ), {gone}
    SELECT (SELECT count(*) FROM gone) AS gone, max(place) AS place,
        coalesce(bool_and(is_old), false) AND count(*) = :portion AS is_more
    FROM looked
"""
_DELETE = text(
    _GOES.format(
        gone="""positions AS (
        DELETE FROM events.fact_position USING goes
        WHERE fact_position.tenant_id = goes.tenant_id
            AND fact_position.place = goes.place
        RETURNING fact_position.tenant_id, fact_position.position
    ), heads AS (
        UPDATE events.fact_head SET cleared = greatest(cleared, last.position)
        FROM (
            SELECT tenant_id, max(position) AS position FROM positions
            GROUP BY tenant_id
        ) AS last
        WHERE fact_head.tenant_id = last.tenant_id
    ), gone AS (
        DELETE FROM events.outbox USING goes
        WHERE outbox.tenant_id = goes.tenant_id AND outbox.seq = goes.seq
        RETURNING 1
    )"""
    )
)
_COUNT = text(_GOES.format(gone="gone AS (SELECT FROM goes)"))


async def clear_facts(
    relay: Database, *, before: datetime, portion: int, dry_run: bool
) -> int:
    """Delete facts that got their position before then, and return how many.

    None goes that has no position yet, that an active subscriber has not got, or that
    is a dead letter. With ``dry_run`` they are counted. Any number may run at once;
    positions that stay, and those to come, are what they were to be.

    Raises:
        StoreUnavailable: the database cannot be reached; what is gone is gone.
    """
    values = {"before": before, "portion": portion, "all_tenants": OPERATORS}
    gone, place, is_more = 0, 0, True
    while is_more:
        async with relay.transaction(None) as transaction:
            if not dry_run:
                await transaction.run(_KEEP_SUBSCRIPTIONS)
                await transaction.run(_KEEP_HEADS)
            statement = _COUNT if dry_run else _DELETE
            done = await transaction.run(statement, {**values, "after": place})
            row = done.one()
            await transaction.commit()
        gone += row.gone
        place, is_more = row.place, row.is_more
    return gone
