"""What became of what a tenant's subscribers were to be told."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from attrs import frozen
from sqlalchemy import select, text

from adapters.postgres.database import Database, Transaction
from adapters.postgres.facts import write_once
from adapters.postgres.publishing.feed import Wanted, texts_of
from adapters.postgres.publishing.subscriptions import IS_ONE
from adapters.postgres.statements import Row
from adapters.postgres.tables import subscription
from events_core.domain.facts import SubscriptionTested
from events_core.domain.identity import MessageId, TenantId
from events_core.domain.publication import CREATED, WITHDRAWN, Told
from events_core.ports.outbox import Outcome
from events_core.ports.publishing import (
    Attempt,
    Choice,
    DeadLetter,
    Dispatch,
    DispatchBook,
    Stage,
)

_MOST_ATTEMPTS = 50

_IS_THERE = select(subscription.c.subscription_id).where(IS_ONE)

# Each half is read from its index's end and no further.
_RECENT = text("""
    WITH bound AS MATERIALIZED (
        SELECT min(place) AS place FROM events.fact_position
        WHERE tenant_id = :of_tenant AND position >= :before
    ), told AS (
        (SELECT place FROM events.delivery
        WHERE tenant_id = :of_tenant AND subscription_id = :of_subscription
            AND place < coalesce((SELECT place FROM bound), 9223372036854775807)
        ORDER BY place DESC LIMIT :limit)
        UNION
        (SELECT DISTINCT place FROM events.attempt
        WHERE tenant_id = :of_tenant AND subscription_id = :of_subscription
            AND place < coalesce((SELECT place FROM bound), 9223372036854775807)
        ORDER BY place DESC LIMIT :limit)
        ORDER BY place DESC LIMIT :limit
    )
    SELECT told.place, fact_position.position, outbox.message_id, outbox.event_type,
        delivery.told, delivery.next_at,
        delivery.place IS NOT NULL AS is_waiting,
        dead_letter.place IS NOT NULL AS is_dead
    FROM told
    JOIN events.fact_position USING (place)
    JOIN events.outbox USING (tenant_id, seq)
    LEFT JOIN events.delivery ON delivery.tenant_id = :of_tenant
        AND delivery.subscription_id = :of_subscription AND delivery.place = told.place
    LEFT JOIN events.dead_letter ON dead_letter.tenant_id = :of_tenant
        AND dead_letter.subscription_id = :of_subscription
        AND dead_letter.place = told.place
    WHERE fact_position.tenant_id = :of_tenant
    ORDER BY told.place DESC
""")
_ATTEMPTS = text("""
    SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY place ORDER BY number DESC) AS back
        FROM events.attempt
        WHERE tenant_id = :of_tenant AND subscription_id = :of_subscription
            AND place = ANY (CAST(:places AS bigint[]))
    ) AS numbered
    WHERE back <= :most ORDER BY number
""")
_TOLD_TYPE = f"""
    CASE told WHEN 'created' THEN '{CREATED}' WHEN 'withdrawn' THEN '{WITHDRAWN}'
        ELSE event_type END
"""
_CHOSEN = f"""
    FROM events.dead_letter JOIN events.outbox USING (tenant_id, seq)
    WHERE tenant_id = :of_tenant AND dead_letter.subscription_id = :of_subscription
        AND dead_letter.position > :after
        AND (CAST(:message_id AS uuid) IS NULL OR message_id = :message_id)
        AND (CAST(:event_types AS text[]) IS NULL
            OR {_TOLD_TYPE} = ANY (CAST(:event_types AS text[])))
        AND (CAST(:since AS timestamptz) IS NULL OR died_at >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR died_at <= :until)
    ORDER BY place LIMIT :limit
"""
_DEAD = text(f"""
    SELECT message_id, {_TOLD_TYPE} AS event_type, dead_letter.position, attempts,
        died_at, dead_letter.status, error, seq, told
    {_CHOSEN}
""")
_SEND_AGAIN = text(f"""
    WITH chosen AS MATERIALIZED (SELECT place {_CHOSEN}), taken AS (
        DELETE FROM events.dead_letter USING chosen
        WHERE tenant_id = :of_tenant AND subscription_id = :of_subscription
            AND dead_letter.place = chosen.place
        RETURNING dead_letter.*
    ), laid_out AS (
        INSERT INTO events.delivery (tenant_id, subscription_id, place, position, seq,
            lane, told)
        SELECT tenant_id, subscription_id, place, position, seq, lane, told FROM taken
        ON CONFLICT (tenant_id, subscription_id, place) DO NOTHING
    )
    SELECT count(*) FROM taken
""")  # noqa: S608
# Her row is locked, so that nobody lays out meanwhile.
_SET_BACK = text("""
    UPDATE events.subscription SET place = least(place, (
        SELECT coalesce(min(fact_position.place) - 1, subscription.place)
        FROM events.fact_position
        WHERE tenant_id = :of_tenant
            AND (CAST(:position AS bigint) IS NULL OR position >= :position)
            AND (CAST(:since AS timestamptz) IS NULL OR given_at >= :since)
    ))
    WHERE tenant_id = :of_tenant AND subscription_id = :of_subscription
    RETURNING place
""")
_LAID_OUT = text("""
    DELETE FROM events.delivery
    WHERE tenant_id = :of_tenant AND subscription_id = :of_subscription
        AND place > :place
""")


def tell_nobody() -> None:
    """Announce nothing: who delivers finds it when she looks."""


@frozen
class PostgresDispatchBook:
    """``DispatchBook`` of one tenant; it announces when there is more to tell."""

    _database: Database
    _tenant_id: TenantId
    _announce: Callable[[], None] = tell_nobody

    async def recent(
        self, subscription_id: UUID, *, before: int | None, limit: int
    ) -> Sequence[Dispatch]:
        """See ``DispatchBook.recent``."""
        one = {"of_subscription": subscription_id}
        async with self._database.transaction(self._tenant_id) as transaction:
            if not await _is_there(transaction, subscription_id):
                return []
            asked = {**one, "before": before, "limit": limit}
            rows = (await transaction.run(_RECENT, asked)).all()
            places = [row["place"] for row in rows]
            tried = {**one, "places": places, "most": _MOST_ATTEMPTS}
            attempts: dict[int, list[Row]] = defaultdict(list)
            for attempt in await transaction.run(_ATTEMPTS, tried):
                attempts[attempt["place"]].append(attempt)
        return [_dispatch(row, attempts[row["place"]]) for row in rows]

    async def dead_letters(
        self, subscription_id: UUID, choice: Choice, *, after: int, limit: int
    ) -> Sequence[DeadLetter]:
        """See ``DispatchBook.dead_letters``."""
        values = _chosen(subscription_id, choice, after=after, limit=limit)
        async with self._database.transaction(self._tenant_id) as transaction:
            if not await _is_there(transaction, subscription_id):
                return []
            rows = await transaction.run(_DEAD, values)
            return [_letter(row) for row in rows]

    async def text_of(self, subscription_id: UUID, message_id: MessageId) -> str | None:
        """See ``DispatchBook.text_of``."""
        choice = Choice(message_id=message_id)
        values = _chosen(subscription_id, choice, after=0, limit=1)
        async with self._database.transaction(self._tenant_id) as transaction:
            if not await _is_there(transaction, subscription_id):
                return None
            rows = await transaction.run(_DEAD, values)
            wanted = [
                Wanted(row["seq"], Told(row["told"]), row["position"]) for row in rows
            ]
            texts = await texts_of(transaction, wanted)
        return next(iter(texts.values()), None)

    async def send_again(
        self, subscription_id: UUID, choice: Choice, *, most: int
    ) -> int:
        """See ``DispatchBook.send_again``."""
        values = _chosen(subscription_id, choice, after=0, limit=most)
        async with self._database.transaction(self._tenant_id) as transaction:
            if not await _is_there(transaction, subscription_id):
                return 0
            number: int = (await transaction.run(_SEND_AGAIN, values)).scalar_one()
            await transaction.commit()
        self._announce()
        return number

    async def send_test(
        self, subscription_id: UUID, message_id: MessageId, at: datetime
    ) -> bool:
        """See ``DispatchBook.send_test``."""
        fact = SubscriptionTested(
            message_id=message_id,
            tenant_id=self._tenant_id,
            occurred_at=at,
            subscription_id=subscription_id,
        )
        async with self._database.transaction(self._tenant_id) as transaction:
            if not await _is_there(transaction, subscription_id):
                return False
            await write_once(transaction, fact)
            await transaction.commit()
        self._announce()
        return True

    async def replay(
        self,
        subscription_id: UUID,
        *,
        from_position: int | None = None,
        since: datetime | None = None,
    ) -> bool:
        """See ``DispatchBook.replay``."""
        one = {"of_subscription": subscription_id}
        async with self._database.transaction(self._tenant_id) as transaction:
            if not await _is_there(transaction, subscription_id):
                return False
            asked = {**one, "position": from_position, "since": since}
            place = (await transaction.run(_SET_BACK, asked)).scalar_one()
            await transaction.run(_LAID_OUT, {**one, "place": place})
            await transaction.commit()
        self._announce()
        return True


async def _is_there(transaction: Transaction, subscription_id: UUID) -> bool:
    found = await transaction.run(_IS_THERE, {"of_subscription": subscription_id})
    return found.one_or_none() is not None


def _chosen(
    subscription_id: UUID, choice: Choice, *, after: int, limit: int
) -> dict[str, object]:
    types = choice.event_types
    return {
        "of_subscription": subscription_id,
        "message_id": choice.message_id,
        "event_types": None if types is None else sorted(types),
        "since": choice.since,
        "until": choice.until,
        "after": after,
        "limit": limit,
    }


def _letter(row: Row) -> DeadLetter:
    names = ("message_id", "event_type", "position", "attempts", "died_at", "status")
    return DeadLetter(**{name: row[name] for name in names}, error=row["error"])


def _dispatch(row: Row, attempts: Sequence[Row]) -> Dispatch:
    told = row["told"] or attempts[-1]["told"]
    stage = Stage.PENDING
    if not row["is_waiting"]:
        if row["is_dead"]:
            stage = Stage.DEAD
        elif attempts[-1]["outcome"] == Outcome.DELIVERED:
            stage = Stage.DELIVERED
    made_up = {Told.CREATED: CREATED, Told.WITHDRAWN: WITHDRAWN}
    return Dispatch(
        message_id=row["message_id"],
        event_type=made_up.get(Told(told)) or row["event_type"],
        position=row["position"],
        stage=stage,
        next_at=row["next_at"],
        attempts=[_attempt(one) for one in attempts],
    )


def _attempt(row: Row) -> Attempt:
    return Attempt(
        number=row["attempt"],
        at=row["made_at"],
        outcome=Outcome(row["outcome"]),
        status=row["status"],
        error=row["error"],
        took=timedelta(milliseconds=row["milliseconds"]),
    )


def _satisfies_port(book: PostgresDispatchBook) -> DispatchBook:
    return book
