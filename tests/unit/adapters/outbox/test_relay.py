"""The relay: what is committed arrives, in order, whoever else is ill."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from attrs import evolve

from adapters import webhooks
from adapters.outbox.client import WebhookClient
from adapters.outbox.delivering import Delivering
from adapters.outbox.messages import ActivitySecrets
from adapters.outbox.relay import Pace, Relay
from events_core.domain.facts import SubscriptionTested
from events_core.errors import StoreUnavailable
from events_core.ports.outbox import (
    Breaker,
    Delivery,
    Kind,
    Outcome,
    Result,
    Subscriber,
)
from events_core.testing.builders import (
    NOW,
    a_message_id,
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.outbox import a_subscriber, next_of
from events_core.testing.outbox import MemoryOutbox
from tests.unit.adapters.outbox.sink import Sink

INTERNAL, WEBHOOK = b"i" * 32, b"w" * 32
TENANT = a_tenant()

#: Looks so seldom that a test fails which depends on it.
PATIENT = Pace(poll=30)


@pytest.fixture
def outbox() -> MemoryOutbox:
    return MemoryOutbox()


@pytest.fixture
def delivering(client: WebhookClient) -> Delivering:
    secrets = ActivitySecrets(internal=INTERNAL, webhook=WEBHOOK)
    return Delivering(client=client, activity=secrets, schedule=(0,) * 50)


@asynccontextmanager
async def running(
    outbox: MemoryOutbox, delivering: Delivering, pace: Pace = PATIENT
) -> AsyncIterator[Relay]:
    relay = Relay(outbox, delivering, pace, Breaker(opens_after=100))
    stopping = asyncio.Event()
    task = asyncio.create_task(relay.run(stopping))
    yield relay
    stopping.set()
    await asyncio.wait_for(task, 20)


def at(sink: Sink, kind: Kind = Kind.STANDARD, path: str = "/hook") -> Subscriber:
    return evolve(a_subscriber(TENANT, kind=kind), url=sink.url + path)


def messages(sink: Sink) -> list[dict[str, Any]]:
    return [json.loads(received.body) for received in sink.received]


async def test_what_is_published_arrives_signed_and_can_be_verified(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink
) -> None:
    subscriber = at(sink)
    outbox.subscribe(subscriber)
    async with running(outbox, delivering) as relay:
        outbox.publish(arrival_of(an_event(tenant_id=TENANT)))
        relay.wake()
        await sink.until(1)
    [received] = sink.received
    webhook = webhooks.verify(
        [webhooks.shown_secret(subscriber.secrets[0])],
        headers=received.headers,
        body=received.body,
        now=float(received.headers[webhooks.TIMESTAMP]),
    )
    assert webhook.id == webhook.message["message_id"]
    assert webhook.message["position"] == 1


async def test_facts_of_one_event_arrive_in_order_through_failures(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink
) -> None:
    fails = iter([True, False, True, True, False, True] * 20)

    async def flap(request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=500 if next(fails, False) else 200)

    sink.behave = flap
    outbox.subscribe(at(sink))
    event = an_event(tenant_id=TENANT)
    outbox.publish(arrival_of(event))
    for _ in range(9):
        outbox.publish(step_between(event, event := next_of(event)))
    every = {*range(1, 11)}
    async with running(outbox, delivering):
        await sink.until_all(
            lambda _: {m["event_version"] for m in messages(sink)} == every
        )
    versions = [message["event_version"] for message in messages(sink)]
    assert versions == sorted(versions)
    ids = {received.headers[webhooks.ID] for received in sink.received}
    assert len(ids) == 10


async def test_who_hangs_delays_nobody_else(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink
) -> None:
    free = asyncio.Event()

    async def hang(request: web.Request, body: bytes) -> web.Response:
        if request.path == "/hangs":
            await free.wait()
        return web.Response()

    sink.behave = hang
    outbox.subscribe(at(sink, path="/hangs"))
    outbox.subscribe(at(sink))
    for _ in range(200):
        outbox.publish(arrival_of(an_event(tenant_id=TENANT)))
    async with running(outbox, delivering):
        await sink.until_all(lambda got: [r.path for r in got].count("/hook") == 200)
        stuck = [r.path for r in sink.received].count("/hangs")
        assert stuck <= Pace().at_once
        free.set()
        await sink.until(400)


async def test_word_that_comes_during_a_look_is_not_lost(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink
) -> None:
    """Cleared after the look, the news of the look's own time would be gone."""
    outbox.subscribe(at(sink))
    published = False

    class Late(MemoryOutbox):
        async def due_in(self) -> timedelta | None:
            nonlocal published
            if not published:
                published = True
                outbox.publish(arrival_of(an_event(tenant_id=TENANT)))
                relay.wake()
            return await outbox.due_in()

    async with running(Late(outbox.queue), delivering) as relay:
        async with asyncio.timeout(5):  # the next look of itself is after 30
            await sink.until(1)


async def test_activity_is_told_one_thing_at_a_time_in_a_tenant(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink
) -> None:
    at_once, most = 0, 0

    async def count(request: web.Request, body: bytes) -> web.Response:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return web.Response()

    sink.behave = count
    outbox.subscribe(at(sink, Kind.ACTIVITY, "/api/v1/ingest/webhook/minecraft"))
    for _ in range(5):
        outbox.publish(arrival_of(an_event(tenant_id=TENANT)))
    async with running(outbox, delivering):
        await sink.until(5)
    assert most == 1


async def test_activity_can_be_tested_and_shows_it_to_nobody(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink
) -> None:
    subscriber = at(sink, Kind.ACTIVITY)
    outbox.subscribe(subscriber)
    tested = SubscriptionTested(
        message_id=a_message_id(),
        tenant_id=TENANT,
        occurred_at=NOW,
        subscription_id=subscriber.id,
    )
    outbox.queue.facts.append(tested)
    async with running(outbox, delivering):
        await sink.until(1)
    [message] = messages(sink)
    wanted = {
        "type": "subscription.test",
        "event_id": str(tested.message_id),
        "title": "",
        "scope_type": "TENANT",
        "scope_id": str(TENANT),
        "visibility": "private",
        "linked_user_id": str(UUID(int=0)),
    }
    assert message | wanted == message


async def test_an_outage_of_the_database_ends_nothing(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink
) -> None:
    outages = 3

    class Flaky(MemoryOutbox):
        async def advance(self) -> int:
            nonlocal outages
            outages -= 1
            if outages >= 0:
                raise StoreUnavailable
            return await super().advance()

    flaky = Flaky()
    flaky.subscribe(at(sink))
    flaky.publish(arrival_of(an_event(tenant_id=TENANT)))
    pace = Pace(poll=30, after_trouble=0.01)
    async with running(flaky, delivering, pace):
        await sink.until(1)


async def test_told_to_stop_it_ends_what_is_under_way_and_sends_nothing_twice(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink
) -> None:
    async def slow(request: web.Request, body: bytes) -> web.Response:
        await asyncio.sleep(0.3)
        return web.Response()

    sink.behave = slow
    outbox.subscribe(at(sink))
    for _ in range(10):
        outbox.publish(arrival_of(an_event(tenant_id=TENANT)))
    async with running(outbox, delivering):
        await sink.until(10)
    async with running(outbox, delivering):
        await asyncio.sleep(0.1)
    assert len(sink.received) == 10


@pytest.mark.parametrize("kind", Kind)
async def test_what_it_has_to_give_up_at_activity_is_not_sent_again_at_once(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink, kind: Kind
) -> None:
    """Whoever goes on with it would tell a tenant a second thing beside the first."""
    answers = asyncio.Event()

    async def hang(request: web.Request, body: bytes) -> web.Response:
        await answers.wait()
        return web.Response()

    sink.behave = hang
    outbox.subscribe(at(sink, kind))
    outbox.publish(arrival_of(an_event(tenant_id=TENANT)))
    async with running(outbox, delivering, Pace(poll=30, grace=0.1)):
        await sink.until(1)
    claimed = await outbox.claim(room=1, each=1, busy={}, keep=timedelta(seconds=45))
    due_in = await outbox.due_in()
    answers.set()
    if kind is Kind.ACTIVITY:
        assert not claimed
        assert due_in == timedelta(seconds=30)
    else:
        assert len(claimed) == 1


async def test_a_claim_that_is_about_to_run_out_is_not_begun(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink
) -> None:
    tried: list[Delivery] = []

    async def deliver(delivery: Delivery) -> Result:
        tried.append(delivery)
        return await delivering(delivery)

    outbox.subscribe(at(sink))
    outbox.publish(arrival_of(an_event(tenant_id=TENANT)))
    relay = Relay(outbox, deliver, Pace(keep=14))
    await relay._look()
    await asyncio.gather(*relay._under_way)
    assert not tried
    result, _ = relay._results.get_nowait()
    assert result.outcome is None


async def test_a_message_that_cannot_be_made_is_dead_and_says_nothing_of_anybody(
    outbox: MemoryOutbox, delivering: Delivering, sink: Sink
) -> None:
    outbox.subscribe(at(sink, Kind.ACTIVITY))
    outbox.publish(arrival_of(an_event(tenant_id=TENANT)))
    await outbox.advance()
    [delivery] = await outbox.claim(room=1, each=1, busy={}, keep=timedelta(seconds=45))
    for body in (b"{}", b"[]", b"\xff", b"{"):
        result = await delivering(evolve(delivery, body=body))
        assert (result.outcome, result.counts) == (Outcome.DEAD, False)
    assert not sink.received


@pytest.mark.parametrize("jump", [-600, 600, 2**31])
async def test_a_clock_that_jumps_is_seen_in_the_timestamp_and_nowhere_else(
    client: WebhookClient, outbox: MemoryOutbox, sink: Sink, jump: float
) -> None:
    """Claims are the database's, and what a request takes is told by no clock."""

    async def busy(request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": "7"})

    sink.behave = busy
    outbox.subscribe(at(sink))
    outbox.publish(arrival_of(an_event(tenant_id=TENANT)))
    await outbox.advance()
    [delivery] = await outbox.claim(room=1, each=1, busy={}, keep=timedelta(seconds=45))
    times = iter([1_800_000_000.0, *[1_800_000_000.0 + jump] * 9])
    result = await Delivering(client=client, now=lambda: next(times))(delivery)
    assert result.outcome is Outcome.AGAIN
    assert result.after == timedelta(seconds=7)
    assert timedelta(0) <= result.took < timedelta(seconds=60)
    assert sink.received[0].headers[webhooks.TIMESTAMP] == "1800000000"
