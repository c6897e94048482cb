"""The feed: facts for who fetches them."""

import json

import pytest
from attrs import evolve

from events_core.domain.exposure import Visibility
from events_core.domain.identity import TenantId
from events_core.domain.publication import Audience
from events_core.errors import FactsGone
from events_core.ports.outbox import Breaker, Outcome
from events_core.ports.publishing import FeedPlace
from events_core.testing.builders import (
    NOW,
    a_cause,
    a_community,
    a_message_id,
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.outbox import claim, delivered, next_of, result
from events_core.testing.contracts.publishing.world import (
    OfPublishing,
    PublishingWorld,
    subscribed,
)


class FeedContract(OfPublishing):
    """What is promised of facts that are fetched."""

    async def test_facts_are_told_as_to_a_subscriber_and_in_order(
        self, world: PublishingWorld, tenant_id: TenantId
    ) -> None:
        await subscribed(world, tenant_id)
        community = a_community()
        event = an_event(tenant_id=tenant_id, visibility=Visibility.PRIVATE)
        wide = next_of(event, visibility=Visibility.PUBLIC)
        for change in (
            arrival_of(event),
            step_between(event, wide),
            arrival_of(an_event(tenant_id=tenant_id, scope=community)),
            step_between(wide, next_of(wide, visibility=Visibility.PRIVATE)),
            arrival_of(an_event(tenant_id=a_tenant())),
        ):
            await world.publish(change)
        told = await delivered(world)
        feed = world.publishing.of(tenant_id, a_cause()).feed
        audience = Audience(tenant_id=tenant_id)
        page = await feed.read(audience, after=None, limit=10)
        by_position = sorted(told, key=lambda delivery: delivery.position)
        assert [t.encode() for t in page.texts] == [d.body for d in by_position]
        assert (page.place, page.more) == (FeedPlace(4, 0), False)
        here = await feed.read(evolve(audience, scope=community), after=None, limit=10)
        assert [*here.texts] == [page.texts[1]]
        kind = frozenset({"event.withdrawn"})
        gone = await feed.read(
            evolve(audience, event_types=kind), after=FeedPlace(1, 0), limit=10
        )
        assert [*gone.texts] == [page.texts[2]]

    async def test_who_goes_on_after_each_page_gets_every_fact_once(
        self, world: PublishingWorld, tenant_id: TenantId
    ) -> None:
        feed, audience = (
            world.publishing.of(tenant_id, a_cause()).feed,
            Audience(tenant_id=tenant_id),
        )
        empty = await feed.read(audience, after=None, limit=2)
        assert ([*empty.texts], empty.place, empty.more) == ([], FeedPlace(0, 0), False)
        positions: list[int] = []
        place = empty.place
        for number in (3, 1, 0, 2):
            for _ in range(number):
                await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
            while await world.outbox.advance():
                pass
            more = True
            while more:
                page = await feed.read(audience, after=place, limit=2)
                assert len(page.texts) <= 2
                positions += [json.loads(text)["position"] for text in page.texts]
                place, more = page.place, page.more
        assert positions == [1, 2, 3, 4, 5, 6]

    async def test_of_subscriptions_only_is_told_what_is_asked_for_by_name(
        self, world: PublishingWorld, tenant_id: TenantId
    ) -> None:
        one = await subscribed(world, tenant_id)
        here = world.publishing.of(tenant_id, a_cause())
        assert await here.dispatches.send_test(one.id, a_message_id(), NOW)
        gone = [result(d, Outcome.GONE) for d in await claim(world)]
        await world.outbox.settle(gone, Breaker())
        while await world.outbox.advance():
            pass
        audience = Audience(tenant_id=tenant_id)
        page = await here.feed.read(audience, after=None, limit=9)
        assert ([*page.texts], page.place) == ([], FeedPlace(2, 0))
        both = frozenset({"subscription.disabled", "subscription.test"})
        named = evolve(audience, event_types=both)
        page = await here.feed.read(named, after=None, limit=9)
        [disabled] = map(json.loads, page.texts)
        assert disabled["event_type"] == "subscription.disabled"
        assert disabled["subscription_id"] == str(one.id)
        assert disabled["reason"] == "410 Gone"

    async def test_who_has_read_more_than_there_is_any_more_is_told_so(
        self, world: PublishingWorld, tenant_id: TenantId
    ) -> None:
        """As after a restore: what comes next would be taken for what she has."""
        feed = world.publishing.of(tenant_id, a_cause()).feed
        audience = Audience(tenant_id=tenant_id)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        while await world.outbox.advance():
            pass
        assert not (await feed.read(audience, after=FeedPlace(1, 0), limit=9)).texts
        with pytest.raises(FactsGone):
            await feed.read(audience, after=FeedPlace(2, 0), limit=9)

    async def test_who_has_read_something_else_than_is_there_is_told_so(
        self, world: PublishingWorld, tenant_id: TenantId
    ) -> None:
        """As when a restore has been made good since: positions are given anew."""
        feed = world.publishing.of(tenant_id, a_cause()).feed
        audience = Audience(tenant_id=tenant_id)
        hidden = an_event(tenant_id=tenant_id, visibility=Visibility.PRIVATE)
        for event in (an_event(tenant_id=tenant_id), hidden):
            await world.publish(arrival_of(event))
            while await world.outbox.advance():
                pass
            first = await feed.read(audience, after=None, limit=9)
            for _ in range(2):
                page = await feed.read(audience, after=first.place, limit=9)
                assert ([*page.texts], page.place) == ([], first.place)
                assert page.place.mark == first.place.mark != 0
            other = evolve(first.place, mark=first.place.mark + 1)
            with pytest.raises(FactsGone):
                await feed.read(audience, after=other, limit=9)

    async def test_what_has_no_position_yet_is_not_told(
        self, world: PublishingWorld, tenant_id: TenantId
    ) -> None:
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        feed = world.publishing.of(tenant_id, a_cause()).feed
        page = await feed.read(Audience(tenant_id=tenant_id), after=None, limit=2)
        assert ([*page.texts], page.more) == ([], False)
