"""How each subscriber does: numbers for whoever watches over the service."""

import asyncio
import time
from collections.abc import Iterable, Sequence

from attrs import define, field
from sqlalchemy import column, func, select

from adapters.postgres.database import Database
from adapters.postgres.tables import SCHEMA
from adapters.postgres.totals import MOST_OFTEN
from adapters.readings import Reading
from events_core.ports.outbox import State

_BREAKER = ("closed", "open", "half_open")

_functions = getattr(func, SCHEMA)
_SUBSCRIBERS = select(
    _functions.subscribers().table_valued(
        column("subscription_id"),
        column("state"),
        column("breaker"),
        column("pending"),
        column("lag_seconds"),
    )
)


@define
class Subscribers:
    """Looks how they do, every ten seconds at most. Of very many those most behind."""

    _database: Database
    _last: Sequence[Reading] = field(default=(), init=False)
    _looked_at: float = field(default=float("-inf"), init=False)
    _looking: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def readings(self) -> Sequence[Reading]:
        """Return the numbers of each, ten seconds old at most.

        Raises:
            StoreUnavailable: they cannot be had.
        """
        async with self._looking:
            if time.monotonic() - self._looked_at > MOST_OFTEN:
                self._last = tuple(await self._look())
                self._looked_at = time.monotonic()
        return self._last

    async def _look(self) -> Iterable[Reading]:
        async with self._database.transaction(None) as transaction:
            rows = (await transaction.run(_SUBSCRIBERS)).all()
        return [
            reading
            for row in rows
            for reading in _readings(
                str(row.subscription_id),
                State(row.state),
                row.breaker,
                row.pending,
                row.lag_seconds,
            )
        ]


def _readings(
    subscription: str, state: State, breaker: str, pending: int, lag: float
) -> Iterable[Reading]:
    label = {"subscription": subscription}
    yield Reading(
        "subscription_lag_seconds",
        "The age of the oldest fact that a subscriber is still to be told.",
        lag,
        label,
    )
    yield Reading(
        "subscription_pending",
        "Facts that are laid out for a subscriber, and not delivered.",
        pending,
        label,
    )
    for one in State:
        yield Reading(
            "subscription_state",
            "1 for the state a subscription is in.",
            one is state,
            {**label, "state": one.value},
        )
    for name in _BREAKER:
        yield Reading(
            "subscription_breaker",
            "1 for how a subscriber is treated: open, she is left alone for a while;"
            " half open, she is tried with one delivery.",
            name == breaker,
            {**label, "state": name},
        )
