"""Activity: told of each tenant one thing at a time, and left alone when it refuses."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from aiohttp import web
from attrs import evolve

from adapters.outbox.client import open_client
from adapters.outbox.delivering import Delivering
from adapters.outbox.messages import ACTIVITY_PATH, ActivitySecrets, said_to
from adapters.outbox.relay import Pace, Relay
from adapters.postgres import Database, PostgresStore, Subscribers, Totals
from adapters.postgres.publishing.dispatches import PostgresDispatchBook
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.relaying import run_relay
from adapters.settings import Settings
from events_core.domain.exposure import Visibility
from events_core.domain.identity import TenantId, UserId
from events_core.ports.outbox import (
    Breaker,
    Delivery,
    Kind,
    Outcome,
    State,
    Subscriber,
)
from events_core.ports.publishing import Choice
from events_core.testing.builders import (
    NOW,
    a_cause,
    a_person,
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.outbox import KEEP, a_subscriber, next_of, result
from tests.unit.adapters.outbox.sink import Sink, open_sink

TENANTS = [a_tenant() for _ in range(3)]
SETTINGS = Settings(
    hmac_secret=b"i" * 32, activity_secret=b"w" * 32, retry_schedule=(0.01,) * 100
)
SECRETS = ActivitySecrets(
    internal=SETTINGS.hmac_secret, webhook=SETTINGS.activity_secret
)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
async def activity(pool: RelayPool, sink: Sink) -> Subscriber:
    """Activity, told of all tenants."""
    told_of_all = a_subscriber(None, kind=Kind.ACTIVITY)
    subscriber = evolve(told_of_all, url=f"{sink.url}/api/v1{ACTIVITY_PATH}")
    assert await Subscriptions(pool).add(subscriber)
    return subscriber


async def publish(
    store: PostgresStore,
    tenant_id: TenantId,
    visibility: Visibility = Visibility.PUBLIC,
) -> None:
    """Commit an event and a change of it."""
    event = an_event(tenant_id=tenant_id, visibility=visibility)
    async with store.unit_of_work(tenant_id) as uow:
        await uow.events.save(arrival_of(event))
        await uow.events.save(step_between(event, next_of(event)))
        await uow.commit()


@pytest.mark.usefixtures("activity")
async def test_several_relays_tell_of_each_tenant_one_thing_at_a_time(
    store: PostgresStore, relay_url: str, sink: Sink
) -> None:
    under_way, most = Counter[str](), Counter[str]()
    both, chance = asyncio.Event(), Random(1)

    async def behave(request: web.Request, _: bytes) -> web.Response:
        tenant_id = request.headers["x-tenant-id"]
        under_way[tenant_id] += 1
        most[tenant_id] = max(most[tenant_id], under_way[tenant_id])
        if under_way.total() > 1:
            both.set()
        async with asyncio.timeout(9):
            await both.wait()
        await asyncio.sleep(0.005)
        under_way[tenant_id] -= 1
        return web.Response(status=chance.choice((200, 200, 200, 503)))

    sink.behave = behave
    for _ in range(5):
        for tenant_id in TENANTS:
            await publish(store, tenant_id)
    stopping = asyncio.Event()
    # Each of them sends one thing at a time: what goes on at once is the work of two.
    relays = [
        asyncio.create_task(run_relay(SETTINGS, relay_url, stopping, pace=Pace(room=1)))
        for _ in range(2)
    ]
    await sink.until_all(lambda received: len({r.body for r in received}) == 30)
    await asyncio.sleep(0.1)
    stopping.set()
    await asyncio.gather(*relays)
    assert most == dict.fromkeys(map(str, TENANTS), 1)
    positions = defaultdict[str, list[int]](list)
    linked = defaultdict[str, set[str]](set)
    for received in sink.received:
        message = json.loads(received.body)
        linked[message["event_id"]].add(message["linked_user_id"])
        positions[message["tenant_id"]].append(message["position"])
    assert all(len(persons) == 1 for persons in linked.values())
    for of_tenant in positions.values():
        assert of_tenant == sorted(of_tenant)
        assert set(of_tenant) == {*range(1, 11)}


async def test_a_wrong_secret_costs_little_is_noticed_and_all_can_be_sent_again(
    *,
    app: Database,
    store: PostgresStore,
    pool: RelayPool,
    dispatches: PostgresDispatchBook,
    activity: Subscriber,
    sink: Sink,
) -> None:
    status = 401

    async def refuse(_: web.Request, __: bytes) -> web.Response:
        return web.Response(status=status)

    sink.behave = refuse
    for _ in range(5):
        await publish(store, TENANTS[0])
    breaker = Breaker(opens_after=3, pauses=(timedelta(hours=1),))

    async def relayed_until(number: int) -> None:
        stopping = asyncio.Event()
        async with open_client() as client:
            delivering = Delivering(client=client, activity=SECRETS)
            outbox = PostgresOutbox(pool)
            relay = Relay(outbox, delivering, Pace(poll=0.05), breaker)
            running = asyncio.create_task(relay.run(stopping))
            await sink.until(number)
            await asyncio.sleep(0.3)
            stopping.set()
            await running

    await relayed_until(3)
    assert len(sink.received) == 3  # and the other seven wait
    numbers = {told.name: told.value for told in await Totals(app).measure()}
    assert (numbers["outbox_dead"], numbers["outbox_pending"]) == (3, 7)
    of_her = {
        dict(told.labels)["state"]
        for told in await Subscribers(app).readings()
        if told.name == "subscription_breaker" and told.value
    }
    assert of_her == {"open"}
    letters = await dispatches.dead_letters(activity.id, Choice(), after=0, limit=9)
    assert [(one.status, one.attempts) for one in letters] == [(401, 1)] * 3

    status = 200
    assert await dispatches.send_again(activity.id, Choice(), most=9) == 3
    assert await Subscriptions(pool).set_state(activity.id, State.ACTIVE)
    await relayed_until(13)
    told = [json.loads(received.body)["position"] for received in sink.received[3:]]
    assert told == [*range(1, 11)]


@pytest.mark.parametrize("is_widened", [False, True])
async def test_what_was_tried_is_never_linked_to_another_after_an_erasure(
    store: PostgresStore,
    pool: RelayPool,
    dispatches: PostgresDispatchBook,
    activity: Subscriber,
    *,
    is_widened: bool,
) -> None:
    """Of an event that is widened she is told as of a new one: of who created it."""
    tenant_id, her, him, outbox = (
        TENANTS[0],
        a_person(),
        a_person(),
        PostgresOutbox(pool),
    )
    await Subscriptions(pool).add(other := a_subscriber(tenant_id))

    async def created(by: UserId) -> None:
        narrow = Visibility.PRIVATE if is_widened else Visibility.PUBLIC
        event = an_event(tenant_id=tenant_id, created_by=by, visibility=narrow)
        async with store.unit_of_work(tenant_id) as uow:
            await uow.events.save(arrival_of(event, a_cause(by)))
            if is_widened:
                wide = next_of(event, visibility=Visibility.PUBLIC)
                await uow.events.save(step_between(event, wide, a_cause(by)))
            await uow.commit()

    async def claimed(subscriber: Subscriber) -> list[Delivery]:
        while await outbox.advance():
            pass
        told = await outbox.claim(room=9, each=9, busy={}, keep=KEEP)
        return [one for one in told if one.subscriber.id == subscriber.id]

    await created(her)
    [tried] = await claimed(activity)
    await outbox.settle([result(tried, Outcome.AGAIN)], Breaker())
    for by in (him, her):
        await created(by)
    async with store.unit_of_work(tenant_id) as uow:
        await uow.persons.erase(her, at=NOW)
        await uow.commit()

    [letter] = await dispatches.dead_letters(activity.id, Choice(), after=0, limit=9)
    assert (letter.message_id, letter.attempts) == (tried.message_id, 1)
    assert letter.error == "whom it is linked to was erased"
    linked = []
    for _ in range(2):
        [delivery] = await claimed(activity)
        linked.append(json.loads(said_to(Kind.ACTIVITY, delivery.body or b"")))
        await outbox.settle([result(delivery)], Breaker())
    assert not await claimed(activity)
    assert [message["linked_user_id"] for message in linked] == [
        str(him),
        str(UUID(int=0)),
    ]
    # To others nothing is linked: they are told what is left of it.
    recent = await dispatches.recent(other.id, before=None, limit=9)
    assert tried.message_id in {told.message_id for told in recent}
    assert not await dispatches.dead_letters(other.id, Choice(), after=0, limit=9)


@pytest.mark.parametrize("widened", [None, Visibility.PRIVATE])
async def test_it_hears_of_public_events_alone_unless_an_operator_says_otherwise(
    store: PostgresStore,
    pool: RelayPool,
    activity: Subscriber,
    widened: Visibility | None,
) -> None:
    heard = {Visibility.PUBLIC, *({widened} if widened else ())}
    if widened:
        wider = evolve(activity.audience, visibilities=frozenset(heard))
        await Subscriptions(pool).change(
            activity.id, lambda one: evolve(one, audience=wider)
        )
    for visibility in Visibility:
        await publish(store, TENANTS[0], visibility)
    outbox = PostgresOutbox(pool)
    while await outbox.advance():
        pass
    async with pool.connection() as connection:
        rows = await connection.fetch(
            "SELECT visibility FROM events.delivery JOIN events.outbox"
            " USING (tenant_id, seq) WHERE delivery.subscription_id = $1",
            activity.id,
        )
    assert {row["visibility"] for row in rows} == heard
