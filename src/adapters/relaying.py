"""The relay, wired: the outbox in PostgreSQL, and HTTP to the subscribers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from adapters.http.app import create_operator_app
from adapters.http.metrics import Metrics
from adapters.http.operation import Readiness
from adapters.http.server import served
from adapters.http.settings import Limits
from adapters.outbox.client import open_client
from adapters.outbox.counts import Counts
from adapters.outbox.delivering import Delivering
from adapters.outbox.messages import ActivitySecrets
from adapters.outbox.relay import Pace, Relay
from adapters.outbox.retries import SCHEDULE
from adapters.postgres import Database, Subscribers, Totals
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.wakeups import listen
from adapters.readings import Reading
from adapters.settings import Settings
from adapters.system import TimeOrderedIds
from adapters.tracing import PASSING_ON, Tracer

#: Beside requests there is little time at the end.
BESIDE_REQUESTS = Pace(grace=1.5)

#: In seconds: a relay that has looked for facts longer ago does not do its work.
STUCK_AFTER = 60.0


@asynccontextmanager
async def open_outbox(relay_url: str) -> AsyncIterator[PostgresOutbox]:
    """Have the outbox as the relay's role, until the block ends."""
    pool = RelayPool(relay_url)
    try:
        yield PostgresOutbox(pool)
    finally:
        await pool.close()


async def run_relay(
    settings: Settings,
    relay_url: str,
    stopping: asyncio.Event,
    *,
    pace: Pace = Pace(),  # noqa: B008 - frozen
    tracer: Tracer = PASSING_ON,
    counts: Counts | None = None,
) -> None:
    """Deliver facts until ``stopping`` is set.

    What the relay does is counted in ``counts``. The URL is the relay's role's and
    leads round any pooler. A database that cannot be reached is waited for.
    """
    async with AsyncExitStack() as stack:
        outbox = await stack.enter_async_context(open_outbox(relay_url))
        allowed = settings.webhook_allowed_hosts
        client = await stack.enter_async_context(open_client(allowed))
        delivering = Delivering(
            client=client,
            activity=ActivitySecrets(
                internal=settings.hmac_secret, webhook=settings.activity_secret
            ),
            schedule=settings.retry_schedule or SCHEDULE,
            tracer=tracer,
        )
        relay = Relay(outbox, delivering, pace, counts=counts or Counts())
        listening = asyncio.create_task(listen(relay_url, relay.wake))
        try:
            await relay.run(stopping)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


@asynccontextmanager
async def relay_beside(
    settings: Settings, relay_url: str, tracer: Tracer, counts: Counts
) -> AsyncIterator[None]:
    """Have a relay run until the block ends."""
    stopping = asyncio.Event()
    running = asyncio.create_task(
        run_relay(
            settings,
            relay_url,
            stopping,
            pace=BESIDE_REQUESTS,
            tracer=tracer,
            counts=counts,
        )
    )
    try:
        yield
    finally:
        stopping.set()
        await running


@asynccontextmanager
async def relay_told_of(
    settings: Settings,
    relay_url: str,
    listener: socket.socket,
    *,
    counts: Counts,
    metrics: Metrics,
    stopping: asyncio.Event,
) -> AsyncIterator[None]:
    """Answer for the health and the metrics of a relay alone until the block ends."""
    database = Database.at(relay_url, connections=1)
    totals, subscribers = Totals(database), Subscribers(database)

    async def readiness() -> Readiness:
        return Readiness({"relay": counts.look_age < STUCK_AFTER})

    async def measure() -> Iterable[Reading]:
        return *await totals.measure(), *await subscribers.readings()

    metrics.watch(counts.readings, as_json=True)
    app = create_operator_app(
        ids=TimeOrderedIds(),
        limits=Limits(),
        metrics_token=settings.metrics_token,
        readiness=readiness,
        measure=measure,
        metrics=metrics,
        draining=stopping,
    )
    try:
        async with served(app, listener, limits=Limits()):
            yield
    finally:
        await database.close()
