"""Subscriptions: who is told, as its tenant says."""

import asyncio

import pytest
from attrs import evolve

from events_core.domain.audit import Deed
from events_core.domain.exposure import Visibility
from events_core.domain.identity import TenantId
from events_core.domain.publication import Audience
from events_core.errors import TooManySubscriptions
from events_core.ports.outbox import Breaker, Kind, Outcome, State
from events_core.ports.publishing import NewTerms, SubscriptionBook, Terms
from events_core.testing.builders import (
    a_cause,
    a_community,
    a_tenant,
    an_event,
    arrival_of,
    new_uuid,
)
from events_core.testing.contracts.outbox import (
    HOUR,
    TOUCHY,
    a_subscriber,
    claim,
    result,
)
from events_core.testing.contracts.publishing.world import (
    AT_URL,
    URL,
    OfPublishing,
    PublishingWorld,
    subscribed,
)
from events_core.testing.contracts.store.audit import trail_of


class SubscriptionsContract(OfPublishing):
    """What is promised of subscriptions."""

    @pytest.fixture
    def book(self, world: PublishingWorld, tenant_id: TenantId) -> SubscriptionBook:
        """Return that tenant's subscriptions."""
        return world.publishing.of(tenant_id, a_cause()).subscriptions

    async def test_a_subscription_is_as_it_was_asked_for_and_new(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        terms = Terms(
            url=URL,
            signing=Kind.INTERNAL,
            description="The calendar on the wall",
            event_types=frozenset({"event.created", "event.deleted"}),
            scope=a_community(),
        )
        there = await subscribed(world, tenant_id, terms)
        assert there.terms == terms
        assert (there.state, there.reason) == (State.ACTIVE, None)
        assert (there.pending, there.dead) == (0, 0)
        assert (there.failing_since, there.open_until) == (None, None)
        plain = await subscribed(world, tenant_id)
        assert plain.terms == Terms(url=URL)
        assert plain.created_at >= there.created_at

    async def test_every_change_of_a_subscription_is_in_the_audit_trail(
        self, world: PublishingWorld, tenant_id: TenantId
    ) -> None:
        cause, one, none = a_cause(), new_uuid(), new_uuid()
        book = world.publishing.of(tenant_id, cause).subscriptions
        for _ in range(2):
            await book.add(one, AT_URL, most=1)
        paused = NewTerms(description="On the wall", state=State.PAUSED)
        for subscription_id in (one, none):
            await book.change(subscription_id, paused)
            await book.rotate(subscription_id)
            await book.remove(subscription_id)
        with pytest.raises(TooManySubscriptions):
            await book.add(none, AT_URL, most=0)
        while await world.outbox.advance():
            pass
        entries = [chained.entry for chained in await trail_of(world.store, tenant_id)]
        assert [(entry.deed, entry.names) for entry in entries] == [
            (Deed.SUBSCRIBED, ()),
            (Deed.RESECRETED, ()),
            (Deed.SUBSCRIPTION_CHANGED, ("description", "state")),
            (Deed.RESECRETED, ()),
            (Deed.SUBSCRIPTION_ENDED, ()),
        ]
        assert {(entry.subject_id, entry.by) for entry in entries} == {(one, cause.by)}

    async def test_she_is_told_of_what_is_public_from_now_on_signed_with_her_secret(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        while await world.outbox.advance():
            pass
        secret = await book.add(new_uuid(), Terms(url=URL), most=1)
        event = an_event(tenant_id=tenant_id)
        await world.publish(arrival_of(event))
        hidden = an_event(tenant_id=tenant_id, visibility=Visibility.PRIVATE)
        await world.publish(arrival_of(hidden))
        [delivery] = await claim(world)
        assert delivery.position == 2
        assert delivery.subscriber.secrets == (secret,)
        assert len(secret) >= 24
        audience = delivery.subscriber.audience
        assert audience == Audience(tenant_id=tenant_id)

    async def test_added_again_it_is_the_same_one_with_a_further_secret(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        subscription_id = new_uuid()
        first = await book.add(subscription_id, Terms(url=URL), most=1)
        second = await book.add(subscription_id, Terms(url=URL), most=1)
        assert (await book.page(limit=10, offset=0))[1] == 1
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        [delivery] = await claim(world)
        assert delivery.subscriber.secrets == (second, first)

    async def test_there_are_no_more_than_there_may_be(
        self, world: PublishingWorld, book: SubscriptionBook
    ) -> None:
        for _ in range(2):
            await book.add(new_uuid(), Terms(url=URL), most=2)
        with pytest.raises(TooManySubscriptions):
            await book.add(new_uuid(), Terms(url=URL), most=2)
        assert (await book.page(limit=10, offset=0))[1] == 2
        elsewhere = world.publishing.of(a_tenant(), a_cause()).subscriptions
        await elsewhere.add(new_uuid(), Terms(url=URL), most=2)

    async def test_of_many_who_race_no_more_get_in_than_there_may_be(
        self, world: PublishingWorld, book: SubscriptionBook
    ) -> None:
        await book.add(new_uuid(), Terms(url=URL), most=3)
        racing = (book.add(new_uuid(), Terms(url=URL), most=3) for _ in range(8))
        came = await asyncio.gather(*racing, return_exceptions=True)
        refused = [one for one in came if isinstance(one, TooManySubscriptions)]
        assert len(refused) == 6
        assert (await book.page(limit=10, offset=0))[1] == 3

    async def test_the_list_has_them_in_the_order_in_which_they_came(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        for _ in range(5):
            await subscribed(world, tenant_id)
        every, total = await book.page(limit=10, offset=0)
        assert total == 5
        order = [(one.created_at, one.id) for one in every]
        assert order == sorted(order)
        parts = [await book.page(limit=2, offset=offset) for offset in (0, 2, 4, 6)]
        assert [one for part, _ in parts for one in part] == [*every]
        assert {number for _, number in parts} == {5}

    async def test_another_tenants_and_the_operators_are_not_there(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        foreign = (await subscribed(world, a_tenant())).id
        wide = Audience(tenant_id=tenant_id, visibilities=frozenset(Visibility))
        personal = Audience(tenant_id=tenant_id, persons=True)
        operators = [
            a_subscriber(tenant_id, audience=wide),
            a_subscriber(tenant_id, audience=personal),
            a_subscriber(tenant_id, kind=Kind.ACTIVITY),
            a_subscriber(None),
        ]
        for subscriber in operators:
            await world.subscribe(subscriber)
        assert await book.page(limit=10, offset=0) == ([], 0)
        for hidden in (foreign, *(one.id for one in operators), new_uuid()):
            assert await book.find(hidden) is None
            assert await book.change(hidden, NewTerms(url=f"{URL}/mine")) is None
            assert await book.rotate(hidden) is None
            assert not await book.remove(hidden)
        await book.add(new_uuid(), Terms(url=URL), most=1)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        told = await claim(world)
        assert {one.id for one in operators} < {d.subscriber.id for d in told}
        assert f"{URL}/mine" not in {d.subscriber.url for d in told}

    async def test_what_an_operator_made_for_the_tenant_alone_is_the_tenants_too(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        subscriber = a_subscriber(tenant_id)
        await world.subscribe(subscriber)
        found = await book.find(subscriber.id)
        assert found is not None
        assert found.terms.url == subscriber.url

    async def test_what_is_changed_counts_and_the_rest_stays(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        community = a_community()
        there = await subscribed(world, tenant_id)
        for change, terms in (
            (NewTerms(url=f"{URL}/2"), {"url": f"{URL}/2"}),
            (NewTerms(description="Two"), {"description": "Two"}),
            (NewTerms(scope=community), {"scope": community}),
            (
                NewTerms(event_types=frozenset({"event.deleted"}), scope=None),
                {"event_types": frozenset({"event.deleted"}), "scope": None},
            ),
            (NewTerms(event_types=None), {"event_types": None}),
            (NewTerms(state=State.PAUSED), {}),
        ):
            there = evolve(there, terms=evolve(there.terms, **terms))
            if change.state is State.PAUSED:
                there = evolve(there, state=State.PAUSED)
            assert await book.change(there.id, change) == there
            assert await book.find(there.id) == there

    async def test_who_is_paused_is_told_all_she_missed_when_she_is_back(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        there = await subscribed(world, tenant_id)
        await book.change(there.id, NewTerms(state=State.PAUSED))
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        assert not await claim(world)
        await book.change(there.id, NewTerms(state=State.ACTIVE))
        assert len(await claim(world)) == 1

    async def test_a_new_url_is_tried_at_once_however_often_the_old_one_failed(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        there = await subscribed(world, tenant_id)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        [one, _] = await claim(world)
        await world.outbox.settle([result(one, Outcome.AGAIN, HOUR)], TOUCHY)
        left_alone = await book.find(there.id)
        assert left_alone is not None
        assert left_alone.open_until is not None
        assert left_alone.failing_since is not None
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        assert not await claim(world)
        changed = await book.change(there.id, NewTerms(url=f"{URL}/new"))
        assert changed is not None
        assert (changed.open_until, changed.failing_since) == (None, None)
        assert {d.subscriber.url for d in await claim(world)} == {f"{URL}/new"}

    async def test_who_is_disabled_is_shown_with_the_reason_until_she_is_back(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        there = await subscribed(world, tenant_id)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        [delivery] = await claim(world)
        assert await world.outbox.settle([result(delivery, Outcome.GONE)], Breaker())
        disabled = await book.find(there.id)
        assert disabled is not None
        assert (disabled.state, disabled.reason) == (State.DISABLED, "410 Gone")
        back = await book.change(there.id, NewTerms(state=State.ACTIVE))
        assert back is not None
        assert (back.state, back.reason) == (State.ACTIVE, None)
        assert len(await claim(world)) == 1

    async def test_what_is_laid_out_and_not_delivered_is_counted(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        there = await subscribed(world, tenant_id)
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        one, *_ = await claim(world)
        await world.outbox.settle([result(one)], Breaker())
        found = await book.find(there.id)
        assert found is not None
        assert found.pending == 2
        assert (await book.page(limit=1, offset=0))[0] == [found]

    async def test_who_is_removed_hears_nothing_more(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        there = await subscribed(world, tenant_id)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        [delivery] = await claim(world)
        assert await book.remove(there.id)
        assert await world.outbox.settle([result(delivery)], Breaker()) == 0
        assert await book.find(there.id) is None
        assert not await book.remove(there.id)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        assert not await claim(world)

    async def test_a_new_secret_signs_beside_the_last_few(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        subscription_id = new_uuid()
        secrets = [await book.add(subscription_id, Terms(url=URL), most=1)]
        for _ in range(5):
            fresh = await book.rotate(subscription_id)
            assert fresh is not None
            secrets.insert(0, fresh)
        assert len(set(secrets)) == 6
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        [delivery] = await claim(world)
        assert delivery.subscriber.secrets == tuple(secrets[:5])
