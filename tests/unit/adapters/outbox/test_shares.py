"""No subscriber has more than her share of a relay, however ill or slow she is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from attrs import evolve

from adapters.outbox.relay import Pace, Relay
from events_core.domain.identity import TenantId
from events_core.errors import StoreUnavailable
from events_core.ports.outbox import Breaker, Delivery, Outcome, Result, Subscriber
from events_core.testing.builders import a_tenant, an_event, arrival_of
from events_core.testing.contracts.outbox import a_subscriber
from events_core.testing.outbox import MemoryOutbox

TENANT = a_tenant()

#: Looks so seldom that a test fails which depends on it.
PATIENT = Pace(poll=30, turn=0.02, gather=0, grace=0.1)


class Town:
    """Subscribers who answer at once, not at all, or badly; and what they were sent."""

    def __init__(self) -> None:
        self.outbox = MemoryOutbox()
        self.sent: Counter[str] = Counter()
        self.news = asyncio.Event()

    def subscribe(self, name: str, tenant_id: TenantId = TENANT) -> Subscriber:
        url = f"https://{name}.example/"
        subscriber = evolve(a_subscriber(tenant_id), url=url)
        self.outbox.subscribe(subscriber)
        return subscriber

    def publish(self, number: int, tenant_id: TenantId = TENANT) -> None:
        for _ in range(number):
            self.outbox.publish(arrival_of(an_event(tenant_id=tenant_id)))

    async def deliver(self, delivery: Delivery) -> Result:
        name = delivery.subscriber.url.split("/")[2].partition(".")[0]
        self.sent[name] += 1
        self.news.set()
        if name.startswith("hangs"):
            await asyncio.Event().wait()
        if name == "asks":
            rest = timedelta(hours=1)
            return Result(delivery=delivery, outcome=Outcome.AGAIN, leave_alone=rest)
        outcome = Outcome.AGAIN if name == "fails" else Outcome.DELIVERED
        return Result(delivery=delivery, outcome=outcome)

    async def until(self, name: str, number: int) -> None:
        async with asyncio.timeout(30):
            while self.sent[name] < number:
                self.news.clear()
                await self.news.wait()

    @asynccontextmanager
    async def relaying(self, pace: Pace) -> AsyncIterator[Relay]:
        relay = Relay(self.outbox, self.deliver, pace)
        stopping = asyncio.Event()
        task = asyncio.create_task(relay.run(stopping))
        yield relay
        stopping.set()
        await asyncio.wait_for(task, 20)


class Scales(MemoryOutbox):
    """Weighs what is claimed and not settled."""

    weight = most = 0

    async def claim(self, **asked: Any) -> Sequence[Delivery]:  # noqa: ANN401 (as is)
        claimed = await super().claim(**asked)
        self.weight += sum(len(delivery.body or b"") for delivery in claimed)
        self.most = max(self.most, self.weight)
        return claimed

    async def settle(self, results: Sequence[Result], breaker: Breaker) -> int:
        self.weight -= sum(len(result.delivery.body or b"") for result in results)
        return await super().settle(results, breaker)


async def test_no_more_bytes_are_claimed_than_there_is_room_for() -> None:
    town, scales = Town(), Scales()
    town.outbox = scales
    town.subscribe("sound")
    town.publish(100)
    size = 5000
    async with town.relaying(evolve(PATIENT, size=size)):
        await town.until("sound", 100)
    assert size / 2 < scales.most < size * 1.5


async def test_of_who_fails_no_more_is_tried_than_was_on_its_way() -> None:
    town = Town()
    fails = town.subscribe("fails")
    town.subscribe("sound")
    town.publish(300)
    pace = evolve(PATIENT, at_once=3)
    async with town.relaying(pace):
        await town.until("sound", 300)
    assert town.sent["fails"] < Breaker().opens_after + pace.at_once
    # And of what was not tried no attempt is counted.
    town.outbox.wait(timedelta(hours=1))
    [probe] = [
        delivery
        for delivery in await town.outbox.claim(
            room=9, each=9, busy={}, keep=timedelta(seconds=1)
        )
        if delivery.subscriber.id == fails.id
    ]
    assert probe.attempt <= 2


async def test_who_asks_to_be_left_alone_gets_no_more_than_was_on_its_way() -> None:
    town = Town()
    town.subscribe("asks")
    town.subscribe("sound")
    town.publish(300)
    async with town.relaying(evolve(PATIENT, at_once=3)):
        await town.until("sound", 300)
    assert town.sent["asks"] <= 3


async def test_many_who_hang_leave_room_for_who_does_not() -> None:
    """All the room is taken by what waits for them, until it has waited too long."""
    town, other = Town(), a_tenant()
    for number in range(10):
        town.subscribe(f"hangs-{number}", other)
    town.publish(100, other)
    pace = evolve(PATIENT, poll=0.02, room=100, each=10, at_once=2)
    async with town.relaying(pace) as relay:
        await town.until("hangs-9", 1)
        town.subscribe("sound")
        town.publish(200)
        relay.wake()
        await town.until("sound", 200)
    assert all(town.sent[f"hangs-{number}"] <= pace.at_once for number in range(10))


async def test_told_to_stop_it_gives_back_what_it_has_not_begun() -> None:
    town = Town()
    town.subscribe("hangs")
    town.publish(50)
    async with town.relaying(evolve(PATIENT, at_once=2)):
        await town.until("hangs", 2)
    assert town.sent["hangs"] == 2
    claimed = await town.outbox.claim(
        room=50, each=50, busy={}, keep=timedelta(seconds=1)
    )
    assert len(claimed) == 50
    assert Counter(delivery.attempt for delivery in claimed) == {1: 48, 2: 2}


async def test_trouble_with_noting_what_came_of_it_ends_nothing() -> None:
    """Neither what is foreseen nor what is not."""
    troubles = [RuntimeError("unforeseen"), StoreUnavailable(), KeyError("x")]

    class Troubled(MemoryOutbox):
        async def settle(self, results: Sequence[Result], breaker: Breaker) -> int:
            if troubles:
                raise troubles.pop()
            return await super().settle(results, breaker)

    town = Town()
    town.outbox = Troubled()
    town.subscribe("sound")
    town.publish(20)
    async with town.relaying(evolve(PATIENT, after_trouble=0.001, each=5)):
        await town.until("sound", 20)
    assert not troubles
    assert town.sent["sound"] == 20
