"""How long a fact takes to its subscriber, and what delivering costs who writes."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import orjson

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import APP
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
)
from bench.part import Part
from bench.place import Place, neighbours, service
from bench.report import table
from events_core.testing.builders import a_tenant, an_event, arrival_of

_INTRO = """\
From the end of a commit to the arrival at a sink on loopback, one fact at a time, one
relay; the subscriber alone, and then beside one that hangs, one that is not there, and
one that takes a tenth of a second for each answer and is thousands of facts behind:
"""
_WRITING = """\
Events created over HTTP, each with its fact, by eight connections at once: with the
relay beside the requests in one process and a subscriber on loopback, and without;
in turns, the service started anew each time.
"""


async def _delays(place: Place, to: str, facts: int) -> list[float]:
    """Return the delays of facts, in milliseconds."""
    database = Database.at(place.cluster.dsn(APP))
    announcer = Announcer(place.cluster.dsn(APP))
    store = PostgresStore(database, announcer.announce)
    delays = []
    for number in range(facts + 1):
        before, _last = await asyncio.to_thread(posts, to)
        event = an_event()
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.events.save(arrival_of(event))
            await uow.commit()
        committed = time.time()
        while (  # noqa: ASYNC110 - another process counts
            now := await asyncio.to_thread(posts, to)
        )[0] == before:
            await asyncio.sleep(0.001)
        if number:  # The first waits for the relay to be at work.
            delays.append(max(0.0, now[1] - committed) * 1000)
        await asyncio.sleep(0.01)
    await announcer.close()
    await database.close()
    return delays


async def _with_company(place: Place, to: str, extent: Extent) -> list[float]:
    """Return the delays of one subscriber while others are ill, slow, and behind."""
    pool = RelayPool(relay_url(place))
    for url, path in ((to, "/hangs"), (to, "/slow"), ("http://127.0.0.1:1", "/")):
        await Subscriptions(pool).add(subscriber(url, path))
    await pool.close()
    before, _ = await asyncio.to_thread(posts, to)
    await commit_facts(place, a_tenant(), extent.facts)
    while (  # noqa: ASYNC110 - another process counts
        await asyncio.to_thread(posts, to)
    )[0] < before + extent.facts:
        await asyncio.sleep(0.05)
    return await _delays(place, to, extent.sparse)


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


async def _look(place: Place, to: str, extent: Extent) -> str:
    pool = RelayPool(relay_url(place))
    await Subscriptions(pool).add(subscriber(to))
    await pool.close()
    with relays(place, 1):
        alone = await _delays(place, to, extent.sparse)
        together = await _with_company(place, to, extent)
    delays = table(
        (f"{extent.sparse} facts", "median, ms", "99th percentile, ms", "over 250 ms"),
        [_spread("alone", alone), _spread("beside the ill and the slow", together)],
    )
    pool = RelayPool(relay_url(place))
    for one in await Subscriptions(pool).every():
        await Subscriptions(pool).remove(one.subscriber.id)
    await Subscriptions(pool).add(subscriber(to))
    await pool.close()
    on, off = await _writing(place, extent)
    writing = table(
        ("", "a second, by the clock", "service, CPU µs", "PostgreSQL, CPU µs"),
        [
            ("relay on", on.per_second, on.cpu_us, on.database_us),
            ("relay off", off.per_second, off.cpu_us, off.database_us),
            ("on, to off", on.per_second / off.per_second, "", ""),
        ],
    )
    return f"{_INTRO}\n{delays}\n\n{_WRITING}\n{writing}"


def _spread(name: str, delays: Sequence[float]) -> tuple[object, ...]:
    cuts = statistics.quantiles(delays, n=100)
    return (name, cuts[49], cuts[98], sum(delay > 250 for delay in delays))


def _measure(_data_dir: Path, extent: Extent) -> str:
    with fresh_place() as place, sink() as to:
        return asyncio.run(_look(place, to, extent))


PART = Part("From commit to delivery", _measure)
