"""Who is subscribed: the operator's view, over all tenants."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen

from adapters.postgres.queue.audit import note
from adapters.postgres.queue.laying_out import subscriber_from
from adapters.postgres.queue.pool import RelayPool, Row
from events_core.domain.audit import Deed
from events_core.domain.publication import OPERATORS
from events_core.ports.outbox import State, Subscriber

# Facts that have no position yet come later than this, too.
_ADD = """
    INSERT INTO events.subscription (tenant_id, subscription_id, kind, url, description,
        visibilities, persons, scope_kind, scope_id, event_types, secrets, state, place)
    SELECT $1::uuid, $2, $3::text, $4, $5, $6, $7, $8, $9, $10, $11, 'active',
        last_place
    FROM events.sequencer
    WHERE $3 <> 'activity' OR NOT EXISTS (
        SELECT FROM events.subscription
        WHERE kind = 'activity' AND ($1 IN (tenant_id, $12::uuid) OR tenant_id = $12)
    )
"""
# Whoever adds waits for whoever adds, so that there are not two after all.
_ONE_BY_ONE = "LOCK TABLE events.subscription IN SHARE ROW EXCLUSIVE MODE"
_EVERY = """
    SELECT subscription.*,
        (SELECT count(*) FROM events.delivery
         WHERE delivery.subscription_id = subscription.subscription_id) AS pending,
        (SELECT count(*) FROM events.dead_letter
         WHERE dead_letter.subscription_id = subscription.subscription_id) AS dead
    FROM events.subscription
    WHERE $1::uuid IS NULL OR subscription_id = $1
    ORDER BY created_at, subscription_id
"""
_HOLD = "SELECT * FROM events.subscription WHERE subscription_id = $1 FOR UPDATE"
# A new URL makes a new start.
_CHANGE = """
    UPDATE events.subscription
    SET url = $2, description = $3, visibilities = $4, persons = $5, scope_kind = $6,
        scope_id = $7, event_types = $8,
        failures = CASE WHEN url = $2 THEN failures ELSE 0 END,
        trips = CASE WHEN url = $2 THEN trips ELSE 0 END,
        open_until = CASE WHEN url = $2 THEN open_until END,
        failing_since = CASE WHEN url = $2 THEN failing_since END
    WHERE subscription_id = $1
"""
_SET_STATE = """
    UPDATE events.subscription
    SET state = $2, state_reason = $3, failures = 0, trips = 0, open_until = NULL,
        failing_since = NULL
    WHERE subscription_id = $1
    RETURNING tenant_id
"""
# In portions, so that nobody waits for it.
_CLEAR = """
    DELETE FROM events.{} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM events.{} WHERE subscription_id = $1 LIMIT 10000
    ))
"""
_REMOVE = tuple(_CLEAR.format(t, t) for t in ("delivery", "dead_letter", "attempt"))
_FORGET = """
    DELETE FROM events.subscription WHERE subscription_id = $1 RETURNING tenant_id
"""
_SET_SECRETS = """
    UPDATE events.subscription SET secrets = ($2::bytea || secrets)[1:3]
    WHERE subscription_id = $1
    RETURNING tenant_id
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


@frozen
class Subscriptions:
    """Everybody's subscriptions, as the relay's role.

    All methods raise ``StoreUnavailable`` where the database cannot be reached. Those
    that change something return whether there is such a subscription.
    """

    _pool: RelayPool

    async def add(self, subscriber: Subscriber) -> bool:
        """Tell somebody of whatever gets its position from now on.

        Returns False, and adds nobody, where Activity is told of one of those tenants
        already: two would tell it in parallel.
        """
        async with self._pool.transaction() as connection:
            await connection.execute(_ONE_BY_ONE)
            columns = _columns(subscriber)
            added = _did_one(await connection.execute(_ADD, *columns, OPERATORS))
            if added:
                tenant_id = subscriber.audience.tenant_id or OPERATORS
                await note(connection, tenant_id, Deed.SUBSCRIBED, subscriber.id)
        return added

    async def every(self) -> Sequence[Listed]:
        """Return all of them, the oldest first."""
        async with self._pool.connection() as connection:
            return [_listed(row) for row in await connection.fetch(_EVERY, None)]

    async def find(self, subscription_id: UUID) -> Listed | None:
        """Return one of them."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_EVERY, subscription_id)
        return None if row is None else _listed(row)

    async def change(
        self, subscription_id: UUID, changed: Callable[[Subscriber], Subscriber]
    ) -> Listed | None:
        """Have somebody as ``changed`` returns her, but for kind, tenant and secrets.

        None where there is none. What she wants to hear of counts for facts that are
        not laid out yet.
        """
        async with self._pool.transaction() as connection:
            row = await connection.fetchrow(_HOLD, subscription_id)
            if row is None:
                return None
            subscriber = changed(subscriber_from(row))
            _, _, _, *columns, _ = _columns(subscriber)
            await connection.execute(_CHANGE, subscription_id, *columns)
            deed = Deed.SUBSCRIPTION_CHANGED
            await note(connection, row["tenant_id"], deed, subscription_id)
            row = await connection.fetchrow(_EVERY, subscription_id)
        return None if row is None else _listed(row)

    async def set_state(
        self, subscription_id: UUID, state: State, reason: str | None = None
    ) -> bool:
        """Have somebody told, or not; active again she is told of what she missed."""
        values = (subscription_id, state, reason)
        return await self._noted(Deed.SUBSCRIPTION_CHANGED, _SET_STATE, *values)

    async def remove(self, subscription_id: UUID) -> bool:
        """Forget a subscription and all that was to be told to her.

        She first, and the rest in portions, each a transaction of its own; what an end
        in between leaves behind goes with retention.
        """
        done = await self._noted(Deed.SUBSCRIPTION_ENDED, _FORGET, subscription_id)
        async with self._pool.connection() as connection:
            for statement in _REMOVE:
                while _did_one(await connection.execute(statement, subscription_id)):
                    pass
        return done

    async def rotate(self, subscription_id: UUID, secret: bytes) -> bool:
        """Sign with a new secret from now on, and with the last two besides."""
        return await self._noted(Deed.RESECRETED, _SET_SECRETS, subscription_id, secret)

    async def _noted(
        self, deed: Deed, statement: str, subscription_id: UUID, *values: object
    ) -> bool:
        """Run a statement on one of them, and write down what it did."""
        async with self._pool.transaction() as connection:
            owner = await connection.fetchval(statement, subscription_id, *values)
            if owner is not None:
                await note(connection, owner, deed, subscription_id)
        return owner is not None


def _columns(subscriber: Subscriber) -> tuple[object, ...]:
    audience = subscriber.audience
    scope, types = audience.scope, audience.event_types
    return (
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
