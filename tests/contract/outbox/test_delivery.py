"""From a commit to a subscriber, through PostgreSQL and HTTP."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from aiohttp import web
from attrs import evolve

from adapters.postgres import Database, PostgresStore, Totals
from adapters.postgres.publishing.dispatches import PostgresDispatchBook
from adapters.postgres.queue.laying_out import PORTION, LayingOut
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import Sequencer
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.postgres.queue.wakeups import Announcer
from adapters.relaying import run_relay
from adapters.settings import Settings
from adapters.tracing import During, Trace
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.ports.outbox import Breaker, Outcome, Result, Subscriber
from events_core.testing.builders import (
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.outbox import a_subscriber, next_of
from tests.contract.outbox.writers import Writer
from tests.unit.adapters.outbox.sink import Sink, open_sink

TENANT = a_tenant()
SETTINGS = Settings(webhook_allowed_hosts=frozenset({"127.0.0.1"}))


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
def subscriptions(pool: RelayPool) -> Subscriptions:
    return Subscriptions(pool)


@asynccontextmanager
async def relaying(relay_url: str) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.create_task(run_relay(SETTINGS, relay_url, stopping))
    yield
    stopping.set()
    await asyncio.wait_for(task, 20)


def at(sink: Sink) -> Subscriber:
    return evolve(a_subscriber(TENANT), url=f"{sink.url}/hook")


async def publish(store: PostgresStore, change: Change[Event]) -> None:
    async with store.unit_of_work(TENANT) as uow:
        await uow.events.save(change)
        await uow.commit()


async def test_a_commit_is_announced_and_its_fact_is_there_at_once(
    app: Database, relay_url: str, subscriptions: Subscriptions, sink: Sink
) -> None:
    await subscriptions.add(at(sink))
    announcer = Announcer(relay_url)
    store = PostgresStore(app, announcer.announce)
    try:
        async with relaying(relay_url):
            await publish(store, arrival_of(an_event(tenant_id=TENANT)))
            await sink.until(1)
            delays = []
            for number in range(2, 12):
                await asyncio.sleep(0.05)
                began = time.monotonic()
                await publish(store, arrival_of(an_event(tenant_id=TENANT)))
                await sink.until(number)
                delays.append(time.monotonic() - began)
    finally:
        await announcer.close()
    assert sorted(delays)[5] < 0.5  # where one looks every second


async def test_a_delivery_belongs_to_the_trace_of_the_change_at_every_attempt(
    store: PostgresStore, relay_url: str, subscriptions: Subscriptions, sink: Sink
) -> None:
    async def fail_at_first(_: web.Request, _body: bytes) -> web.Response:
        return web.Response(status=503 if len(sink.received) == 1 else 200)

    sink.behave = fail_at_first
    await subscriptions.add(at(sink))
    trace = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", 1, "v=1")
    with During(trace):
        await publish(store, arrival_of(an_event(tenant_id=TENANT)))
    async with relaying(relay_url):
        await sink.until(2)
    for received in sink.received:
        assert received.headers["traceparent"] == trace.parent
        assert received.headers["tracestate"] == "v=1"


async def test_more_than_a_portion_is_laid_out_too(
    pool: RelayPool, superuser: asyncpg.Connection, subscriptions: Subscriptions
) -> None:
    await subscriptions.add(a_subscriber(TENANT))
    writer = Writer(superuser)
    await writer.begin()
    for _ in range(PORTION + 1):
        await writer.write(TENANT)
    await writer.commit()
    await Sequencer(pool).tick()
    laying_out = LayingOut(pool)
    assert [await laying_out.lay_out() for _ in range(3)] == [PORTION, 1, 0]
    laid_out = await superuser.fetchval("SELECT count(*) FROM events.delivery")
    assert laid_out == PORTION + 1


async def test_what_was_told_can_be_told_again_from_a_position(
    store: PostgresStore,
    relay_url: str,
    subscriptions: Subscriptions,
    dispatches: PostgresDispatchBook,
    sink: Sink,
) -> None:
    subscriber = at(sink)
    await subscriptions.add(subscriber)
    event = an_event(tenant_id=TENANT)
    await publish(store, arrival_of(event))
    for _ in range(3):
        await publish(store, step_between(event, event := next_of(event)))
    async with relaying(relay_url):
        await sink.until(4)
    assert await dispatches.replay(subscriber.id, from_position=3)
    async with relaying(relay_url):
        await sink.until(6)
    told = [json.loads(received.body)["position"] for received in sink.received]
    assert told == [1, 2, 3, 4, 3, 4]


async def test_a_listener_comes_back_when_its_session_is_ended(
    app: Database,
    relay_url: str,
    subscriptions: Subscriptions,
    sink: Sink,
    superuser: asyncpg.Connection,
) -> None:
    await subscriptions.add(at(sink))
    store = PostgresStore(app)
    async with relaying(relay_url):
        await publish(store, arrival_of(an_event(tenant_id=TENANT)))
        await sink.until(1)
        ended = await superuser.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'events_relay'"
        )
        assert ended >= 2
        await publish(store, arrival_of(an_event(tenant_id=TENANT)))
        await sink.until(2)


async def measured(app: Database) -> dict[str, float]:
    return {told.name: told.value for told in await Totals(app).measure()}


async def test_the_numbers_are_what_is_still_to_be_delivered(
    app: Database, pool: RelayPool, subscriptions: Subscriptions
) -> None:
    store, outbox = PostgresStore(app), PostgresOutbox(pool)

    async def numbers() -> tuple[float, ...]:
        told = await measured(app)
        return tuple(told[f"outbox_{name}"] for name in ("pending", "failed", "dead"))

    for _ in range(2):
        await subscriptions.add(a_subscriber(TENANT))
    for _ in range(3):
        await publish(store, arrival_of(an_event(tenant_id=TENANT)))
    assert await numbers() == (3, 0, 0)  # without a position
    while await outbox.advance():
        pass
    assert await numbers() == (6, 0, 0)
    claimed = await outbox.claim(room=3, each=3, busy={}, keep=timedelta(minutes=1))
    assert await numbers() == (6, 0, 0)
    outcomes = (Outcome.DELIVERED, Outcome.AGAIN, Outcome.DEAD)
    results = [
        Result(delivery=delivery, outcome=outcome, after=timedelta(hours=1))
        for delivery, outcome in zip(claimed, outcomes, strict=True)
    ]
    await outbox.settle(results, Breaker())
    assert await numbers() == (4, 1, 1)
    assert 0 <= (await measured(app))["outbox_oldest_seconds"] < 60
