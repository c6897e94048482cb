"""How much there is over all tenants: numbers for whoever watches over the service."""

import asyncio
import time
from collections.abc import Callable, Sequence

from attrs import define, field
from sqlalchemy import Double, column, func, select

from adapters.postgres.database import Database
from adapters.postgres.tables import SCHEMA
from adapters.readings import Reading

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
_CLOCK_AND_WORD = select(
    func.extract("epoch", func.clock_timestamp()).cast(Double).label("now"),
    func.pg_notification_queue_usage().label("queue"),
)


@define
class Totals:
    """Counts what is stored, every ten seconds at most.

    ``now`` is this machine's clock, in Unix seconds.
    """

    _database: Database
    _now: Callable[[], float] = time.time
    _last: Sequence[Reading] = field(default=(), init=False)
    _counted_at: float = field(default=float("-inf"), init=False)
    _counting: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def measure(self) -> Sequence[Reading]:
        """Return the numbers, ten seconds old at most.

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

    async def _count(self) -> Sequence[Reading]:
        async with self._database.transaction(None) as transaction:
            began = self._now()
            server = (await transaction.run(_CLOCK_AND_WORD)).one()
            # Somewhere in between she read hers.
            skew = (began + self._now()) / 2 - server.now
            row = (await transaction.run(_TOTALS)).one()
        return (
            Reading(
                "clock_skew_seconds",
                "How far this machine's clock is ahead of the database's.",
                skew,
            ),
            Reading(
                "notify_queue_usage",
                "How full the database's queue of notifications is, from 0 to 1.",
                server.queue,
            ),
            Reading("events_total", "Events that are not deleted.", row.events),
            Reading("rsvp_total", "Answers.", row.answers),
            Reading(
                "outbox_pending",
                "Facts not delivered yet, each as often as it has subscribers.",
                row.pending,
            ),
            Reading("outbox_failed", "Those of them tried in vain so far.", row.failed),
            Reading("outbox_dead", "Those that nobody will try again.", row.dead),
            Reading(
                "outbox_oldest_seconds",
                "The age of the oldest fact not delivered.",
                row.oldest_seconds,
            ),
        )
