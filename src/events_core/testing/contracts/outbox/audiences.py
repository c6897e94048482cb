"""Audiences: who hears of a thing, and in what form."""

import json
from uuid import UUID

from events_core.domain.exposure import Status, Visibility
from events_core.domain.publication import Audience
from events_core.ports.outbox import Breaker, Outcome
from events_core.testing.builders import a_tenant, an_event, arrival_of, step_between
from events_core.testing.contracts.outbox.world import (
    OfOutbox,
    OutboxWorld,
    a_subscriber,
    claim,
    delivered,
    next_of,
    result,
)


class AudiencesContract(OfOutbox):
    """Who hears of a thing, and in what form."""

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
        gone = [result(d, Outcome.GONE) for d in await claim(world)]
        assert {r.delivery.subscriber.id for r in gone} == {plain.id, wide.id}
        await world.outbox.settle(gone, Breaker())
        told = [
            (delivery.subscriber.id, said["subscription_id"], said["tenant_id"])
            for delivery in await delivered(world)
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
            for d in await claim(world)
        ]
        await world.outbox.settle(results, Breaker())
        assert not await claim(world)
        await world.publish(arrival_of(an_event()))
        assert len(await delivered(world)) == 1

    async def test_a_tenants_subscriber_hears_of_no_other_tenant(
        self, world: OutboxWorld
    ) -> None:
        await world.subscribe(a_subscriber(a_tenant()))
        event = an_event()
        everybody = a_subscriber(None)
        await world.subscribe(everybody)
        await world.publish(arrival_of(event))
        told = await delivered(world)
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
        created, withdrawn = await delivered(world)
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
        assert not await delivered(world)
