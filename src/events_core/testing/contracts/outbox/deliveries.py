"""Deliveries: in order, at least once, and to each her share."""

import json
from datetime import timedelta

from attrs import evolve

from events_core.ports.outbox import Breaker, Kind, Outcome
from events_core.testing.builders import a_tenant, an_event, arrival_of, step_between
from events_core.testing.contracts.outbox.world import (
    HOUR,
    TOUCHY,
    OfOutbox,
    OutboxWorld,
    a_subscriber,
    claim,
    delivered,
    next_of,
    result,
)


class DeliveriesContract(OfOutbox):
    """What is published is delivered in order, at least once, to each her share."""

    async def test_a_committed_fact_reaches_who_subscribed_before(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        await world.publish(arrival_of(an_event(tenant_id=event.tenant_id)))
        await delivered(world)
        await world.subscribe(a_subscriber(event.tenant_id))
        change = arrival_of(event)
        await world.publish(change)
        [delivery] = await delivered(world)
        assert delivery.body is not None
        told = json.loads(delivery.body)
        assert told["message_id"] == str(change.facts[0].message_id)
        assert told["position"] == delivery.position == 2
        assert delivery.attempt == 1

    async def test_facts_of_one_event_come_one_after_the_other(
        self, world: OutboxWorld
    ) -> None:
        event, other = an_event(), an_event()
        other = evolve(other, tenant_id=event.tenant_id, scope=event.scope)
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        await world.publish(step_between(event, next_of(event)))
        await world.publish(arrival_of(other))
        first = await claim(world)
        assert [delivery.position for delivery in first] == [1, 3]
        assert not await claim(world)
        await world.outbox.settle([result(first[0])], Breaker())
        assert [d.position for d in await claim(world)] == [2]

    async def test_activity_is_told_of_one_thing_at_a_time_in_a_tenant(
        self, world: OutboxWorld
    ) -> None:
        tenant_id = a_tenant()
        await world.subscribe(a_subscriber(tenant_id, kind=Kind.ACTIVITY))
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        for position in (1, 2, 3):
            [delivery] = await claim(world)
            assert delivery.position == position
            await world.outbox.settle([result(delivery)], Breaker())

    async def test_no_more_is_claimed_than_fits_but_one_in_any_case(
        self, world: OutboxWorld
    ) -> None:
        tenant_id = a_tenant()
        await world.subscribe(a_subscriber(tenant_id))
        for _ in range(4):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        [first] = await claim(world, size=1)
        assert first.body is not None
        fitting = await claim(world, size=len(first.body) + 1)
        assert [delivery.position for delivery in fitting] == [2, 3]
        [last] = await claim(world)
        assert (last.position, last.attempt) == (4, 1)

    async def test_what_failed_comes_again_with_the_same_bytes_and_id(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        await world.publish(step_between(event, next_of(event)))
        [first] = await claim(world)
        await world.outbox.settle([result(first, Outcome.AGAIN)], Breaker())
        [second] = await claim(world)
        assert (second.body, second.message_id) == (first.body, first.message_id)
        assert (first.attempt, second.attempt) == (1, 2)

    async def test_nothing_comes_again_before_its_time(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        [delivery] = await claim(world)
        await world.outbox.settle([result(delivery, Outcome.AGAIN, HOUR)], Breaker())
        assert not await claim(world)
        due_in = await world.outbox.due_in()
        assert due_in is not None
        assert due_in <= HOUR

    async def test_a_claim_that_ran_out_is_anybodys_and_no_longer_its_holders(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        [frozen] = await claim(world, keep=timedelta(0))
        [taken] = await claim(world)
        assert taken.place == frozen.place
        assert await world.outbox.settle([result(frozen)], Breaker()) == 0
        assert await world.outbox.settle([result(taken)], Breaker()) == 1

    async def test_who_has_least_under_way_comes_first(
        self, world: OutboxWorld
    ) -> None:
        tenant_id = a_tenant()
        subscribers = [a_subscriber(tenant_id) for _ in range(4)]
        for subscriber in subscribers:
            await world.subscribe(subscriber)
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        busy = {one.id: n for n, one in zip((5, 1, 0, 9), subscribers, strict=True)}
        claimed = await claim(world, room=4, each=20, busy=busy)
        shares = [delivery.subscriber.id for delivery in claimed]
        third, second = subscribers[2].id, subscribers[1].id
        assert (shares.count(third), shares.count(second)) == (3, 1)

    async def test_what_was_not_tried_counts_as_no_attempt(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        [delivery] = await claim(world)
        await world.outbox.settle([result(delivery, None)], TOUCHY)
        [again] = await claim(world)
        assert again.attempt == 1

    async def test_the_dead_hold_up_nothing(self, world: OutboxWorld) -> None:
        event = an_event()
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        await world.publish(step_between(event, next_of(event)))
        [delivery] = await claim(world)
        await world.outbox.settle([result(delivery, Outcome.DEAD)], Breaker())
        assert [d.position for d in await delivered(world)] == [2]

    async def test_nobody_gets_more_than_her_share(self, world: OutboxWorld) -> None:
        tenant_id = a_tenant()
        greedy, modest = a_subscriber(tenant_id), a_subscriber(tenant_id)
        await world.subscribe(greedy)
        await world.subscribe(modest)
        for _ in range(5):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        claimed = await claim(world, each=3, busy={greedy.id: 2})
        shares = [delivery.subscriber.id for delivery in claimed]
        assert (shares.count(greedy.id), shares.count(modest.id)) == (1, 3)
        assert len(await claim(world, room=1)) == 1
