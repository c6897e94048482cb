"""One fact that is too much for somebody: it is dead at most, and all else arrives."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import orjson
import pytest
from aiohttp import web
from attrs import evolve, frozen

from adapters.postgres import Database, PostgresPublishing, PostgresStore
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.relaying import run_relay
from adapters.settings import Settings
from events_core.domain.exposure import Visibility
from events_core.domain.publication import Audience
from events_core.ports.outbox import Kind
from events_core.testing.builders import (
    a_cause,
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.outbox import a_subscriber, next_of
from tests.unit.adapters.outbox.sink import Sink, open_sink

TENANT = a_tenant()
RETRIES = 2
SETTINGS = Settings(
    hmac_secret=b"i" * 32,
    activity_secret=b"w" * 32,
    retry_schedule=(0.01,) * RETRIES,
    webhook_allowed_hosts=frozenset({"127.0.0.1"}),
)
#: Far more than any event comes to.
HUGE = 900_000

_PENDING = """
    SELECT (SELECT count(*) FROM events.delivery)
        + (SELECT count(*) FROM events.outbox)
        - (SELECT count(*) FROM events.fact_position)
        + (SELECT count(*) FROM events.subscription, events.sequencer
           WHERE place < last_place)
"""
_DEAD = "SELECT count(*) FROM events.dead_letter WHERE subscription_id = $1"


def titled(payload: str, title: str) -> str:
    """Return a payload with that text for a title, as JSON spells it."""
    return payload.replace(json.dumps(json.loads(payload)["title"]), f'"{title}"')


def deep(payload: str) -> str:
    return f'{payload[:-1]},"x":{"[" * 100_000}{"]" * 100_000}}}'


@frozen
class Poison:
    """A fact that is made so, and how many of two subscribers cannot be told it.

    Where it ``widens`` an event, it has to be read to be told at all.
    """

    make: Callable[[str], str]
    dead: int
    widens: bool = False


POISONS = {
    "huge": Poison(lambda payload: titled(payload, "x" * HUGE), 0),
    "null": Poison(lambda payload: titled(payload, r"\u0000"), 0),
    "half a character": Poison(lambda payload: titled(payload, r"\ud800"), 1),
    "deep": Poison(deep, 1),
    "deep and read": Poison(deep, 2, widens=True),
    "half and read": Poison(lambda payload: titled(payload, r"\ud800"), 2, widens=True),
    "no object": Poison(lambda _: "[]", 2, widens=True),
    "nonsense": Poison(lambda _: "{nonsense", 2, widens=True),
}


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
async def both(pool: RelayPool, sink: Sink) -> dict[str, UUID]:
    """Somebody, and Activity: who is told where."""
    subscribers = {
        f"/{kind}": evolve(a_subscriber(TENANT, kind=kind), url=f"{sink.url}/{kind}")
        for kind in (Kind.STANDARD, Kind.ACTIVITY)
    }
    for subscriber in subscribers.values():
        assert await Subscriptions(pool).add(subscriber)
    return {path: one.id for path, one in subscribers.items()}


async def publish(store: PostgresStore, *, widens: bool = False) -> list[UUID]:
    """Commit an event and two changes of it; return its messages."""
    visibility = Visibility.PRIVATE if widens else Visibility.PUBLIC
    event = an_event(tenant_id=TENANT, visibility=visibility)
    second = next_of(event, visibility=Visibility.PUBLIC)
    changes = [
        arrival_of(event),
        step_between(event, second),
        step_between(second, next_of(second)),
    ]
    for change in changes:
        async with store.unit_of_work(TENANT) as uow:
            await uow.events.save(change)
            await uow.commit()
    messages = [change.facts[0].message_id for change in changes]
    return list(messages[1:] if widens else messages)


@asynccontextmanager
async def relaying(relay_url: str) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    relay = asyncio.create_task(run_relay(SETTINGS, relay_url, stopping))
    yield
    stopping.set()
    await relay


async def until_over(superuser: asyncpg.Connection) -> None:
    """Wait until everything is told or given up."""
    async with asyncio.timeout(60):
        while await superuser.fetchval(_PENDING):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def took(sink: Sink, path: str) -> Iterator[UUID]:
    """Return what somebody was told, by its id wherever her kind has it."""
    for received in sink.received:
        if received.path == path:
            known = received.headers.get("webhook-id")
            yield UUID(known or json.loads(received.body)["event_id"])


async def test_a_fact_that_is_too_much_is_dead_at_most_and_all_else_arrives(
    app: Database,
    relay_url: str,
    both: dict[str, UUID],
    sink: Sink,
    superuser: asyncpg.Connection,
) -> None:
    store = PostgresStore(app)
    chains = {
        name: await publish(store, widens=one.widens) for name, one in POISONS.items()
    }
    for name, one in POISONS.items():
        bad = chains[name][0 if one.widens else 1]
        read = "SELECT payload FROM events.outbox WHERE message_id = $1"
        made = one.make(await superuser.fetchval(read, bad))
        changed = "UPDATE events.outbox SET payload = $2 WHERE message_id = $1"
        await superuser.execute(changed, bad, made)
    async with relaying(relay_url):
        await until_over(superuser)
    told = {path: [*took(sink, path)] for path in both}
    dead = await superuser.fetch(
        "SELECT message_id FROM events.dead_letter"
        " JOIN events.outbox USING (tenant_id, seq)"
    )
    buried = Counter(row[0] for row in dead)
    for name, one in POISONS.items():
        good = list(chains[name])
        bad = good.pop(0 if one.widens else 1)
        assert buried[bad] == one.dead, name
        for messages in told.values():
            assert [m for m in messages if m in good] == good, name
        assert sum(bad in messages for messages in told.values()) == 2 - one.dead, name
    assert buried.total() == sum(one.dead for one in POISONS.values())
    await all_is_fetched(app, superuser)


async def all_is_fetched(app: Database, superuser: asyncpg.Connection) -> None:
    """Whoever fetches facts gets to the end, and what she gets is JSON."""
    feed = PostgresPublishing(app).of(TENANT, a_cause()).feed
    page = await feed.read(Audience(tenant_id=TENANT), after=None, limit=1000)
    unread = sum(one.widens for one in POISONS.values())
    told = sum(2 if one.widens else 3 for one in POISONS.values())
    assert len(page.texts) == told - unread
    assert page.place.position == await superuser.fetchval(
        "SELECT position FROM events.fact_head"
    )
    orjson.dumps([orjson.Fragment(text) for text in page.texts])


async def test_who_refuses_one_message_is_told_of_everything_else(
    store: PostgresStore,
    relay_url: str,
    both: dict[str, UUID],
    sink: Sink,
    superuser: asyncpg.Connection,
) -> None:
    """Activity, whose refusal is for good, is not asked again."""
    chains = [await publish(store) for _ in range(3)]
    refused = str(chains[1][1])

    async def refuse_one(request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=400 if refused.encode() in body else 200)

    sink.behave = refuse_one
    async with relaying(relay_url):
        await until_over(superuser)
    for path, subscription_id in both.items():
        tries: dict[UUID, int] = defaultdict(int)
        for message_id in took(sink, path):
            tries[message_id] += 1
        often = 1 + RETRIES if path == "/standard" else 1
        assert [tries.pop(message_id) for message_id in chains[1]] == [1, often, 1]
        assert tries == dict.fromkeys(chains[0] + chains[2], 1)
        for chain in chains:
            order = [m for m in dict.fromkeys(took(sink, path)) if m in chain]
            assert order == chain
        assert await superuser.fetchval(_DEAD, subscription_id) == 1
    states = await superuser.fetch(
        "SELECT state, failures, open_until FROM events.subscription"
    )
    assert {tuple(row) for row in states} == {("active", 0, None)}
