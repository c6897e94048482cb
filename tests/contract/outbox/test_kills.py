"""Relays and the database are killed at random: nothing is lost, invented, or late.

Lost, invented and out of order are told by those who wrote and by the database; what
came, by who received it. `nox -s chaos` runs it for longer, in real time; here the
time that claims and pauses last goes by at a stroke.
"""

import asyncio
import json
import os
import random
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web
from attrs import define, evolve, field

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import RELAY
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.domain.identity import TenantId
from events_core.errors import StoreUnavailable
from events_core.testing.builders import (
    a_message_id,
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.outbox import a_subscriber, next_of
from tests.contract.operation.cluster import OwnCluster
from tests.contract.outbox.processes import RelayProcess
from tests.unit.adapters.outbox.sink import Sink, open_sink

SECONDS = float(os.environ.get("CHAOS_SECONDS", "6"))
SEED = int(os.environ.get("CHAOS_SEED", "11"))
IS_SHORT = SECONDS < 30
#: In seconds: how long all runs between two kills, from and to.
BETWEEN = (0.5, 1.5) if IS_SHORT else (1.0, 8.0)
PATIENCE = 60.0 if IS_SHORT else 1200.0

_TIME_GOES_BY = """
    UPDATE events.delivery SET lease_until = clock_timestamp()
    WHERE lease_until IS NOT NULL;
    UPDATE events.subscription SET open_until = clock_timestamp()
    WHERE open_until IS NOT NULL
"""
_LEFT = """
    SELECT count(*) FROM events.delivery JOIN events.subscription
        USING (subscription_id)
    WHERE url NOT LIKE '%/dead'
"""
_NOT_NOTED = """
    SELECT count(*) FROM events.fact_position CROSS JOIN events.subscription
    WHERE url NOT LIKE '%/dead' AND (
        SELECT count(*) FROM events.attempt
        WHERE attempt.subscription_id = subscription.subscription_id
            AND attempt.place = fact_position.place AND outcome = 'delivered'
    ) <> 1
"""


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[OwnCluster]:
    with OwnCluster(tmp_path / "data") as cluster:
        yield cluster


@define
class Written:
    """What became of what was written; of some it cannot be told."""

    committed: set[str] = field(factory=set)
    undone: set[str] = field(factory=set)
    unknown: set[str] = field(factory=set)


async def write(
    store: PostgresStore, tenant_id: TenantId, until: asyncio.Event, seed: int
) -> Written:
    """Write until it is told to end, now and then slowly, and not all of it for good.

    Of an event only what is known to be committed is built upon.
    """
    chance, written = random.Random(seed), Written()
    change = arrival_of(an_event(tenant_id=tenant_id))
    while not until.is_set():
        message_id = str(change.facts[0].message_id)
        is_committing = False
        try:
            async with store.unit_of_work(tenant_id) as uow:
                await uow.events.save(change)
                await asyncio.sleep(chance.choice([0, 0, 0.01, 0.2]))
                if chance.random() < 0.9:
                    is_committing = True
                    await uow.commit()
        except StoreUnavailable:
            (written.unknown if is_committing else written.undone).add(message_id)
            change = arrival_of(an_event(tenant_id=tenant_id))
            await asyncio.sleep(0.05)
            continue
        if not is_committing:
            written.undone.add(message_id)
            [fact] = change.facts
            change = evolve(change, facts=(evolve(fact, message_id=a_message_id()),))
            continue
        written.committed.add(message_id)
        after = change.after
        assert after is not None
        change = step_between(after, next_of(after))
        if chance.random() < 0.3:
            change = arrival_of(an_event(tenant_id=tenant_id))
    return written


def behaves_ill(chance: random.Random, until: asyncio.Event) -> Any:  # noqa: ANN401
    """Return a subscriber who is ill in all ways, until she is well again."""

    async def behave(request: web.Request, body: bytes) -> web.StreamResponse:
        if request.path != "/ill" or until.is_set() or chance.random() < 0.3:
            return web.Response()
        match chance.choice(["fails", "hangs", "resets", "trickles"]):
            case "fails":
                return web.Response(status=500)
            case "hangs":
                with suppress(TimeoutError):
                    await asyncio.wait_for(until.wait(), SECONDS / 6)
            case "trickles":
                response = web.StreamResponse()
                await response.prepare(request)
                with suppress(ConnectionError):
                    for _ in range(10):
                        await response.write(b"x")
                        await asyncio.sleep(SECONDS / 60)
                return response
        if request.transport is not None:  # else who called has gone by herself
            request.transport.abort()
        return web.Response()

    return behave


async def test_every_committed_fact_arrives_in_order_through_kills(
    cluster: OwnCluster, sink: Sink
) -> None:
    await cluster.migrated()
    chance, ended, is_well = random.Random(SEED), asyncio.Event(), asyncio.Event()
    sink.behave = behaves_ill(random.Random(SEED), is_well)
    pool = RelayPool(cluster.dsn(RELAY))
    for url in (f"{sink.url}/sound", f"{sink.url}/ill", "http://127.0.0.1:1/dead"):
        await Subscriptions(pool).add(evolve(a_subscriber(None), url=url))
    await pool.close()
    database = Database.at(cluster.app)
    store, tenants = PostgresStore(database), [a_tenant() for _ in range(3)]
    writing = [
        asyncio.create_task(write(store, tenant_id, ended, SEED + number))
        for number, tenant_id in enumerate(tenants)
    ]
    relays = [RelayProcess(cluster.dsn(RELAY)) for _ in range(2)]
    try:
        await sink.until(1)
        killed = await _kill(cluster, relays, chance)
        ended.set()
        written = await asyncio.gather(*writing)
        stored = await _stored(cluster)
        async with asyncio.timeout(PATIENCE):
            # Whoever is sound has everything while the others are as ill as ever.
            await _until_told(cluster, sink, "/sound", stored)
            is_well.set()
            await _until_told(cluster, sink, "/ill", stored)
            await _until_noted(cluster)
    finally:
        codes = [await asyncio.to_thread(relay.end, signal.SIGTERM) for relay in relays]
        await database.close()
    # One that was started just now may not have learnt yet how to end well.
    assert set(codes) <= {0, -signal.SIGTERM}
    committed = set[str]().union(*(one.committed for one in written))
    undone = set[str]().union(*(one.undone for one in written))
    unknown = set[str]().union(*(one.unknown for one in written))
    assert {"relay", "database"} <= killed
    assert committed
    assert committed <= stored <= committed | unknown
    for path in ("/sound", "/ill"):
        facts = told(sink, path)
        assert {fact["message_id"] for fact in facts} == stored
        assert not stored & undone
        _check_order(facts)
    _check_ids(sink)


async def _kill(
    cluster: OwnCluster, relays: list[RelayProcess], chance: random.Random
) -> set[str]:
    """Kill one or the other for a while, and start it again; return what was killed."""
    clock = asyncio.get_running_loop().time
    until, killed, is_turn_of_database = clock() + SECONDS, set[str](), False
    while clock() < until:
        await asyncio.sleep(chance.uniform(*BETWEEN))
        if is_turn_of_database:
            # Now and then it is shut down as by an operator: who is connected is told.
            is_kill = chance.random() < 0.8
            await asyncio.to_thread(cluster.kill if is_kill else cluster.stop)
            await asyncio.sleep(chance.uniform(0, 0.5))
            await asyncio.to_thread(cluster.start)
            killed |= {"database"} if is_kill else set()
        else:
            relay = chance.choice(relays)
            await asyncio.to_thread(relay.end, signal.SIGKILL)
            relay.start()
            killed.add("relay")
        is_turn_of_database = not is_turn_of_database
        await _let_time_go_by(cluster)
    return killed


async def _until_told(
    cluster: OwnCluster, sink: Sink, path: str, stored: set[str]
) -> None:
    while not {fact["message_id"] for fact in told(sink, path)} >= stored:
        await _let_time_go_by(cluster)
        await asyncio.sleep(0.2)


async def _until_noted(cluster: OwnCluster) -> None:
    """Wait until nothing is left but what the dead one is to be told.

    Each fact then was noted as delivered to each of the others, and none given up.
    """
    connection = await asyncpg.connect(cluster.superuser)
    try:
        while await connection.fetchval(_LEFT):
            await _let_time_go_by(cluster)
            await asyncio.sleep(0.2)
        assert not await connection.fetchval(_NOT_NOTED)
        assert not await connection.fetchval("SELECT count(*) FROM events.dead_letter")
    finally:
        await connection.close()


async def _let_time_go_by(cluster: OwnCluster) -> None:
    """Have claims and pauses be over at once, as they would be after a minute."""
    if IS_SHORT:
        connection = await asyncpg.connect(cluster.superuser)
        # A relay may be changing the same, in another order.
        with suppress(asyncpg.DeadlockDetectedError):
            await connection.execute(_TIME_GOES_BY)
        await connection.close()


async def _stored(cluster: OwnCluster) -> set[str]:
    """Return the ids of all facts there are, and check what positions they get."""
    connection = await asyncpg.connect(cluster.superuser)
    rows = await connection.fetch("SELECT message_id FROM events.outbox")
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(  # noqa: ASYNC110 - a relay gives them
            "SELECT count(*) FROM events.fact_position"
        ) < len(rows):
            await asyncio.sleep(0.1)
    gaps = await connection.fetchval(
        "SELECT count(*) FROM (SELECT max(position) <> count(*) AS has_gaps"
        " FROM events.fact_position GROUP BY tenant_id) AS tenants WHERE has_gaps"
    )
    assert gaps == 0
    await connection.close()
    return {str(row["message_id"]) for row in rows}


def _check_order(facts: list[dict[str, Any]]) -> None:
    """Of each event what comes first comes in the order of its changes."""
    first: dict[str, list[int]] = defaultdict(list)
    for fact in facts:
        if fact["event_version"] not in first[fact["event_id"]]:
            first[fact["event_id"]].append(fact["event_version"])
    assert all(versions == sorted(versions) for versions in first.values())


def _check_ids(sink: Sink) -> None:
    """What comes again is the same, and bears the same id."""
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for received in sink.received:
        bodies[received.headers["webhook-id"]].add(received.body)
    for message_id, same in bodies.items():
        [body] = same
        assert json.loads(body)["message_id"] == message_id


def told(sink: Sink, path: str) -> list[dict[str, Any]]:
    return [json.loads(r.body) for r in sink.received if r.path == path]
