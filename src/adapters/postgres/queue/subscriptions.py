"""Who is subscribed: the operator's view, over all tenants."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen

from adapters.postgres.queue.laying_out import subscriber_from
from adapters.postgres.queue.pool import RelayPool, Row
from adapters.postgres.queue.telling import tell
from events_core.domain.facts import SubscriptionTested
from events_core.domain.identity import MessageId
from events_core.domain.publication import OPERATORS
from events_core.ports.outbox import State, Subscriber

# Facts that have no position yet come later than this, too.
_ADD = """
    INSERT INTO events.subscription (tenant_id, subscription_id, kind, url, description,
        visibilities, persons, scope_kind, scope_id, event_types, secrets, state, place)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'active', last_place
    FROM events.sequencer
"""
_EVERY = """
    SELECT subscription.*,
        (SELECT count(*) FROM events.delivery
         WHERE delivery.subscription_id = subscription.subscription_id) AS pending,
        (SELECT count(*) FROM events.dead_letter
         WHERE dead_letter.subscription_id = subscription.subscription_id) AS dead
    FROM events.subscription ORDER BY created_at, subscription_id
"""
_WHOSE = "SELECT tenant_id FROM events.subscription WHERE subscription_id = $1"
_SET_STATE = """
    UPDATE events.subscription
    SET state = $2, state_reason = $3, failures = 0, trips = 0, open_until = NULL,
        failing_since = NULL
    WHERE subscription_id = $1
"""
_REMOVE = (
    "DELETE FROM events.dead_letter WHERE subscription_id = $1",
    "DELETE FROM events.delivery WHERE subscription_id = $1",
    "DELETE FROM events.attempt WHERE subscription_id = $1",
)
_FORGET = "DELETE FROM events.subscription WHERE subscription_id = $1"
_SET_SECRETS = """
    UPDATE events.subscription SET secrets = ($2::bytea || secrets)[1:3]
    WHERE subscription_id = $1
"""
# What is laid out is laid out again from there; her row is locked, so that nobody
# lays out meanwhile.
_SET_BACK = """
    UPDATE events.subscription SET place = least(place, (
        SELECT coalesce(min(fact_position.place) - 1, subscription.place)
        FROM events.fact_position JOIN events.outbox USING (tenant_id, seq)
        WHERE (subscription.tenant_id = $2
                OR fact_position.tenant_id = subscription.tenant_id)
            AND ($3::bigint IS NULL OR fact_position.position >= $3)
            AND ($4::timestamptz IS NULL OR fact_position.given_at >= $4)
    ))
    WHERE subscription_id = $1 RETURNING place
"""
_LAID_OUT = "DELETE FROM events.delivery WHERE subscription_id = $1 AND place > $2"
_DEAD = """
    SELECT dead_letter.*, outbox.message_id, outbox.event_type
    FROM events.dead_letter JOIN events.outbox USING (tenant_id, seq)
    WHERE dead_letter.subscription_id = $1 ORDER BY place LIMIT $2
"""
_SEND_AGAIN = """
    WITH taken AS (
        DELETE FROM events.dead_letter
        WHERE subscription_id = $1 AND ($2::bigint IS NULL OR place = $2)
        RETURNING *
    )
    INSERT INTO events.delivery (tenant_id, subscription_id, place, position, seq, lane,
        told)
    SELECT tenant_id, subscription_id, place, position, seq, lane, told FROM taken
    ON CONFLICT (tenant_id, subscription_id, place) DO NOTHING
"""


@frozen(kw_only=True)
class Listed:
    """A subscription as an operator sees it.

    ``pending`` is what is laid out for her and not delivered; of who is left alone
    until ``open_until`` there can be more to come.
    """

    subscriber: Subscriber
    state: State
    reason: str | None
    pending: int
    dead: int
    open_until: datetime | None
    failing_since: datetime | None


@frozen(kw_only=True)
class DeadLetter:
    """A fact that a subscriber was not to be told of; ``place`` names it."""

    place: int
    position: int
    message_id: UUID
    event_type: str
    attempts: int
    died_at: datetime
    status: int | None
    error: str | None


@frozen
class Subscriptions:
    """Everybody's subscriptions, as the relay's role.

    All methods raise ``StoreUnavailable`` where the database cannot be reached. Those
    that change something return whether there is such a subscription.
    """

    _pool: RelayPool

    async def add(self, subscriber: Subscriber) -> None:
        """Tell somebody of whatever gets its position from now on."""
        audience = subscriber.audience
        scope, types = audience.scope, audience.event_types
        async with self._pool.connection() as connection:
            await connection.execute(
                _ADD,
                audience.tenant_id or OPERATORS,
                subscriber.id,
                subscriber.kind,
                subscriber.url,
                subscriber.description,
                sorted(audience.visibilities),
                audience.persons,
                scope and scope.kind,
                scope and scope.id,
                None if types is None else sorted(types),
                list(subscriber.secrets),
            )

    async def every(self) -> Sequence[Listed]:
        """Return all of them, the oldest first."""
        async with self._pool.connection() as connection:
            return [_listed(row) for row in await connection.fetch(_EVERY)]

    async def set_state(
        self, subscription_id: UUID, state: State, reason: str | None = None
    ) -> bool:
        """Have somebody told, or not; active again she is told of what she missed."""
        async with self._pool.connection() as connection:
            done = await connection.execute(_SET_STATE, subscription_id, state, reason)
        return _did_one(done)

    async def remove(self, subscription_id: UUID) -> bool:
        """Forget a subscription and all that was to be told to her."""
        async with self._pool.transaction() as connection:
            done = await connection.execute(_FORGET, subscription_id)
            for statement in _REMOVE:
                await connection.execute(statement, subscription_id)
        return _did_one(done)

    async def rotate(self, subscription_id: UUID, secret: bytes) -> bool:
        """Sign with a new secret from now on, and with the last two besides."""
        async with self._pool.connection() as connection:
            done = await connection.execute(_SET_SECRETS, subscription_id, secret)
        return _did_one(done)

    async def send_test(
        self, subscription_id: UUID, message_id: MessageId, at: datetime
    ) -> bool:
        """Tell somebody that she is tested: see ``DispatchBook.send_test``."""
        async with self._pool.transaction() as connection:
            tenant_id = await connection.fetchval(_WHOSE, subscription_id)
            if tenant_id is None:
                return False
            tested = SubscriptionTested(
                message_id=message_id,
                tenant_id=tenant_id,
                occurred_at=at,
                subscription_id=subscription_id,
            )
            await tell(connection, tested)
            return True

    async def replay(
        self,
        subscription_id: UUID,
        *,
        from_position: int | None = None,
        since: datetime | None = None,
    ) -> bool:
        """Tell everything again from a tenant's position, or a time, on.

        Never skips anything: who is further back stays there. What is being sent just
        now may come twice.
        """
        async with self._pool.transaction() as connection:
            place = await connection.fetchval(
                _SET_BACK, subscription_id, OPERATORS, from_position, since
            )
            if place is None:
                return False
            await connection.execute(_LAID_OUT, subscription_id, place)
            return True

    async def dead_letters(
        self, subscription_id: UUID, *, limit: int = 100
    ) -> Sequence[DeadLetter]:
        """Return what somebody was not to be told of, in its order."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_DEAD, subscription_id, limit)
        return [_dead_letter(row) for row in rows]

    async def send_again(self, subscription_id: UUID, place: int | None = None) -> int:
        """Have one dead letter tried again, or all; return how many."""
        async with self._pool.connection() as connection:
            done = await connection.execute(_SEND_AGAIN, subscription_id, place)
        return int(done.rpartition(" ")[2])


def _did_one(done: str) -> bool:
    return not done.endswith(" 0")


def _listed(row: Row) -> Listed:
    return Listed(
        subscriber=subscriber_from(row),
        state=State(row["state"]),
        reason=row["state_reason"],
        pending=row["pending"],
        dead=row["dead"],
        open_until=row["open_until"],
        failing_since=row["failing_since"],
    )


def _dead_letter(row: Row) -> DeadLetter:
    return DeadLetter(
        place=row["place"],
        position=row["position"],
        message_id=row["message_id"],
        event_type=row["event_type"],
        attempts=row["attempts"],
        died_at=row["died_at"],
        status=row["status"],
        error=row["error"],
    )
