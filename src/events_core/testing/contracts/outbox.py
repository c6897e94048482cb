"""What every ``Outbox`` promises.

Subclass the suite and override ``make_world``. Each test works in a tenant of its
own; whoever subscribes to one tenant hears of no other.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import pytest
from attrs import evolve

from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import TenantId
from events_core.domain.publication import Audience
from events_core.ports.outbox import (
    Breaker,
    Delivery,
    Kind,
    Outbox,
    Outcome,
    Result,
    State,
    Subscriber,
)
from events_core.testing.builders import (
    a_tenant,
    an_event,
    arrival_of,
    new_uuid,
    step_between,
)

KEEP = timedelta(seconds=45)
HOUR = timedelta(hours=1)

#: Opens at once and for good, for what is about being left alone.
TOUCHY = Breaker(opens_after=1, pauses=(HOUR,))


class OutboxWorld(Protocol):
    """An outbox, and what goes in where it is tested."""

    @property
    def outbox(self) -> Outbox:
        """The outbox under test."""
        ...

    async def publish(self, change: Change[Event]) -> None:
        """Commit a change with its facts."""
        ...

    async def subscribe(self, subscriber: Subscriber) -> None:
        """Have somebody told of what is published from now on."""
        ...

    async def state_of(self, subscriber: Subscriber) -> State:
        """Return whether somebody is told anything."""
        ...

    async def resume(self, subscriber: Subscriber) -> None:
        """Make somebody active who was not."""
        ...


MakeWorld = Callable[[], Awaitable[OutboxWorld]]


def a_subscriber(
    tenant_id: TenantId | None,
    *,
    kind: Kind = Kind.STANDARD,
    audience: Audience | None = None,
) -> Subscriber:
    """Return somebody who wants to hear of what is public in a tenant."""
    return Subscriber(
        id=new_uuid(),
        kind=kind,
        url="https://subscriber.example/",
        audience=audience or Audience(tenant_id=tenant_id),
        secrets=(b"s" * 32,),
    )


def next_of(event: Event, **changes: Any) -> Event:  # noqa: ANN401 (a field's own)
    """Return the event's next version."""
    details = evolve(event.details, title=f"{event.details.title}!")
    return evolve(event, version=event.version + 1, details=details, **changes)


def result(
    delivery: Delivery,
    outcome: Outcome | None = Outcome.DELIVERED,
    after: timedelta = timedelta(0),
) -> Result:
    """Return what came of a delivery."""
    return Result(delivery=delivery, outcome=outcome, after=after)


class OutboxContract:
    """The suite. ``make_world`` is the only thing to override."""

    @pytest.fixture
    def make_world(self) -> MakeWorld:
        """Return a factory of a world around the outbox under test."""
        raise NotImplementedError

    @pytest.fixture
    async def world(self, make_world: MakeWorld) -> OutboxWorld:
        """Return the world of one test."""
        return await make_world()

    async def claim(
        self,
        world: OutboxWorld,
        *,
        room: int = 100,
        each: int = 100,
        busy: dict[UUID, int] | None = None,
        keep: timedelta = KEEP,
    ) -> Sequence[Delivery]:
        """Claim with what does not matter to the test filled in."""
        while await world.outbox.advance():
            pass
        return await world.outbox.claim(
            room=room, each=each, busy=busy or {}, keep=keep
        )

    async def delivered(self, world: OutboxWorld) -> list[Delivery]:
        """Deliver all there is, and return it in the order in which it went."""
        told: list[Delivery] = []
        while claimed := await self.claim(world):
            told += claimed
            settled = [result(delivery) for delivery in claimed]
            assert await world.outbox.settle(settled, Breaker()) == len(claimed)
        return told

    async def test_a_committed_fact_reaches_who_subscribed_before(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        await world.publish(arrival_of(an_event(tenant_id=event.tenant_id)))
        await self.delivered(world)
        await world.subscribe(a_subscriber(event.tenant_id))
        change = arrival_of(event)
        await world.publish(change)
        [delivery] = await self.delivered(world)
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
        first = await self.claim(world)
        assert [delivery.position for delivery in first] == [1, 3]
        assert not await self.claim(world)
        await world.outbox.settle([result(first[0])], Breaker())
        assert [d.position for d in await self.claim(world)] == [2]

    async def test_activity_is_told_of_one_thing_at_a_time_in_a_tenant(
        self, world: OutboxWorld
    ) -> None:
        tenant_id = a_tenant()
        await world.subscribe(a_subscriber(tenant_id, kind=Kind.ACTIVITY))
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        for position in (1, 2, 3):
            [delivery] = await self.claim(world)
            assert delivery.position == position
            await world.outbox.settle([result(delivery)], Breaker())

    async def test_what_failed_comes_again_with_the_same_bytes_and_id(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        await world.publish(step_between(event, next_of(event)))
        [first] = await self.claim(world)
        await world.outbox.settle([result(first, Outcome.AGAIN)], Breaker())
        [second] = await self.claim(world)
        assert (second.body, second.message_id) == (first.body, first.message_id)
        assert (first.attempt, second.attempt) == (1, 2)

    async def test_nothing_comes_again_before_its_time(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        [delivery] = await self.claim(world)
        await world.outbox.settle([result(delivery, Outcome.AGAIN, HOUR)], Breaker())
        assert not await self.claim(world)
        due_in = await world.outbox.due_in()
        assert due_in is not None
        assert due_in <= HOUR

    async def test_a_claim_that_ran_out_is_anybodys_and_no_longer_its_holders(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        [frozen] = await self.claim(world, keep=timedelta(0))
        [taken] = await self.claim(world)
        assert taken.place == frozen.place
        assert await world.outbox.settle([result(frozen)], Breaker()) == 0
        assert await world.outbox.settle([result(taken)], Breaker()) == 1

    async def test_who_held_a_claim_that_ran_out_says_nothing_of_anybodys_health(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        subscriber = a_subscriber(event.tenant_id)
        await world.subscribe(subscriber)
        await world.publish(arrival_of(event))
        for outcome in (Outcome.AGAIN, Outcome.GONE):
            [frozen] = await self.claim(world, keep=timedelta(0))
            [taken] = await self.claim(world, keep=timedelta(0))
            await world.outbox.settle([result(frozen, outcome)], TOUCHY)
            assert await world.state_of(subscriber) is State.ACTIVE
        [taken] = await self.claim(world)
        assert await world.outbox.settle([result(taken)], TOUCHY) == 1

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
        claimed = await self.claim(world, room=4, each=20, busy=busy)
        shares = [delivery.subscriber.id for delivery in claimed]
        third, second = subscribers[2].id, subscribers[1].id
        assert (shares.count(third), shares.count(second)) == (3, 1)

    async def test_what_was_not_tried_counts_as_no_attempt(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        [delivery] = await self.claim(world)
        await world.outbox.settle([result(delivery, None)], TOUCHY)
        [again] = await self.claim(world)
        assert again.attempt == 1

    async def test_the_dead_hold_up_nothing(self, world: OutboxWorld) -> None:
        event = an_event()
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        await world.publish(step_between(event, next_of(event)))
        [delivery] = await self.claim(world)
        await world.outbox.settle([result(delivery, Outcome.DEAD)], Breaker())
        assert [d.position for d in await self.delivered(world)] == [2]

    async def test_who_fails_is_left_alone_and_delays_nobody_else(
        self, world: OutboxWorld
    ) -> None:
        tenant_id = a_tenant()
        sick, sound = a_subscriber(tenant_id), a_subscriber(tenant_id)
        await world.subscribe(sick)
        await world.subscribe(sound)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        failed = [
            result(delivery, Outcome.AGAIN)
            for delivery in await self.claim(world)
            if delivery.subscriber.id == sick.id
        ]
        await world.outbox.settle(failed, TOUCHY)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        told = {delivery.subscriber.id for delivery in await self.claim(world)}
        assert told == {sound.id}

    async def test_who_may_be_well_again_is_asked_with_one_delivery(
        self, world: OutboxWorld
    ) -> None:
        tenant_id = a_tenant()
        await world.subscribe(a_subscriber(tenant_id))
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        short = Breaker(opens_after=3, pauses=(timedelta(0),))
        claimed = await self.claim(world)
        failed = [result(delivery, Outcome.AGAIN) for delivery in claimed]
        await world.outbox.settle(failed, short)
        [probe] = await self.claim(world)
        await world.outbox.settle([result(probe)], short)
        assert len(await self.claim(world)) == 2

    async def test_who_is_gone_hears_nothing_until_she_is_back_and_then_all(
        self, world: OutboxWorld
    ) -> None:
        tenant_id = a_tenant()
        subscriber = a_subscriber(tenant_id)
        await world.subscribe(subscriber)
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        first, second, third = await self.claim(world)
        results = [result(second), result(first, Outcome.GONE)]
        await world.outbox.settle(results, Breaker())
        assert await world.state_of(subscriber) is State.DISABLED
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        assert not await self.claim(world)
        await world.resume(subscriber)
        # At least once: what was delivered while an earlier one was not comes again.
        told = [delivery.position for delivery in await self.delivered(world)]
        assert told[0] == first.position
        # The fourth fact is that she was disabled.
        assert {third.position, 5} <= set(told)

    async def test_who_fails_for_too_long_is_disabled(self, world: OutboxWorld) -> None:
        event = an_event()
        subscriber = a_subscriber(event.tenant_id)
        await world.subscribe(subscriber)
        await world.publish(arrival_of(event))
        hasty = Breaker(gives_up_after=timedelta(microseconds=-1))
        [delivery] = await self.claim(world)
        await world.outbox.settle([result(delivery, Outcome.AGAIN)], hasty)
        assert await world.state_of(subscriber) is State.DISABLED

    async def test_that_somebody_was_disabled_is_told_once_to_who_asked_and_may_know(
        self, world: OutboxWorld
    ) -> None:
        tenant_id, named = a_tenant(), frozenset({"subscription.disabled"})
        hers, foreign, operators = (
            a_subscriber(of, audience=Audience(tenant_id=of, event_types=named))
            for of in (tenant_id, a_tenant(), None)
        )
        plain = a_subscriber(tenant_id)
        wide = a_subscriber(
            tenant_id, audience=Audience(tenant_id=tenant_id, persons=True)
        )
        for subscriber in (hers, foreign, operators, plain, wide):
            await world.subscribe(subscriber)
        for _ in range(2):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        gone = [result(d, Outcome.GONE) for d in await self.claim(world)]
        assert {r.delivery.subscriber.id for r in gone} == {plain.id, wide.id}
        await world.outbox.settle(gone, Breaker())
        told = [
            (delivery.subscriber.id, said["subscription_id"], said["tenant_id"])
            for delivery in await self.delivered(world)
            if (said := json.loads(delivery.body or b""))["reason"] == "410 Gone"
        ]
        here, nowhere = str(tenant_id), str(UUID(int=0))
        assert sorted(told, key=str) == sorted(
            [
                (hers.id, str(plain.id), here),
                (operators.id, str(plain.id), here),
                # What an operator widened is hers, and nobody else hears of it.
                (operators.id, str(wide.id), nowhere),
            ],
            key=str,
        )

    async def test_of_all_tenants_is_told_after_a_fact_that_is_no_tenants(
        self, world: OutboxWorld
    ) -> None:
        gone, everybody = a_subscriber(None), a_subscriber(None)
        await world.subscribe(gone)
        await world.subscribe(everybody)
        event = an_event()
        await world.publish(arrival_of(event))
        results = [
            result(d, Outcome.GONE if d.subscriber.id == gone.id else Outcome.DELIVERED)
            for d in await self.claim(world)
        ]
        await world.outbox.settle(results, Breaker())
        assert not await self.claim(world)
        await world.publish(arrival_of(an_event()))
        assert len(await self.delivered(world)) == 1

    async def test_nobody_gets_more_than_her_share(self, world: OutboxWorld) -> None:
        tenant_id = a_tenant()
        greedy, modest = a_subscriber(tenant_id), a_subscriber(tenant_id)
        await world.subscribe(greedy)
        await world.subscribe(modest)
        for _ in range(5):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        claimed = await self.claim(world, each=3, busy={greedy.id: 2})
        shares = [delivery.subscriber.id for delivery in claimed]
        assert (shares.count(greedy.id), shares.count(modest.id)) == (1, 3)
        assert len(await self.claim(world, room=1)) == 1

    async def test_a_tenants_subscriber_hears_of_no_other_tenant(
        self, world: OutboxWorld
    ) -> None:
        await world.subscribe(a_subscriber(a_tenant()))
        event = an_event()
        everybody = a_subscriber(None)
        await world.subscribe(everybody)
        await world.publish(arrival_of(event))
        told = await self.delivered(world)
        assert [delivery.subscriber.id for delivery in told] == [everybody.id]

    async def test_what_is_widened_is_created_and_what_is_narrowed_withdrawn(
        self, world: OutboxWorld
    ) -> None:
        event = an_event(visibility=Visibility.PRIVATE)
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        wide = next_of(event, visibility=Visibility.PUBLIC)
        await world.publish(step_between(event, wide))
        narrow = next_of(wide, visibility=Visibility.PRIVATE)
        await world.publish(step_between(wide, narrow))
        created, withdrawn = await self.delivered(world)
        assert created.body is not None
        assert withdrawn.body is not None
        told = json.loads(created.body)
        assert told["event_type"] == created.event_type == "event.created"
        assert told["title"] == wide.details.title
        assert told["created_by"] == str(event.created_by)
        assert told["starts_at"] == f"{wide.schedule.starts_at:%Y-%m-%dT%H:%M:%SZ}"
        told = json.loads(withdrawn.body)
        assert told["event_type"] == withdrawn.event_type == "event.withdrawn"
        assert "title" not in told

    async def test_a_draft_is_told_to_nobody(self, world: OutboxWorld) -> None:
        event = an_event(status=Status.DRAFT)
        await world.subscribe(a_subscriber(event.tenant_id))
        await world.publish(arrival_of(event))
        await world.publish(step_between(event, next_of(event)))
        assert not await self.delivered(world)
