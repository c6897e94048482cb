"""What every ``Publishing`` promises.

Subclass the suite and override ``make_world``. Each test works in tenants of its own.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import pytest
from attrs import evolve

from events_core.domain.audit import Deed
from events_core.domain.exposure import Visibility
from events_core.domain.identity import MessageId, TenantId
from events_core.domain.publication import Audience
from events_core.errors import TooManySubscriptions
from events_core.ports.outbox import Breaker, Delivery, Kind, Outcome, State
from events_core.ports.publishing import (
    Choice,
    DispatchBook,
    FeedPlace,
    NewTerms,
    Publishing,
    Stage,
    Subscription,
    SubscriptionBook,
    Terms,
)
from events_core.ports.store import Store
from events_core.testing.builders import (
    NOW,
    a_cause,
    a_community,
    a_message_id,
    a_tenant,
    an_event,
    arrival_of,
    new_uuid,
    step_between,
)
from events_core.testing.contracts.outbox import (
    HOUR,
    KEEP,
    TOUCHY,
    OutboxWorld,
    a_subscriber,
    next_of,
    result,
)
from events_core.testing.contracts.store.audit import trail_of

URL = "https://subscriber.example/hook"
AT_URL = Terms(url=URL)


class PublishingWorld(OutboxWorld, Protocol):
    """An outbox, and what manages who is told of what is in it."""

    @property
    def publishing(self) -> Publishing:
        """The publishing under test."""
        ...

    @property
    def store(self) -> Store:
        """The store that has the audit trail."""
        ...


MakeWorld = Callable[[], Awaitable[PublishingWorld]]


async def subscribed(
    world: PublishingWorld, tenant_id: TenantId, terms: Terms = AT_URL
) -> Subscription:
    """Return a new subscription of a tenant."""
    book, subscription_id = (
        world.publishing.of(tenant_id, a_cause()).subscriptions,
        new_uuid(),
    )
    await book.add(subscription_id, terms, most=100)
    found = await book.find(subscription_id)
    assert found is not None
    return found


async def claimed(world: PublishingWorld) -> Sequence[Delivery]:
    """Claim whatever is due."""
    while await world.outbox.advance():
        pass
    return await world.outbox.claim(room=100, each=100, busy={}, keep=KEEP)


class _Worlds:
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


class SubscriptionsContract(_Worlds):
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


class DispatchesContract(_Worlds):
    """What is promised of what became of deliveries."""

    @pytest.fixture
    def dispatches(self, world: PublishingWorld, tenant_id: TenantId) -> DispatchBook:
        """Return what became of that tenant's deliveries."""
        return world.publishing.of(tenant_id, a_cause()).dispatches

    async def test_what_was_told_is_there_with_every_attempt_the_latest_first(
        self, world: PublishingWorld, tenant_id: TenantId, dispatches: DispatchBook
    ) -> None:
        one = (await subscribed(world, tenant_id)).id
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        first, second, third = await claimed(world)
        outcomes = (Outcome.AGAIN, Outcome.DELIVERED, Outcome.DEAD)
        results = [
            evolve(result(delivery, outcome), status=200 + number, error="why")
            for number, (delivery, outcome) in enumerate(
                zip((first, second, third), outcomes, strict=True)
            )
        ]
        await world.outbox.settle(results, Breaker())
        [again] = await claimed(world)
        await world.outbox.settle([result(again, Outcome.AGAIN, HOUR)], Breaker())
        recent = await dispatches.recent(one, before=None, limit=10)
        assert [told.message_id for told in recent] == [
            delivery.message_id for delivery in (third, second, first)
        ]
        assert [told.position for told in recent] == [3, 2, 1]
        stages = [told.stage for told in recent]
        assert stages == [Stage.DEAD, Stage.DELIVERED, Stage.PENDING]
        assert {told.event_type for told in recent} == {"event.created"}
        tries = [(a.number, a.outcome, a.status) for a in recent[2].attempts]
        assert tries == [(1, Outcome.AGAIN, 200), (2, Outcome.AGAIN, None)]
        assert recent[2].attempts[0].error == "why"
        assert recent[2].next_at is not None
        assert recent[1].next_at is None
        assert await dispatches.recent(one, before=3, limit=1) == [recent[1]]
        assert await dispatches.recent(one, before=1, limit=1) == []

    async def test_dead_letters_are_chosen_by_what_is_known_of_them(
        self, world: PublishingWorld, tenant_id: TenantId, dispatches: DispatchBook
    ) -> None:
        one = (await subscribed(world, tenant_id)).id
        letters = await self._buried(world, tenant_id, 2)
        found = await dispatches.dead_letters(one, Choice(), after=0, limit=10)
        assert [letter.message_id for letter in found] == letters
        assert [letter.position for letter in found] == [1, 2, 3]
        kinds = ["event.created", "event.created", "event.withdrawn"]
        assert [letter.event_type for letter in found] == kinds
        assert {letter.error for letter in found} == {"no"}
        assert {letter.attempts for letter in found} == {1}
        for choice, after, limit, expected in (
            (Choice(), 1, 10, letters[1:]),
            (Choice(), 0, 2, letters[:2]),
            (Choice(message_id=letters[1]), 0, 10, letters[1:2]),
            (Choice(event_types=frozenset({"event.withdrawn"})), 0, 10, letters[2:]),
            (Choice(event_types=frozenset({"event.updated"})), 0, 10, []),
            (Choice(since=found[0].died_at), 0, 10, letters),
            (Choice(until=found[0].died_at - HOUR), 0, 10, []),
            (Choice(since=found[2].died_at + HOUR), 0, 10, []),
        ):
            chosen = await dispatches.dead_letters(
                one, choice, after=after, limit=limit
            )
            assert [letter.message_id for letter in chosen] == expected

    async def test_a_dead_letter_says_what_would_be_told(
        self, world: PublishingWorld, tenant_id: TenantId, dispatches: DispatchBook
    ) -> None:
        one = (await subscribed(world, tenant_id)).id
        letters = await self._buried(world, tenant_id, 1)
        text = await dispatches.text_of(one, letters[0])
        assert text is not None
        told = json.loads(text)
        assert (told["message_id"], told["position"]) == (str(letters[0]), 1)
        withdrawn = json.loads(await dispatches.text_of(one, letters[1]) or "")
        assert withdrawn["event_type"] == "event.withdrawn"
        assert "title" not in withdrawn
        assert await dispatches.text_of(one, a_message_id()) is None

    async def test_what_is_sent_again_is_as_new_and_no_dead_letter_any_more(
        self, world: PublishingWorld, tenant_id: TenantId, dispatches: DispatchBook
    ) -> None:
        one = (await subscribed(world, tenant_id)).id
        letters = await self._buried(world, tenant_id, 3)
        named = Choice(message_id=letters[1])
        assert await dispatches.send_again(one, named, most=10) == 1
        assert await dispatches.send_again(one, named, most=10) == 0
        [delivery] = await claimed(world)
        assert (delivery.message_id, delivery.attempt) == (letters[1], 1)
        assert await dispatches.send_again(one, Choice(), most=2) == 2
        left = await dispatches.dead_letters(one, Choice(), after=0, limit=10)
        assert [letter.message_id for letter in left] == letters[3:]
        assert await dispatches.send_again(one, Choice(), most=2) == 1

    async def test_a_test_is_told_to_her_alone_as_all_is_and_past_what_waits(
        self, world: PublishingWorld, tenant_id: TenantId, dispatches: DispatchBook
    ) -> None:
        wants = Terms(url=URL, event_types=frozenset({"event.created"}))
        one = (await subscribed(world, tenant_id, wants)).id
        await subscribed(world, tenant_id)
        event, message_id = an_event(tenant_id=tenant_id), a_message_id()
        await world.publish(arrival_of(event))
        held_up = [result(d, Outcome.AGAIN, HOUR) for d in await claimed(world)]
        await world.outbox.settle(held_up, Breaker())
        for _ in range(2):
            assert await dispatches.send_test(one, message_id, NOW)
        [delivery] = await claimed(world)
        assert (delivery.subscriber.id, delivery.message_id) == (one, message_id)
        assert (delivery.event_type, delivery.position) == ("subscription.test", 2)
        told = json.loads(delivery.body or b"")
        assert told["event_type"] == "subscription.test"
        assert told["subscription_id"] == str(one)
        assert told["event_id"] is None
        await world.outbox.settle([result(delivery)], Breaker())
        recent = await dispatches.recent(one, before=None, limit=1)
        assert [(d.message_id, d.stage) for d in recent] == [
            (message_id, Stage.DELIVERED)
        ]

    async def test_who_is_paused_gets_a_test_when_she_is_told_again(
        self, world: PublishingWorld, tenant_id: TenantId, dispatches: DispatchBook
    ) -> None:
        one = (await subscribed(world, tenant_id)).id
        book = world.publishing.of(tenant_id, a_cause()).subscriptions
        await book.change(one, NewTerms(state=State.PAUSED))
        assert await dispatches.send_test(one, a_message_id(), NOW)
        assert not await claimed(world)
        await book.change(one, NewTerms(state=State.ACTIVE))
        assert [d.event_type for d in await claimed(world)] == ["subscription.test"]

    async def test_all_is_told_again_from_a_position_or_a_time_on(
        self, world: PublishingWorld, tenant_id: TenantId, dispatches: DispatchBook
    ) -> None:
        one = (await subscribed(world, tenant_id)).id
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        await self._deliver_all(world)
        assert await dispatches.replay(one, from_position=2)
        assert await self._deliver_all(world) == [2, 3]
        assert await dispatches.replay(one, from_position=9)
        assert await self._deliver_all(world) == []
        assert await dispatches.replay(one, since=NOW - 20 * 365 * 24 * HOUR)
        # Further back than she is, nothing is skipped.
        assert await dispatches.replay(one, from_position=3)
        assert await self._deliver_all(world) == [1, 2, 3]

    async def test_of_what_is_not_the_tenants_own_there_is_nothing(
        self, world: PublishingWorld, tenant_id: TenantId, dispatches: DispatchBook
    ) -> None:
        wide = Audience(tenant_id=tenant_id, visibilities=frozenset(Visibility))
        operators = a_subscriber(tenant_id, audience=wide)
        everybody = a_subscriber(None)
        for subscriber in (operators, everybody):
            await world.subscribe(subscriber)
        letters = await self._buried(world, tenant_id, 1)
        foreign = world.publishing.of(a_tenant(), a_cause()).dispatches
        own = (await subscribed(world, tenant_id)).id
        await self._buried(world, tenant_id, 1)
        for there, hidden in (
            (dispatches, operators.id),
            (dispatches, everybody.id),
            (dispatches, new_uuid()),
            (foreign, own),
        ):
            assert await there.recent(hidden, before=None, limit=10) == []
            assert await there.dead_letters(hidden, Choice(), after=0, limit=9) == []
            assert await there.text_of(hidden, letters[0]) is None
            assert await there.send_again(hidden, Choice(), most=10) == 0
            assert not await there.replay(hidden, from_position=1)
            assert not await there.send_test(hidden, a_message_id(), NOW)
        assert not await claimed(world)

    async def _buried(
        self, world: PublishingWorld, tenant_id: TenantId, number: int
    ) -> list[MessageId]:
        """Let everybody refuse so many new events, and that one of them is hidden."""
        event = an_event(tenant_id=tenant_id)
        await world.publish(arrival_of(event))
        for _ in range(number - 1):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        hidden = next_of(event, visibility=Visibility.PRIVATE)
        await world.publish(step_between(event, hidden))
        buried: dict[MessageId, None] = {}
        while deliveries := await claimed(world):
            dead = [
                evolve(result(delivery, Outcome.DEAD), counts=False, error="no")
                for delivery in deliveries
            ]
            await world.outbox.settle(dead, Breaker())
            buried |= dict.fromkeys(delivery.message_id for delivery in deliveries)
        return [*buried]

    async def _deliver_all(self, world: PublishingWorld) -> list[int]:
        told = []
        while deliveries := await claimed(world):
            await world.outbox.settle([result(d) for d in deliveries], Breaker())
            told += [delivery.position for delivery in deliveries]
        return told


class FeedContract(_Worlds):
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
        told: list[Delivery] = []
        while deliveries := await claimed(world):
            await world.outbox.settle([result(d) for d in deliveries], Breaker())
            told += deliveries
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
        gone = [result(d, Outcome.GONE) for d in await claimed(world)]
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

    async def test_what_has_no_position_yet_is_not_told(
        self, world: PublishingWorld, tenant_id: TenantId
    ) -> None:
        await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        feed = world.publishing.of(tenant_id, a_cause()).feed
        page = await feed.read(Audience(tenant_id=tenant_id), after=None, limit=2)
        assert ([*page.texts], page.more) == ([], False)


class PublishingContract(SubscriptionsContract, DispatchesContract, FeedContract):
    """All that is promised of publishing."""
