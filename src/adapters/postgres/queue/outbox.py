"""Facts on their way to subscribers: claimed, tried, and settled."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from attrs import field, frozen

from adapters.postgres.queue import claiming, settling
from adapters.postgres.queue.laying_out import LayingOut
from adapters.postgres.queue.low_water import LowWater
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.preview import preview
from adapters.postgres.queue.sequencer import Sequencer
from adapters.system import TimeOrderedIds
from events_core.ports.clock import IdSource
from events_core.ports.outbox import A_CLAIM, Breaker, Delivery, Outbox, Result

# Whoever is left alone is due when that is over; a lane's second is not due before
# its first, and is found by whoever settles that. The order has the first of a
# subscriber's found by its index, however many wait behind it.
_DUE_IN = """
    SELECT extract(epoch FROM min(
        greatest(at, coalesce(open_until, at)) - statement_timestamp()
    ))::double precision
    FROM events.subscription CROSS JOIN LATERAL (
        SELECT least(
            (SELECT next_at FROM events.delivery
             WHERE delivery.subscription_id = subscription.subscription_id
                AND next_at > statement_timestamp()
             ORDER BY next_at, place LIMIT 1),
            CASE WHEN open_until > statement_timestamp() THEN open_until END
        ) AS at
    ) AS soonest
    WHERE state = 'active'
"""


@frozen
class PostgresOutbox:
    """``Outbox`` on a database whose migrations are current, as the relay's role."""

    _pool: RelayPool
    _ids: IdSource = field(factory=TimeOrderedIds)
    _low_water: LowWater = field(factory=LowWater)
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
        self,
        *,
        room: int,
        each: int,
        size: int = A_CLAIM,
        busy: Mapping[UUID, int],
        keep: timedelta,
    ) -> Sequence[Delivery]:
        """See ``Outbox.claim``."""
        async with self._pool.connection() as connection:
            return await claiming.claim(
                connection,
                room=room,
                each=each,
                size=size,
                busy=busy,
                keep=keep,
                low_water=self._low_water,
            )

    async def preview(self, *, room: int, each: int) -> Sequence[Delivery]:
        """Return what a relay that begins now would claim, and write nothing.

        Raises:
            AnotherClusterError: see ``Sequencer.tick``.
            StoreUnavailable: it cannot be told.
        """
        async with self._pool.connection() as connection:
            return await preview(connection, room=room, each=each)

    async def settle(self, results: Sequence[Result], breaker: Breaker) -> int:
        """See ``Outbox.settle``."""
        async with self._pool.connection() as connection:
            return await settling.settle(connection, results, breaker, self._ids)

    async def due_in(self) -> timedelta | None:
        """See ``Outbox.due_in``."""
        async with self._pool.connection() as connection:
            seconds = await connection.fetchval(_DUE_IN)
        return None if seconds is None else timedelta(seconds=max(0.0, seconds))


def _satisfies_ports(outbox: PostgresOutbox) -> Outbox:
    return outbox
