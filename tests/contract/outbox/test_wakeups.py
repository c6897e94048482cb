"""Word of a commit is only a hint: it may be lost, come too often, or not be taken."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from attrs import define, evolve

from adapters.outbox.counts import Counts
from adapters.postgres import Database, PostgresStore, Totals
from adapters.postgres.embedded import RELAY
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.postgres.queue.wakeups import Announcer, listen
from adapters.relaying import run_relay
from events_core.testing.builders import a_tenant, an_event, arrival_of
from events_core.testing.contracts.outbox import a_subscriber
from tests.contract.operation.cluster import OwnCluster
from tests.contract.outbox.test_delivery import SETTINGS, relaying
from tests.unit.adapters.outbox.sink import Sink, open_sink

TENANT = a_tenant()

#: The least that a server takes, in pages of 8 kB.
LEAST = "64"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[OwnCluster]:
    """A server that can keep few notifications."""
    settings = {"max_notify_queue_pages": LEAST}
    with OwnCluster(tmp_path / "data", settings) as cluster:
        yield cluster


async def publish(store: PostgresStore, number: int) -> None:
    for _ in range(number):
        async with store.unit_of_work(TENANT) as uow:
            await uow.events.save(arrival_of(an_event(tenant_id=TENANT)))
            await uow.commit()


async def subscribe(relay_url: str, sink: Sink) -> None:
    pool = RelayPool(relay_url)
    await Subscriptions(pool).add(evolve(a_subscriber(TENANT), url=f"{sink.url}/hook"))
    await pool.close()


async def fill_queue(superuser: asyncpg.Connection) -> None:
    """Notify whoever listens to ``noise`` until no more is taken."""
    with suppress(asyncpg.ProgramLimitExceededError):
        for number in itertools.count():
            text = f"{number:07000}"
            await superuser.execute("SELECT pg_notify('noise', $1)", text)


async def test_who_commits_does_not_fail_where_no_word_is_taken_any_more(
    cluster: OwnCluster, sink: Sink
) -> None:
    """A session that listens, and rests in a transaction, keeps all word there is."""
    await cluster.migrated()
    await subscribe(cluster.dsn(RELAY), sink)
    database, announcer = Database.at(cluster.app), Announcer(cluster.app)
    store = PostgresStore(database, announcer.announce)
    superuser, rests = [await asyncpg.connect(cluster.superuser) for _ in range(2)]
    try:
        await rests.execute("LISTEN noise")
        transaction = rests.transaction()
        await transaction.start()
        await fill_queue(superuser)
        told = {one.name: one.value for one in await Totals(database).measure()}
        assert told["notify_queue_usage"] > 0.9
        async with relaying(cluster.dsn(RELAY)):
            for number in range(1, 6):
                await publish(store, 1)
                await sink.until(number)
            with pytest.raises(asyncpg.ProgramLimitExceededError):
                await superuser.execute("NOTIFY events_facts")
        await transaction.rollback()
        await until_told_again(cluster, store)
    finally:
        await announcer.close()
        await database.close()
        for connection in (superuser, rests):
            await connection.close()


async def until_told_again(cluster: OwnCluster, store: PostgresStore) -> None:
    """Commit until somebody who listens is told of it."""
    heard = asyncio.Event()
    listener = await asyncpg.connect(cluster.superuser)
    await listener.add_listener("events_facts", lambda *_: heard.set())
    async with asyncio.timeout(30):
        while not heard.is_set():
            await publish(store, 1)
            await asyncio.sleep(0.05)
    await listener.close()


async def test_facts_arrive_though_nobody_can_listen(
    store: PostgresStore, relay_url: str, sink: Sink, superuser: asyncpg.Connection
) -> None:
    """Whoever listens is ended whenever she begins to, so nothing is ever heard."""
    await subscribe(relay_url, sink)
    ended, is_over = 0, asyncio.Event()

    async def end_listeners() -> None:
        nonlocal ended
        while not is_over.is_set():
            ended += await superuser.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database()"
                " AND application_name = 'events-core wake-up'"
            )
            await asyncio.sleep(0.01)

    ending = asyncio.create_task(end_listeners())
    async with relaying(relay_url):
        for number in range(1, 5):
            await publish(store, 1)
            await sink.until(number)
    is_over.set()
    await ending
    assert ended


@define
class Looks(Counts):
    """Counts how often a relay looks what there is to do."""

    number: int = 0

    def looked(self) -> None:
        """Count one more."""
        self.number += 1
        super().looked()


async def test_ten_thousand_words_are_heard_as_few(
    store: PostgresStore, relay_url: str, sink: Sink, superuser: asyncpg.Connection
) -> None:
    """What is said while the relay looks has it look once more, however much it is."""
    await subscribe(relay_url, sink)
    looks, stopping, words = Looks(), asyncio.Event(), 10_000
    relay = asyncio.create_task(run_relay(SETTINGS, relay_url, stopping, counts=looks))
    try:
        await publish(store, 1)
        await sink.until(1)
        flooding = asyncio.create_task(
            superuser.execute(
                "SELECT pg_notify('events_facts', n::text)"
                f" FROM generate_series(1, {words}) AS n"
            )
        )
        await publish(store, 20)
        await sink.until(21)
        await flooding
    finally:
        stopping.set()
        await relay
    assert looks.number < words / 10


async def test_who_announces_ten_thousand_times_speaks_a_few(
    relay_url: str, superuser: asyncpg.Connection
) -> None:
    """And the last of them is not lost."""
    heard, announced, woken = 0, 10_000, asyncio.Event()

    def hear(*_: object) -> None:
        nonlocal heard
        heard += 1

    await superuser.add_listener("events_facts", hear)
    listening = asyncio.create_task(listen(relay_url, woken.set))
    announcer = Announcer(relay_url)
    try:
        async with asyncio.timeout(30):
            await woken.wait()
            for number in range(announced):
                announcer.announce()
                if number % 100 == 0:
                    await asyncio.sleep(0)
            woken.clear()
            announcer.announce()
            await woken.wait()
    finally:
        listening.cancel()
        await asyncio.wait([listening])
        await announcer.close()
    assert heard < announced / 10
