"""How much there is over all tenants: numbers for whoever watches over the service."""

import asyncio
import time
from collections.abc import Mapping

from attrs import define, field
from sqlalchemy import column, func, select

from adapters.postgres.database import Database
from adapters.postgres.tables import SCHEMA

# Counting is exact, and costs what there is to count: so it is not done more often.
MOST_OFTEN = 10.0  # seconds

_functions = getattr(func, SCHEMA)
_TOTALS = select(
    _functions.totals().table_valued(
        column("events"),
        column("answers"),
        column("pending"),
        column("failed"),
        column("dead"),
        column("oldest_seconds"),
    )
)


@define
class Totals:
    """Counts what is stored, every ten seconds at most."""

    _database: Database
    _last: Mapping[str, float] = field(factory=dict, init=False)
    _counted_at: float = field(default=float("-inf"), init=False)
    _counting: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def measure(self) -> Mapping[str, float]:
        """Return the numbers by name, ten seconds old at most.

        A fact is pending until it has a position, and then once for each subscriber
        it is laid out for and not delivered to; failed is what of that has been tried.

        Raises:
            StoreUnavailable: they cannot be had.
        """
        async with self._counting:
            if time.monotonic() - self._counted_at > MOST_OFTEN:
                self._last = await self._count()
                self._counted_at = time.monotonic()
        return self._last

    async def _count(self) -> Mapping[str, float]:
        async with self._database.transaction(None) as transaction:
            row = (await transaction.run(_TOTALS)).one()
        return {
            "events_total": row.events,
            "rsvp_total": row.answers,
            "outbox_pending": row.pending,
            "outbox_failed": row.failed,
            "outbox_dead": row.dead,
            "outbox_oldest_seconds": row.oldest_seconds,
        }
