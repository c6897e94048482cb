"""How long a fact takes to its subscriber, and what delivering costs who writes."""

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
from attrs import frozen

from adapters.postgres import Database, PostgresStore
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.postgres.queue.wakeups import Announcer
from bench.changes import new_event
from bench.extent import Extent
from bench.load import Asker, Cost, ask, cost_of, typical
from bench.outbox import (
    commit_facts,
    fresh_place,
    posts,
    relay_url,
    relays,
    sink,
    subscriber,
    times,
)
from bench.part import Part
from bench.place import Place, neighbours, service
from bench.report import table
from events_core.testing.builders import a_tenant, an_event, arrival_of

_A_SECOND = 60.0
_AT_ONCE = 8
_COMMITS = 400
_QUIET = 10.0  # seconds

_INTRO = """\
From the end of a commit to the arrival at a sink on loopback, of facts that come by
chance, sixty a second, and one relay: the subscriber alone, and then beside one that
hangs, one that is not there, and one that takes a tenth of a second for each answer
and is thousands of facts behind. Of as many as that at once, how many come in a second:
"""
_TELLING = """\
Facts committed by eight at once in one process, with word to the relays after the
commit and without, in turns. While nothing happens, a relay and its subscriber have
{bytes} bytes of WAL written in {seconds:.0f} seconds.
"""
_WRITING = """\
Events created over HTTP, each with its fact, by eight connections at once: with the
relay beside the requests in one process and a subscriber on loopback, and without;
in turns, the service started anew each time.
"""


@frozen
class Arrivals:
    """How facts came: their delays in milliseconds, and of many so many a second."""

    delays: Sequence[float]
    rate: float

    def row(self, name: str) -> tuple[object, ...]:
        """Return them as a row."""
        cuts = statistics.quantiles(self.delays, n=100)
        late = sum(delay > 250 for delay in self.delays)
        return (name, cuts[49], cuts[98], late, self.rate)


async def _arrivals(place: Place, to: str, extent: Extent) -> Arrivals:
    before, _ = await asyncio.to_thread(posts, to)
    began = time.perf_counter()
    await commit_facts(place, a_tenant(), extent.facts)
    await _until(to, before + extent.facts)
    rate = extent.facts / (time.perf_counter() - began)
    return Arrivals(await _delays(place, to, extent.sparse), rate)


async def _delays(place: Place, to: str, facts: int) -> list[float]:
    """Return the delays of facts that come by chance, in milliseconds."""
    database = Database.at(place.app_url)
    announcer = Announcer(place.app_url)
    store = PostgresStore(database, announcer.announce)
    before, _ = await asyncio.to_thread(posts, to)
    await _commit(store)
    await _until(to, before + 1)
    committed: dict[str, float] = {}

    async def one() -> None:
        message_id = await _commit(store)
        committed[message_id] = time.time()

    chance = random.Random(0)
    async with asyncio.TaskGroup() as group:
        for _ in range(facts):
            group.create_task(one())
            await asyncio.sleep(chance.expovariate(_A_SECOND))
    await _until(to, before + 1 + facts)
    came = await asyncio.to_thread(times, to)
    await announcer.close()
    await database.close()
    return [
        max(0.0, came[message_id] - when) * 1000
        for message_id, when in committed.items()
    ]


async def _commit(store: PostgresStore) -> str:
    """Commit an event of a new tenant, and return its fact's id."""
    event = an_event()
    change = arrival_of(event)
    async with store.unit_of_work(event.tenant_id) as uow:
        await uow.events.save(change)
        await uow.commit()
    return str(change.facts[0].message_id)


async def _until(to: str, number: int) -> None:
    while (await asyncio.to_thread(posts, to))[0] < number:  # noqa: ASYNC110 - elsewhere
        await asyncio.sleep(0.02)


async def _telling(place: Place, extent: Extent) -> tuple[float, float]:
    """Return commits a second with word to relays and without, in turns."""
    announcer = Announcer(place.app_url)
    rates: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(extent.rounds):
        for tells, found in rates.items():
            announce = announcer.announce if tells else _say_nothing
            found.append(await _commits(place, announce))
    await announcer.close()
    return statistics.median(rates[True]), statistics.median(rates[False])


def _say_nothing() -> None:
    pass


async def _commits(place: Place, announce: Callable[[], None]) -> float:
    database = Database.at(place.app_url)
    store = PostgresStore(database, announce)
    await _commit(store)
    left = iter(range(_COMMITS))

    async def some() -> None:
        for _ in left:
            await _commit(store)

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(_AT_ONCE)))
    rate = _COMMITS / (time.perf_counter() - began)
    await database.close()
    return rate


async def _written_while_quiet(place: Place) -> int:
    """Return how many bytes of WAL are written while nothing happens."""
    connection = await asyncpg.connect(place.superuser_url)
    await connection.execute("CHECKPOINT")
    where = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
    before = await connection.fetchval(where)
    await asyncio.sleep(_QUIET)
    written = int(await connection.fetchval(where) - before)
    await connection.close()
    return written


async def _writing(place: Place, extent: Extent) -> tuple[Cost, Cost]:
    """Return what a request costs with the relay on and off, in turns."""
    costs: dict[bool, list[Cost]] = {True: [], False: []}
    for _ in range(extent.rounds):
        for relay, found in costs.items():
            found.append(await _round_of_writing(place, extent, relay=relay))
    return typical(costs[True]), typical(costs[False])


async def _round_of_writing(place: Place, extent: Extent, *, relay: bool) -> Cost:
    organizer = Asker(uuid4(), uuid4())
    told = {
        "EVENTS_RELAY": str(int(relay)),
        "EVENTS_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
    }

    def requests() -> list[bytes]:
        bodies = (orjson.dumps(new_event(n)) for n in range(extent.requests))
        return [organizer.request("POST", "/api/v1/events", body) for body in bodies]

    with (
        neighbours(milliseconds=0) as others,
        service(place.data_dir, others, told) as server,
    ):
        await ask(server.url, requests())
        cost, _ = await cost_of(server, place.database_cpu, requests())
    return cost


async def _subscribe(place: Place, to: str, *paths: str) -> None:
    pool = RelayPool(relay_url(place))
    for path in paths:
        await Subscriptions(pool).add(subscriber(to, path))
    await pool.close()


async def _look(place: Place, to: str, extent: Extent) -> str:
    await _subscribe(place, to, "/timed")
    with relays(place, 1):
        await commit_facts(place, a_tenant(), 1)
        await _until(to, 1)
        quiet = await _written_while_quiet(place)
        alone = await _arrivals(place, to, extent)
        await _subscribe(place, to, "/hangs", "/slow")
        await _subscribe(place, "http://127.0.0.1:1", "/")
        together = await _arrivals(place, to, extent)
    delays = table(
        (
            f"{extent.sparse} facts",
            "median, ms",
            "99th percentile, ms",
            "over 250 ms",
            f"of {extent.facts:,} at once, a second",
        ),
        [alone.row("alone"), together.row("beside the ill and the slow")],
    )
    pool = RelayPool(relay_url(place))
    for one in await Subscriptions(pool).every():
        await Subscriptions(pool).remove(one.subscriber.id)
    await pool.close()
    told, untold = await _telling(place, extent)
    telling = table(
        ("", "commits a second, by the clock", "with word, to without"),
        [("with word", told, told / untold), ("without", untold, "")],
    )
    await _subscribe(place, to, "/hook")
    on, off = await _writing(place, extent)
    writing = table(
        ("", "a second, by the clock", "service, CPU µs", "PostgreSQL, CPU µs"),
        [
            ("relay on", on.per_second, on.cpu_us, on.database_us),
            ("relay off", off.per_second, off.cpu_us, off.database_us),
            ("on, to off", on.per_second / off.per_second, "", ""),
        ],
    )
    told_of = _TELLING.format(bytes=quiet, seconds=_QUIET)
    return f"{_INTRO}\n{delays}\n\n{told_of}\n{telling}\n\n{_WRITING}\n{writing}"


def _measure(_data_dir: Path, extent: Extent) -> str:
    with fresh_place() as place, sink() as to:
        return asyncio.run(_look(place, to, extent))


PART = Part("From commit to delivery", _measure)
