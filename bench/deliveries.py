"""From commit to acknowledged delivery: ``python -m bench.deliveries [FACTS]``.

Beside it, in the same run and on the same server, the raw ceiling: a bare loop that
claims a hundred rows and marks them, and delivers nothing.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import asyncpg

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import APP, RELAY
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import Sequencer
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.postgres.queue.wakeups import Announcer
from adapters.system import TimeOrderedIds
from bench.place import Place, open_place
from events_core.domain.publication import Audience
from events_core.ports.outbox import Kind, State, Subscriber
from events_core.testing.builders import a_tenant, an_event, arrival_of

_RELAY = str(Path(sys.executable).with_name("events-core"))
_SECONDS = 300.0

_FACTS = """
    INSERT INTO events.outbox (
        tenant_id, message_id, event_id, event_version, event_type, schema_version,
        occurred_at, scope_kind, scope_id, visibility, status, personal, payload
    )
    SELECT $1, gen_random_uuid(), md5((n % 2000)::text)::uuid, 1 + n / 2000,
        'event.created', 1, now(), 'TENANT', $1, 'public', 'published', false,
        '{"message_id":"' || gen_random_uuid() || '","text":"' || repeat('x', 360)
            || '"}'
    FROM generate_series(0, $2::int - 1) AS n
"""
_CLAIM = """
    UPDATE bare SET done = true WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM bare WHERE NOT done ORDER BY id LIMIT 100
        FOR UPDATE SKIP LOCKED
    )) RETURNING payload
"""


def _say(text: str) -> None:
    print(text, flush=True)


@contextmanager
def _sink() -> Iterator[str]:
    command = [sys.executable, "-m", "bench.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip().removeprefix("serving on ")
        process.kill()


@contextmanager
def _relays(url: str, number: int) -> Iterator[None]:
    environ = {
        **os.environ,
        "EVENTS_DATABASE_URL": url,
        "EVENTS_DATABASE_RELAY_URL": url,
        "EVENTS_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
    }
    started = [
        subprocess.Popen([_RELAY, "relay"], env=environ, stderr=subprocess.PIPE)
        for _ in range(number)
    ]
    for one in started:
        assert one.stderr is not None
        one.stderr.readline()
    yield
    for one in started:
        one.terminate()
    for one in started:
        one.wait()


def _posts(sink: str) -> tuple[int, float]:
    with urllib.request.urlopen(sink) as answer:
        posts, last = answer.read().split()
    return int(posts), float(last)


async def _ceiling(place: Place, facts: int) -> float:
    connection = await asyncpg.connect(place.superuser_url)
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS bare (id bigint PRIMARY KEY, done boolean NOT NULL,"
        " payload text NOT NULL)"
    )
    await connection.execute("TRUNCATE bare")
    await connection.execute(
        "INSERT INTO bare SELECT n, false, repeat('x', 420)"
        " FROM generate_series(1, $1::int) AS n",
        facts,
    )
    await connection.execute("CREATE INDEX ON bare (id) WHERE NOT done")
    await connection.execute("VACUUM ANALYZE bare")
    began = time.perf_counter()
    while await connection.fetch(_CLAIM):
        pass
    taken = time.perf_counter() - began
    await connection.execute("DROP TABLE bare")
    await connection.close()
    return facts / taken


async def _throughput(place: Place, sink: str, facts: int, relays: int) -> None:
    pool = RelayPool(place.cluster.dsn(RELAY))
    subscriptions, tenant_id = Subscriptions(pool), a_tenant()
    one = _subscriber(sink)
    await subscriptions.add(one)
    connection = await asyncpg.connect(place.superuser_url)
    await connection.execute(_FACTS, tenant_id, facts)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    began = time.perf_counter()
    await Sequencer(pool).tick()
    ticked = facts / (time.perf_counter() - began)
    began = time.perf_counter()
    while await PostgresOutbox(pool).advance():
        pass
    laid_out = facts / (time.perf_counter() - began)
    before, _ = await asyncio.to_thread(_posts, sink)
    marks: list[float] = []
    with _relays(place.cluster.dsn(RELAY), relays):
        began = time.time()
        while (now := await asyncio.to_thread(_posts, sink))[0] - before < facts:
            if (now[0] - before) * 5 > facts * (len(marks) + 1):
                marks.append(time.time())
            await asyncio.sleep(0.05)
            assert time.time() - began < _SECONDS
    rate = facts / (now[1] - began)
    _say(
        f"{relays} relay(s): {rate:,.0f} deliveries/s of {facts:,} facts"
        f" (tick {ticked:,.0f}/s, laid out {laid_out:,.0f}/s);"
        f" fifths done after {[round(m - began, 1) for m in marks]} s"
    )
    await subscriptions.set_state(one.id, State.PAUSED)
    await pool.close()


async def _latency(place: Place, sink: str) -> None:
    pool = RelayPool(place.cluster.dsn(RELAY))
    one = _subscriber(sink)
    await Subscriptions(pool).add(one)
    database = Database.at(place.cluster.dsn(APP))
    announcer = Announcer(place.cluster.dsn(APP))
    store = PostgresStore(database, announcer.announce)
    delays = []
    with _relays(place.cluster.dsn(RELAY), 1):
        await asyncio.sleep(1)
        for _ in range(200):
            before, _last = await asyncio.to_thread(_posts, sink)
            event = an_event()
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.events.save(arrival_of(event))
                await uow.commit()
            committed = time.time()
            while (  # noqa: ASYNC110 - another process counts
                now := await asyncio.to_thread(_posts, sink)
            )[0] == before:
                await asyncio.sleep(0.001)
            delays.append(max(0.0, now[1] - committed) * 1000)
            await asyncio.sleep(0.01)
    cuts = statistics.quantiles(delays, n=100)
    _say(
        f"commit to delivery, 200 sparse facts: median {cuts[49]:.1f} ms,"
        f" p99 {cuts[98]:.1f} ms, longest {max(delays):.1f} ms"
    )
    await announcer.close()
    await database.close()
    await pool.close()


def _subscriber(sink: str) -> Subscriber:
    return Subscriber(
        id=UUID(int=TimeOrderedIds().new().int),
        kind=Kind.STANDARD,
        url=f"{sink}/hook",
        audience=Audience(tenant_id=None),
        secrets=(b"s" * 32,),
    )


async def main(facts: int) -> None:
    """Measure everything, and say what was measured."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        directory.chmod(0o755)  # noqa: ASYNC240 - nobody waits yet
        place = await asyncio.to_thread(stack.enter_context, open_place(directory))
        sink = stack.enter_context(_sink())
        _say(f"raw ceiling: {await _ceiling(place, facts):,.0f} rows/s claimed, marked")
        for relays in (1, 2):
            await _throughput(place, sink, facts, relays)
        await _latency(place, sink)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
