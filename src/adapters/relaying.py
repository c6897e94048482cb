"""The relay, wired: the outbox in PostgreSQL, and HTTP to the subscribers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TypeAlias
from urllib.parse import urlsplit

from adapters.outbox.client import open_client
from adapters.outbox.delivering import Delivering
from adapters.outbox.messages import ActivitySecrets
from adapters.outbox.relay import Pace, Relay
from adapters.outbox.retries import SCHEDULE
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.wakeups import listen
from adapters.readings import Readings
from adapters.settings import Settings
from adapters.tracing import PASSING_ON, Tracer

#: Beside requests there is little time at the end.
BESIDE_REQUESTS = Pace(grace=1.5)

Watch: TypeAlias = Callable[[Readings], None]


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
    watch: Watch = lambda _: None,
) -> None:
    """Deliver facts until ``stopping`` is set.

    ``watch`` is given what tells what the relay does.
    The URL is the relay's role's and leads round any pooler. A database that cannot
    be reached is waited for.
    """
    async with AsyncExitStack() as stack:
        outbox = await stack.enter_async_context(open_outbox(relay_url))
        allowed = settings.webhook_allowed_hosts | _activity_host(settings)
        client = await stack.enter_async_context(open_client(allowed))
        delivering = Delivering(
            client=client,
            activity=ActivitySecrets(
                internal=settings.hmac_secret, webhook=settings.activity_secret
            ),
            schedule=settings.retry_schedule or SCHEDULE,
            tracer=tracer,
        )
        relay = Relay(outbox, delivering, pace)
        watch(relay.counts.readings)
        listening = asyncio.create_task(listen(relay_url, relay.wake))
        try:
            await relay.run(stopping)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


@asynccontextmanager
async def relay_beside(
    settings: Settings, relay_url: str, tracer: Tracer, watch: Watch
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
            watch=watch,
        )
    )
    try:
        yield
    finally:
        stopping.set()
        await running


def _activity_host(settings: Settings) -> frozenset[str]:
    """Return the host of Activity, which is inside like all neighbours."""
    host = settings.activity_url and urlsplit(settings.activity_url).hostname
    return frozenset({host} if host else ())
