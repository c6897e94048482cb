"""`events-core relay`: facts to their subscribers, until it is told to end."""

import asyncio
import signal
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack

from adapters.cli.environment import opened_database, relay_url, settings_from
from adapters.cli.errors import UsageError
from adapters.cli.serving import address_of, bound, say
from adapters.http.logs import configure_logging
from adapters.http.metrics import Metrics
from adapters.http.server import run
from adapters.outbox.counts import Counts
from adapters.outbox.messages import said_to
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import AnotherClusterError, Sequencer
from adapters.relaying import open_outbox, relay_told_of, run_relay
from adapters.settings import Settings
from adapters.telemetry import tracing
from events_core.ports.outbox import Delivery

_SHOWN = 1000


def relay(environ: Mapping[str, str], *, dry_run: bool, resync: bool) -> int:
    """Deliver facts until SIGTERM or SIGINT; any number may run at once.

    With ``dry_run`` nothing is claimed, sent or written: what would be sent first is
    printed, with what it says. With ``resync`` positions go on in a cluster that was
    restored into.
    """
    settings = settings_from(environ)
    configure_logging(level=settings.log_level.upper(), secrets=settings.secrets)
    with opened_database(settings) as urls:
        url = relay_url(urls, "only the relay delivers")
        try:
            if dry_run:
                return asyncio.run(_preview(url))
            if resync:
                return asyncio.run(_resync(url))
        except AnotherClusterError as error:
            raise UsageError(str(error)) from None
        if settings.relay_port is None:
            run(_relay(settings, url, None))
            return 0
        with bound(settings.host, settings.relay_port) as listener:
            run(_relay(settings, url, listener))
    return 0


async def _relay(
    settings: Settings, relay_url: str, listener: socket.socket | None
) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stopping.set)
    metrics, counts = Metrics(secrets=0), Counts()
    async with AsyncExitStack() as stack:
        tracer = stack.enter_context(tracing(settings, metrics.watch))
        if listener is None:
            say("relaying")
        else:
            listener.listen()
            say(f"relaying; its health and metrics are on {address_of(listener)}")
            await stack.enter_async_context(
                relay_told_of(
                    settings,
                    relay_url,
                    listener,
                    counts=counts,
                    metrics=metrics,
                    stopping=stopping,
                )
            )
        await run_relay(settings, relay_url, stopping, tracer=tracer, counts=counts)


async def _preview(relay_url: str) -> int:
    async with open_outbox(relay_url) as outbox:
        due = await outbox.preview(room=_SHOWN, each=_SHOWN)
    for delivery in due:
        print(_line(delivery))
        print(f"  {_said(delivery)}")
    print(f"{len(due)} would be sent now; nothing was")
    return 0


async def _resync(relay_url: str) -> int:
    pool = RelayPool(relay_url)
    try:
        given = await Sequencer(pool).resync()
    finally:
        await pool.close()
    print(f"{given} facts were given positions")
    return 0


def _said(delivery: Delivery) -> str:
    if delivery.body is None:
        return "it cannot be told any more"
    return said_to(delivery.subscriber.kind, delivery.body).decode()


def _line(delivery: Delivery) -> str:
    return " ".join(
        (
            str(delivery.message_id),
            delivery.event_type,
            f"tenant={delivery.tenant_id}",
            f"position={delivery.position}",
            f"attempt={delivery.attempt + 1}",
            delivery.subscriber.url,
        )
    )
