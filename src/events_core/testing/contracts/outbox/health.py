"""Health: who is told, who is left alone, and who no longer."""

from datetime import timedelta

from attrs import evolve

from events_core.ports.outbox import Breaker, Outcome, State
from events_core.testing.builders import a_tenant, an_event, arrival_of
from events_core.testing.contracts.outbox.world import (
    HOUR,
    TOUCHY,
    OfOutbox,
    OutboxWorld,
    a_subscriber,
    claim,
    delivered,
    result,
)


class HealthContract(OfOutbox):
    """Who fails is left alone for a while, or for good, and delays nobody else."""

    async def test_who_held_a_claim_that_ran_out_says_nothing_of_anybodys_health(
        self, world: OutboxWorld
    ) -> None:
        event = an_event()
        subscriber = a_subscriber(event.tenant_id)
        await world.subscribe(subscriber)
        await world.publish(arrival_of(event))
        for outcome in (Outcome.AGAIN, Outcome.GONE):
            [frozen] = await claim(world, keep=timedelta(0))
            [taken] = await claim(world, keep=timedelta(0))
            await world.outbox.settle([result(frozen, outcome)], TOUCHY)
            assert await world.state_of(subscriber) is State.ACTIVE
        [taken] = await claim(world)
        assert await world.outbox.settle([result(taken)], TOUCHY) == 1

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
            for delivery in await claim(world)
            if delivery.subscriber.id == sick.id
        ]
        await world.outbox.settle(failed, TOUCHY)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        told = {delivery.subscriber.id for delivery in await claim(world)}
        assert told == {sound.id}

    async def test_who_may_be_well_again_is_asked_with_one_delivery(
        self, world: OutboxWorld
    ) -> None:
        tenant_id = a_tenant()
        await world.subscribe(a_subscriber(tenant_id))
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        short = Breaker(opens_after=3, pauses=(timedelta(0),))
        claimed = await claim(world)
        failed = [result(delivery, Outcome.AGAIN) for delivery in claimed]
        await world.outbox.settle(failed, short)
        [probe] = await claim(world)
        await world.outbox.settle([result(probe)], short)
        assert len(await claim(world)) == 2

    async def test_who_asks_to_be_left_alone_is_so_whatever_else_she_said(
        self, world: OutboxWorld
    ) -> None:
        """At once, and whoever answers late: before, beside, or after it."""
        tenant_id = a_tenant()
        await world.subscribe(a_subscriber(tenant_id))
        for _ in range(4):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        before, asks, beside, late = [result(d) for d in await claim(world)]
        asks = evolve(asks, outcome=Outcome.AGAIN, leave_alone=HOUR)
        for said in ([before], [asks, beside], [late]):
            assert await world.outbox.settle(said, Breaker()) == len(said)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        assert not await claim(world)
        due_in = await world.outbox.due_in()
        assert due_in is not None
        assert HOUR / 2 < due_in <= HOUR

    async def test_who_is_gone_hears_nothing_until_she_is_back_and_then_all(
        self, world: OutboxWorld
    ) -> None:
        tenant_id = a_tenant()
        subscriber = a_subscriber(tenant_id)
        await world.subscribe(subscriber)
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        first, second, third = await claim(world)
        results = [result(second), result(first, Outcome.GONE)]
        await world.outbox.settle(results, Breaker())
        assert await world.state_of(subscriber) is State.DISABLED
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        assert not await claim(world)
        await world.resume(subscriber)
        # At least once: what was delivered while an earlier one was not comes again.
        told = [delivery.position for delivery in await delivered(world)]
        assert told[0] == first.position
        # The fourth fact is that she was disabled.
        assert {third.position, 5} <= set(told)

    async def test_who_fails_for_too_long_is_disabled(self, world: OutboxWorld) -> None:
        event = an_event()
        subscriber = a_subscriber(event.tenant_id)
        await world.subscribe(subscriber)
        await world.publish(arrival_of(event))
        hasty = Breaker(gives_up_after=timedelta(microseconds=-1))
        [delivery] = await claim(world)
        await world.outbox.settle([result(delivery, Outcome.AGAIN)], hasty)
        assert await world.state_of(subscriber) is State.DISABLED
