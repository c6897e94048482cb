"""A relay that dies: at any word it says to the database, or when it is told to."""

import asyncio
import json
import signal
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from aiohttp import web
from attrs import evolve

from adapters.outbox.relay import Pace
from adapters.postgres.embedded import RELAY, RunningCluster
from adapters.postgres.embedded.sockets import SOCKET
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.relaying import run_relay
from adapters.settings import Settings
from events_core.testing.builders import a_tenant, new_uuid
from events_core.testing.contracts.outbox import a_subscriber
from tests.contract.operation.wire import Wire
from tests.contract.outbox.processes import RelayProcess
from tests.contract.outbox.writers import Writer
from tests.unit.adapters.outbox.sink import Behaviour, Received, Sink, open_sink

TENANT = a_tenant()
SETTINGS = Settings(
    webhook_allowed_hosts=frozenset({"127.0.0.1"}), retry_schedule=(0.0, 0.0)
)
POISON = "event.poison"
FACTS = 4

_NOTED = """
    SELECT (SELECT count(*) FROM events.fact_position) AS given,
        (SELECT count(*) FROM events.delivery) AS left,
        (SELECT count(*) FROM events.dead_letter) AS dead,
        (SELECT count(*) FROM events.attempt WHERE outcome = 'delivered') AS delivered
"""
_FORGET = """
    TRUNCATE events.attempt, events.dead_letter, events.delivery,
        events.fact_position, events.fact_head, events.outbox;
    UPDATE events.sequencer SET last_place = 0;
    UPDATE events.subscription SET place = 0, failures = 0, trips = 0,
        open_until = NULL
"""


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
async def subscribed(pool: RelayPool, sink: Sink) -> Sink:
    """Somebody who is told of everything."""
    subscriber = evolve(a_subscriber(TENANT), url=f"{sink.url}/hook")
    await Subscriptions(pool).add(subscriber)
    return sink


@pytest.mark.parametrize("is_said", [False, True])
async def test_at_whatever_word_it_dies_all_is_told_once_it_is_there_again(
    subscribed: Sink,
    superuser: asyncpg.Connection,
    postgres_cluster: RunningCluster,
    relay_url: str,
    *,
    is_said: bool,
) -> None:
    """Before positions are given, in a claim, in noting what came, in a burial.

    Before it says the word, or when that is done and it has not heard so.
    """
    subscribed.behave = _takes_the_first_at_the_second_time(subscribed)
    words_at_most = 200
    for words in range(1, words_at_most):
        await _write(superuser)
        async with Wire(postgres_cluster.socket_dir / SOCKET) as wire:
            has_died = await _relay_for(words, wire, superuser, is_said=is_said)
        await superuser.execute(
            "UPDATE events.delivery SET lease_until = clock_timestamp()"
            " WHERE lease_until IS NOT NULL"
        )
        stopping = asyncio.Event()
        sound = asyncio.create_task(run_relay(SETTINGS, relay_url, stopping))
        await _until_noted(superuser)
        stopping.set()
        await sound
        _check(subscribed.received)
        subscribed.received.clear()
        await superuser.execute(_FORGET)
        if not has_died:
            break
    assert 15 < words < words_at_most - 1


def _takes_the_first_at_the_second_time(sink: Sink) -> Behaviour:
    """Return a subscriber who does so, and never takes one of the others."""

    async def behave(request: web.Request, body: bytes) -> web.Response:
        told = json.loads(body)
        is_new = [one.body for one in sink.received].count(body) == 1
        fails = told["event_type"] == POISON or (told["position"] == 1 and is_new)
        return web.Response(status=500 if fails else 200)

    return behave


async def _write(superuser: asyncpg.Connection) -> None:
    """Write facts of two events, one of which nobody takes."""
    writer, event_id = Writer(superuser), new_uuid()
    await writer.begin()
    await writer.write(TENANT, event_id)
    await writer.write(TENANT, event_type=POISON)
    await writer.write(TENANT, event_id, version=2)
    await writer.write(TENANT, event_id, version=3)
    await writer.commit()


async def _write_many(superuser: asyncpg.Connection, number: int) -> None:
    """Write facts of as many events."""
    writer = Writer(superuser)
    await writer.begin()
    for _ in range(number):
        await writer.write(TENANT)
    await writer.commit()


async def _relay_for(
    words: int, wire: Wire, superuser: asyncpg.Connection, *, is_said: bool
) -> bool:
    """Relay until so many words are said, or all is done; return if it was words."""
    left, has_died = words, asyncio.Event()

    def die() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            wire.kill()
            has_died.set()

    if is_said:
        wire.answers = die
    else:
        wire.asked = die
    stopping = asyncio.Event()
    relay_url = wire.dsn(RELAY, await superuser.fetchval("SELECT current_database()"))
    pace = Pace(grace=0.05, gather=0, poll=0.05)
    relaying = asyncio.create_task(run_relay(SETTINGS, relay_url, stopping, pace=pace))
    dying = asyncio.create_task(has_died.wait())
    noting = asyncio.create_task(_until_noted(superuser))
    await asyncio.wait([dying, noting], return_when=asyncio.FIRST_COMPLETED)
    # It is told to end so that its task does: nothing it says is heard any more.
    stopping.set()
    await relaying
    for task in (dying, noting):
        task.cancel()
        await asyncio.wait([task])
    return has_died.is_set()


async def _until_noted(superuser: asyncpg.Connection) -> None:
    async with asyncio.timeout(60):
        while await _noted(superuser) != (FACTS, 0, 1, FACTS - 1):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def _noted(superuser: asyncpg.Connection) -> tuple[int, ...]:
    [noted] = await superuser.fetch(_NOTED)
    return tuple(noted)


def _check(received: list[Received]) -> None:
    """All came, in order, and what came again was the same."""
    bodies = defaultdict(set)
    positions = []
    for one in received:
        bodies[one.headers["webhook-id"]].add(one.body)
        positions.append(json.loads(one.body)["position"])
    assert len(bodies) == FACTS
    assert all(len(same) == 1 for same in bodies.values())
    assert {*positions} == {1, 2, 3, 4}
    assert [one for one in dict.fromkeys(positions) if one != 2] == [1, 3, 4]


async def test_what_somebody_held_who_is_gone_is_told_when_her_claim_runs_out(
    subscribed: Sink, superuser: asyncpg.Connection, pool: RelayPool, relay_url: str
) -> None:
    """Without any news, and only then."""
    await _write_many(superuser, 100)
    outbox, keep = PostgresOutbox(pool), timedelta(seconds=1.5)
    while await outbox.advance():
        pass
    held = await outbox.claim(room=100, each=100, busy={}, keep=keep)
    assert len(held) == 100
    [runs_out] = await superuser.fetch(
        "SELECT max(lease_until) AS at FROM events.delivery"
    )
    stopping = asyncio.Event()
    relaying = asyncio.create_task(run_relay(SETTINGS, relay_url, stopping))
    await subscribed.until(100)
    stopping.set()
    await relaying
    [began] = await superuser.fetch(
        "SELECT min(made_at - milliseconds * interval '1 ms') AS at FROM events.attempt"
    )
    assert began["at"] > runs_out["at"] - timedelta(milliseconds=50)
    ids = [one.headers["webhook-id"] for one in subscribed.received]
    assert len(ids) == len(set(ids)) == 100


@pytest.mark.parametrize("times", [1, 2])
async def test_told_to_end_under_load_it_sends_nothing_twice(
    relay_url: str, subscribed: Sink, superuser: asyncpg.Connection, times: int
) -> None:
    """However often it is told."""

    async def slow(request: web.Request, body: bytes) -> web.Response:
        await asyncio.sleep(0.02)
        return web.Response()

    subscribed.behave = slow
    await _write_many(superuser, 300)
    relay = RelayProcess(relay_url)
    await subscribed.until(50)
    for _ in range(times - 1):
        relay.send(signal.SIGTERM)
    assert await asyncio.to_thread(relay.end, signal.SIGTERM) == 0
    told = len(subscribed.received)
    assert 50 <= told < 300
    [noted] = await superuser.fetch(
        "SELECT count(*) FILTER (WHERE outcome = 'delivered') AS delivered,"
        " (SELECT count(*) FROM events.delivery WHERE lease_token IS NOT NULL) AS held"
        " FROM events.attempt"
    )
    assert tuple(noted) == (told, 0)
    relay.start()
    await subscribed.until(300)
    assert await asyncio.to_thread(relay.end, signal.SIGTERM) == 0
    ids = [one.headers["webhook-id"] for one in subscribed.received]
    assert len(ids) == len(set(ids)) == 300
