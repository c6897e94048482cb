"""What every ``Publishing`` promises.

Subclass the suite and override ``make_world``. Each test works in tenants of its own.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import pytest
from attrs import evolve

from events_core.domain.exposure import Visibility
from events_core.domain.identity import TenantId
from events_core.domain.publication import Audience
from events_core.errors import TooManySubscriptions
from events_core.ports.outbox import Breaker, Delivery, Kind, Outcome, State
from events_core.ports.publishing import (
    NewTerms,
    Publishing,
    Subscription,
    SubscriptionBook,
    Terms,
)
from events_core.testing.builders import (
    a_community,
    a_tenant,
    an_event,
    arrival_of,
    new_uuid,
)
from events_core.testing.contracts.outbox import (
    HOUR,
    KEEP,
    TOUCHY,
    OutboxWorld,
    a_subscriber,
    result,
)

URL = "https://subscriber.example/hook"
AT_URL = Terms(url=URL)


class PublishingWorld(OutboxWorld, Protocol):
    """An outbox, and what manages who is told of what is in it."""

    @property
    def publishing(self) -> Publishing:
        """The publishing under test."""
        ...


MakeWorld = Callable[[], Awaitable[PublishingWorld]]


async def subscribed(
    world: PublishingWorld, tenant_id: TenantId, terms: Terms = AT_URL
) -> Subscription:
    """Return a new subscription of a tenant."""
    book, subscription_id = world.publishing.of(tenant_id).subscriptions, new_uuid()
    await book.add(subscription_id, terms, most=100)
    found = await book.find(subscription_id)
    assert found is not None
    return found


async def claimed(world: PublishingWorld) -> Sequence[Delivery]:
    """Claim whatever is due."""
    while await world.outbox.advance():
        pass
    return await world.outbox.claim(room=100, each=100, busy={}, keep=KEEP)


class SubscriptionsContract:
    """What is promised of subscriptions."""

    @pytest.fixture
    def make_world(self) -> MakeWorld:
        """Return a factory of a world around the publishing under test."""
        raise NotImplementedError

    @pytest.fixture
    async def world(self, make_world: MakeWorld) -> PublishingWorld:
        """Return the world of one test."""
        return await make_world()

    @pytest.fixture
    def tenant_id(self) -> TenantId:
        """Return the tenant of one test."""
        return a_tenant()

    @pytest.fixture
    def book(self, world: PublishingWorld, tenant_id: TenantId) -> SubscriptionBook:
        """Return that tenant's subscriptions."""
        return world.publishing.of(tenant_id).subscriptions

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
        [delivery] = await claimed(world)
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
        [delivery] = await claimed(world)
        assert delivery.subscriber.secrets == (second, first)

    async def test_there_are_no_more_than_there_may_be(
        self, world: PublishingWorld, book: SubscriptionBook
    ) -> None:
        for _ in range(2):
            await book.add(new_uuid(), Terms(url=URL), most=2)
        with pytest.raises(TooManySubscriptions):
            await book.add(new_uuid(), Terms(url=URL), most=2)
        assert (await book.page(limit=10, offset=0))[1] == 2
        elsewhere = world.publishing.of(a_tenant()).subscriptions
        await elsewhere.add(new_uuid(), Terms(url=URL), most=2)

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
        told = await claimed(world)
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
        assert not await claimed(world)
        await book.change(there.id, NewTerms(state=State.ACTIVE))
        assert len(await claimed(world)) == 1

    async def test_a_new_url_is_tried_at_once_however_often_the_old_one_failed(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        there = await subscribed(world, tenant_id)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        [one, _] = await claimed(world)
        await world.outbox.settle([result(one, Outcome.AGAIN, HOUR)], TOUCHY)
        left_alone = await book.find(there.id)
        assert left_alone is not None
        assert left_alone.open_until is not None
        assert left_alone.failing_since is not None
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        assert not await claimed(world)
        changed = await book.change(there.id, NewTerms(url=f"{URL}/new"))
        assert changed is not None
        assert (changed.open_until, changed.failing_since) == (None, None)
        assert {d.subscriber.url for d in await claimed(world)} == {f"{URL}/new"}

    async def test_who_is_disabled_is_shown_with_the_reason_until_she_is_back(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        there = await subscribed(world, tenant_id)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        [delivery] = await claimed(world)
        assert await world.outbox.settle([result(delivery, Outcome.GONE)], Breaker())
        disabled = await book.find(there.id)
        assert disabled is not None
        assert (disabled.state, disabled.reason) == (State.DISABLED, "410 Gone")
        back = await book.change(there.id, NewTerms(state=State.ACTIVE))
        assert back is not None
        assert (back.state, back.reason) == (State.ACTIVE, None)
        assert len(await claimed(world)) == 1

    async def test_what_is_laid_out_and_not_delivered_is_counted(
        self, world: PublishingWorld, tenant_id: TenantId, book: SubscriptionBook
    ) -> None:
        there = await subscribed(world, tenant_id)
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        one, *_ = await claimed(world)
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
        [delivery] = await claimed(world)
        assert await book.remove(there.id)
        assert await world.outbox.settle([result(delivery)], Breaker()) == 0
        assert await book.find(there.id) is None
        assert not await book.remove(there.id)
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        assert not await claimed(world)

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
        [delivery] = await claimed(world)
        assert delivery.subscriber.secrets == tuple(secrets[:5])


class PublishingContract(SubscriptionsContract):
    """All that is promised of publishing."""
