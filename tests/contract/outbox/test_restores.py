"""Facts go on in another cluster: one that was restored into, or that was a standby."""

import asyncio
import json
import subprocess
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from attrs import evolve, frozen

from adapters.outbox.counts import Counts
from adapters.postgres import Database, PostgresPublishing, PostgresStore
from adapters.postgres.embedded import RELAY, SUPERUSER
from adapters.postgres.embedded.account import Account, binary, owner_of
from adapters.postgres.embedded.cluster import configure
from adapters.postgres.embedded.sockets import SOCKET, directory_for
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import AnotherClusterError, Sequencer
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.relaying import run_relay
from events_core.domain.event import Event
from events_core.domain.publication import Audience
from events_core.errors import FactsGone
from events_core.ports.publishing import FeedPlace
from events_core.testing.builders import (
    a_cause,
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.outbox import a_subscriber, next_of
from tests.contract.operation.cluster import QUICK, OwnCluster
from tests.contract.outbox.processes import COMMAND
from tests.contract.outbox.test_delivery import SETTINGS, relaying
from tests.unit.adapters.outbox.sink import Sink, open_sink

TENANT = a_tenant()

_POSITIONS = """
    SELECT message_id::text FROM events.fact_position
    JOIN events.outbox USING (tenant_id, seq) ORDER BY position
"""


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[OwnCluster]:
    with OwnCluster(tmp_path / "data") as cluster:
        yield cluster


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database.at(url)
    yield database
    await database.close()


async def publish(store: PostgresStore, number: int) -> Event:
    """Write so many facts of one event, and return what became of it."""
    event = an_event(tenant_id=TENANT)
    change = arrival_of(event)
    for _ in range(number):
        async with store.unit_of_work(TENANT) as uow:
            await uow.events.save(change)
            await uow.commit()
        change = step_between(event, event := next_of(event))
    return event


async def subscribe(relay_url: str, sink: Sink) -> None:
    pool = RelayPool(relay_url)
    await Subscriptions(pool).add(evolve(a_subscriber(TENANT), url=f"{sink.url}/hook"))
    await pool.close()


def told(sink: Sink) -> list[dict[str, Any]]:
    return [json.loads(received.body) for received in sink.received]


async def check(url: str, sink: Sink, since: int) -> None:
    """All there is has a position and is told, each once since then, in its order."""
    connection = await asyncpg.connect(url)
    stored = {
        row[0]
        for row in await connection.fetch("SELECT message_id::text FROM events.outbox")
    }
    numbered = [row[0] for row in await connection.fetch(_POSITIONS)]
    gaps = await connection.fetchval(
        "SELECT max(position) - count(*) FROM events.fact_position"
    )
    await connection.close()
    assert (gaps, len(numbered), {*numbered}) == (0, len(stored), stored)
    assert stored <= {fact["message_id"] for fact in told(sink)}
    versions: dict[str, list[int]] = defaultdict(list)
    for fact in told(sink)[since:]:
        versions[fact["event_id"]].append(fact["event_version"])
    assert all(of_one == sorted({*of_one}) for of_one in versions.values())


async def test_a_dump_in_another_cluster_goes_on_after_a_resync_and_not_before(
    app: Database, relay_url: str, sink: Sink, cluster: OwnCluster, tmp_path: Path
) -> None:
    await subscribe(relay_url, sink)
    store = PostgresStore(app)
    async with relaying(relay_url):
        await publish(store, 4)
        await sink.until(4)
    await publish(store, 3)
    source = relay_url.replace(RELAY, SUPERUSER)
    file = str(tmp_path / "events.dump")
    run("pg_dump", "--format=custom", f"--file={file}", source)
    run("pg_restore", "--exit-on-error", f"--dbname={cluster.superuser}", file)
    await refuses(cluster)
    async with opened(cluster.app) as there:
        store = PostgresStore(there)
        await publish(store, 2)
        assert resync(cluster) == "5 facts were given positions\n"
        async with relaying(cluster.dsn(RELAY)):
            await sink.until(9)
            await publish(store, 2)
            await sink.until(11)
    await check(cluster.superuser, sink, since=0)
    assert len(sink.received) == 11


async def refuses(cluster: OwnCluster) -> None:
    """Neither are positions given nor is anybody told."""
    pool = RelayPool(cluster.dsn(RELAY))
    with pytest.raises(AnotherClusterError, match="--resync"):
        await Sequencer(pool).tick()
    await pool.close()
    counts, stopping = Counts(), asyncio.Event()
    relay = asyncio.create_task(
        run_relay(SETTINGS, cluster.dsn(RELAY), stopping, counts=counts)
    )
    await asyncio.sleep(0.5)
    stopping.set()
    await relay
    connection = await asyncpg.connect(cluster.superuser)
    [left] = await connection.fetch(
        "SELECT (SELECT count(*) FROM events.outbox),"
        " (SELECT count(*) FROM events.fact_position),"
        " (SELECT count(*) FROM events.attempt)"
    )
    await connection.close()
    assert tuple(left) == (7, 4, 4)


def resync(cluster: OwnCluster) -> str:
    """Return what an operator is told who has positions go on."""
    url = cluster.dsn(RELAY)
    environ = {"EVENTS_DATABASE_URL": url, "EVENTS_DATABASE_RELAY_URL": url}
    return subprocess.run(
        [COMMAND, "relay", "--resync"],
        env=environ,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def run(program: str, *arguments: str) -> None:
    subprocess.run([str(binary(program)), *arguments], check=True)


@frozen
class Standby:
    """A standby of a cluster, that follows it until it is cut off."""

    directory: Path
    account: Account
    socket_dir: Path

    def control(self, what: str) -> None:
        """Have it start or stop, and wait until it has."""
        log = ("--log=server.log",) if what == "start" else ("--mode=fast",)
        self.account.run("pg_ctl", what, "--pgdata=.", *log, cwd=self.directory)

    @property
    def url(self) -> str:
        return f"postgresql://{SUPERUSER}@/events?host={self.socket_dir}&port=5432"

    async def follow(self, primary: OwnCluster) -> None:
        """Wait until it has got all that is committed there."""
        there = await asyncpg.connect(primary.superuser)
        upto = await there.fetchval("SELECT pg_current_wal_flush_lsn()::text")
        await there.close()
        here = await asyncpg.connect(self.url)
        reached = "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn"
        async with asyncio.timeout(60):
            while not await here.fetchval(reached, upto):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await here.close()

    def be_cut_off(self, primary: OwnCluster) -> None:
        """Get nothing any more."""
        _let_in(primary.data_directory, "local all all trust\n")
        psql(primary.superuser, "SELECT pg_reload_conf()")
        ended = (
            "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_replication"
        )
        assert psql(primary.superuser, ended) == "1"

    def promote(self) -> None:
        """Follow nobody any more."""
        assert psql(self.url, "SELECT pg_promote()") == "t"


@contextmanager
def standby_of(primary: OwnCluster, directory: Path) -> Iterator[Standby]:
    """Copy a cluster while it runs, and follow it from there."""
    directory.mkdir(mode=0o755)
    data = directory / "postgres"
    account = owner_of(primary.data_directory)
    _let_in(
        primary.data_directory, "local all all trust\nlocal replication all trust\n"
    )
    psql(primary.superuser, "SELECT pg_reload_conf()")
    copy = ("--write-recovery-conf", "--checkpoint=fast", "--no-sync")
    where = (f"--pgdata={data}", f"--dbname={primary.superuser}")
    account.run("pg_basebackup", *where, *copy, cwd=primary.socket.parent)
    (data / f"{SOCKET}.lock").unlink(missing_ok=True)  # was the other's
    standby = Standby(data, account, directory_for(data, account.uid))
    configure(data, account, standby.socket_dir, QUICK)
    standby.control("start")
    try:
        yield standby
    finally:
        standby.control("stop")


def _let_in(cluster: Path, who: str) -> None:
    (cluster / "pg_hba.conf").write_text(who)


def psql(url: str, statement: str) -> str:
    command = [str(binary("psql")), "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement]
    return subprocess.run(
        [*command, url], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


async def test_a_standby_that_had_not_got_all_goes_on_from_where_it_was(
    cluster: OwnCluster, sink: Sink, tmp_path: Path
) -> None:
    """What it had not got is lost as a whole: the fact, its position, its delivery."""
    await cluster.migrated()
    await subscribe(cluster.dsn(RELAY), sink)
    with standby_of(cluster, tmp_path / "standby") as standby:
        async with opened(cluster.app) as there, relaying(cluster.dsn(RELAY)):
            store = PostgresStore(there)
            await publish(store, 4)
            await sink.until(4)
            await standby.follow(cluster)
            _, known = await positions(there, None)
            standby.be_cut_off(cluster)
            await publish(store, 3)
            await sink.until(7)
            lost, read = await positions(there, known)
            assert lost == [5, 6, 7]
        cluster.kill()
        standby.promote()
    with OwnCluster(tmp_path / "standby") as promoted:
        await goes_on(promoted, sink, known, read)


async def goes_on(
    promoted: OwnCluster, sink: Sink, known: FeedPlace, lost: FeedPlace
) -> None:
    """What is told is what is there; who has read what is lost is told so."""
    since = len(sink.received)
    async with opened(promoted.app) as here, relaying(promoted.dsn(RELAY)):
        with pytest.raises(FactsGone):
            await positions(here, lost)
        await publish(PostgresStore(here), 4)
        await sink.until(since + 4)
        # There is something at that position again, and it is something else.
        with pytest.raises(FactsGone):
            await positions(here, lost)
        assert (await positions(here, known))[0] == [5, 6, 7, 8]
    await check(promoted.superuser, sink, since)


async def positions(
    app: Database, after: FeedPlace | None
) -> tuple[list[int], FeedPlace]:
    feed = PostgresPublishing(app).of(TENANT, a_cause()).feed
    page = await feed.read(Audience(tenant_id=TENANT), after=after, limit=100)
    return [json.loads(text)["position"] for text in page.texts], page.place
