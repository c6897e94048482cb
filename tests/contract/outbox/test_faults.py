"""What can go wrong around a relay, one thing at a time."""

import asyncio
import signal
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from aiohttp import web
from attrs import evolve

from adapters.postgres import PostgresStore
from adapters.postgres.embedded import APP, RELAY, SUPERUSER, RunningCluster
from adapters.postgres.embedded.sockets import SOCKET
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.postgres.queue.wakeups import Announcer, listen
from events_core.ports.outbox import Breaker, Delivery
from events_core.testing.builders import a_tenant, an_event, arrival_of
from events_core.testing.contracts.outbox import a_subscriber, result
from tests.contract.operation.wire import Wire
from tests.contract.outbox.processes import RelayProcess
from tests.contract.outbox.test_delivery import relaying
from tests.postgres import Connect
from tests.unit.adapters.outbox.sink import Sink, open_sink

TENANT = a_tenant()
KEEP = timedelta(seconds=45)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
def subscriptions(pool: RelayPool) -> Subscriptions:
    return Subscriptions(pool)


@pytest.fixture
async def wire(postgres_cluster: RunningCluster) -> AsyncIterator[Wire]:
    async with Wire(postgres_cluster.socket_dir / SOCKET) as wire:
        yield wire


@pytest.fixture
async def subscribed(subscriptions: Subscriptions, sink: Sink) -> Sink:
    """Somebody who is told of everything."""
    await subscribe(subscriptions, f"{sink.url}/hook")
    return sink


async def publish(store: PostgresStore) -> None:
    async with store.unit_of_work(TENANT) as uow:
        await uow.events.save(arrival_of(an_event(tenant_id=TENANT)))
        await uow.commit()


async def subscribe(subscriptions: Subscriptions, url: str) -> UUID:
    subscriber = evolve(a_subscriber(TENANT), url=url)
    await subscriptions.add(subscriber)
    return subscriber.id


async def claim(outbox: PostgresOutbox) -> list[Delivery]:
    while await outbox.advance():
        pass
    return [*await outbox.claim(room=100, each=100, busy={}, keep=KEEP)]


async def test_a_relay_that_stood_still_past_its_claim_changes_nothing_any_more(
    store: PostgresStore,
    pool: RelayPool,
    relay_url: str,
    subscribed: Sink,
    superuser: asyncpg.Connection,
) -> None:
    answers = asyncio.Event()

    async def wait(request: web.Request, body: bytes) -> web.Response:
        await answers.wait()
        return web.Response(status=500)

    subscribed.behave = wait
    await publish(store)
    still = RelayProcess(relay_url)
    try:
        await subscribed.until(1)
        still.send(signal.SIGSTOP)
        await superuser.execute(
            "UPDATE events.delivery SET lease_until = clock_timestamp()"
        )
        outbox = PostgresOutbox(pool)
        [taken] = await claim(outbox)
        assert taken.attempt == 2
        assert await outbox.settle([result(taken)], Breaker()) == 1
        answers.set()
        still.send(signal.SIGCONT)
    finally:
        assert await asyncio.to_thread(still.end, signal.SIGTERM) == 0
    attempts = await superuser.fetch("SELECT attempt, outcome FROM events.attempt")
    assert [tuple(row) for row in attempts] == [(2, "delivered")]
    assert await superuser.fetchval("SELECT failures FROM events.subscription") == 0


async def test_a_listener_whose_server_went_without_a_word_comes_back(
    wire: Wire,
) -> None:
    """Half open: what it sends goes nowhere, and nothing says so."""
    woken = asyncio.Event()
    listening = asyncio.create_task(
        listen(wire.dsn(RELAY), woken.set, alive_every=0.05)
    )
    try:
        async with asyncio.timeout(60):
            await woken.wait()
            woken.clear()
            wire.cut()
            await woken.wait()
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def test_who_commits_while_others_are_told_of_is_told_of_too(
    wire: Wire, postgres_cluster: RunningCluster
) -> None:
    """Word that is on its way says nothing of what was committed since."""
    heard: asyncio.Queue[None] = asyncio.Queue()
    listener = await asyncpg.connect(postgres_cluster.dsn(APP))
    await listener.add_listener("events_facts", lambda *_: heard.put_nowait(None))
    announcer = Announcer(wire.dsn(APP))
    try:
        async with asyncio.timeout(60):
            announcer.announce()
            await heard.get()
            # Now the server has spoken, and whoever asked it has not heard so yet.
            wire.delay = 0.3
            announcer.announce()
            await heard.get()
            announcer.announce()
            await heard.get()
    finally:
        wire.delay = 0
        await announcer.close()
        await listener.close()


async def test_a_transaction_in_another_database_delays_nobody(
    store: PostgresStore,
    pool: RelayPool,
    subscriptions: Subscriptions,
    postgres_cluster: RunningCluster,
) -> None:
    await subscribe(subscriptions, "https://subscriber.example/")
    elsewhere = await asyncpg.connect(postgres_cluster.dsn(SUPERUSER, "postgres"))
    try:
        async with elsewhere.transaction():
            await elsewhere.execute("SELECT pg_current_xact_id()")
            for position in (1, 2, 3):
                await publish(store)
                [delivery] = await claim(PostgresOutbox(pool))
                assert delivery.position == position
                await PostgresOutbox(pool).settle([result(delivery)], Breaker())
    finally:
        await elsewhere.close()


async def test_a_snapshot_that_is_held_keeps_nothing_from_being_delivered(
    store: PostgresStore,
    pool: RelayPool,
    subscriptions: Subscriptions,
    connect: Connect,
) -> None:
    """Nothing that is over can be cleared away meanwhile."""
    await subscribe(subscriptions, "https://subscriber.example/")
    outbox, holder, told = PostgresOutbox(pool), await connect(SUPERUSER), 0
    async with holder.transaction(isolation="repeatable_read", readonly=True):
        await holder.fetchval("SELECT count(*) FROM events.delivery")
        for _ in range(30):
            await publish(store)
            claimed = await claim(outbox)
            settled = [result(delivery) for delivery in claimed]
            told += await outbox.settle(settled, Breaker())
    assert told == 30


async def test_what_was_delivered_and_not_noted_comes_again_and_is_the_same(
    store: PostgresStore,
    relay_url: str,
    subscribed: Sink,
    superuser: asyncpg.Connection,
) -> None:
    """As a relay leaves it that is killed in between."""
    await publish(store)

    async def kill(request: web.Request, body: bytes) -> web.Response:
        killed.send(signal.SIGKILL)
        return web.Response()

    subscribed.behave = kill
    killed = RelayProcess(relay_url)
    await subscribed.until(1)
    await asyncio.to_thread(killed.end, signal.SIGKILL)
    subscribed.behave = None
    await superuser.execute(
        "UPDATE events.delivery SET lease_until = clock_timestamp()"
    )
    async with relaying(relay_url):
        await subscribed.until(2)
    first, second = subscribed.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_who_changed_her_url_is_not_called_at_the_old_one(
    store: PostgresStore,
    pool: RelayPool,
    subscriptions: Subscriptions,
    superuser: asyncpg.Connection,
) -> None:
    await subscribe(subscriptions, "https://old.example/")
    await publish(store)
    outbox = PostgresOutbox(pool)
    while await outbox.advance():
        pass
    await superuser.execute("UPDATE events.subscription SET url = 'https://new.test/'")
    [delivery] = await claim(outbox)
    assert delivery.subscriber.url == "https://new.test/"


async def test_who_asks_to_wait_hears_nothing_until_that_is_over(
    store: PostgresStore,
    relay_url: str,
    subscribed: Sink,
    superuser: asyncpg.Connection,
) -> None:
    """By the database's clock, whatever else is written meanwhile, and by whom told."""
    asked, early, one_by_one = asyncio.Event(), list[bool | None](), asyncio.Lock()
    rests = "SELECT open_until > clock_timestamp() FROM events.subscription"

    async def ask_once(request: web.Request, body: bytes) -> web.Response:
        if asked.is_set():
            async with one_by_one:
                early.append(await superuser.fetchval(rests))
            return web.Response()
        asked.set()
        return web.Response(status=429, headers={"Retry-After": "1"})

    subscribed.behave = ask_once
    await publish(store)
    async with relaying(relay_url), relaying(relay_url):
        await asked.wait()
        async with asyncio.timeout(30):
            while not await superuser.fetchval(rests):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        for _ in range(3):
            await publish(store)
        await subscribed.until(5)
    assert True not in early
    attempts = "SELECT count(*) FROM events.attempt"
    assert await superuser.fetchval(attempts) == 5


async def test_who_is_sound_is_told_as_soon_as_if_all_were(
    store: PostgresStore, relay_url: str, subscriptions: Subscriptions, sink: Sink
) -> None:
    """Compared with a time when she was alone; each of the ill would hold her up."""

    over = asyncio.Event()

    async def behave(request: web.Request, body: bytes) -> web.StreamResponse:
        if request.path == "/hangs":
            await over.wait()
        return web.Response(status=500 if request.path == "/fails" else 200)

    def told() -> int:
        return [received.path for received in sink.received].count("/sound")

    async def median_delay() -> float:
        delays = []
        for _ in range(15):
            number, began = told() + 1, time.monotonic()
            await publish(store)
            announcer.announce()
            async with asyncio.timeout(60):
                while told() < number:
                    sink.news.clear()
                    await sink.news.wait()
            delays.append(time.monotonic() - began)
        return statistics.median(delays)

    sink.behave = behave
    announcer = Announcer(relay_url)
    await subscribe(subscriptions, f"{sink.url}/sound")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(announcer.close)
        await stack.enter_async_context(relaying(relay_url))
        alone = await median_delay()
        for url in (f"{sink.url}/hangs", f"{sink.url}/fails", "http://127.0.0.1:1/"):
            await subscribe(subscriptions, url)
        together = await median_delay()
        over.set()
    assert together < 10 * alone + 0.5  # it looks of itself after a second
