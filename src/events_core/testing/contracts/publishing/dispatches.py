"""Dispatches: what became of what was to be told."""

import json

import pytest
from attrs import evolve

from events_core.domain.audit import Deed
from events_core.domain.exposure import Visibility
from events_core.domain.identity import MessageId, TenantId
from events_core.domain.publication import Audience
from events_core.ports.outbox import Breaker, Outcome, State
from events_core.ports.publishing import Choice, DispatchBook, NewTerms, Stage, Terms
from events_core.testing.builders import (
    NOW,
    a_cause,
    a_message_id,
    a_tenant,
    an_event,
    arrival_of,
    new_uuid,
    step_between,
)
from events_core.testing.contracts.outbox import (
    HOUR,
    a_subscriber,
    claim,
    delivered,
    next_of,
    result,
)
from events_core.testing.contracts.publishing.world import (
    URL,
    OfPublishing,
    PublishingWorld,
    subscribed,
)
from events_core.testing.contracts.store.audit import trail_of


class DispatchesContract(OfPublishing):
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
        first, second, third = await claim(world)
        outcomes = (Outcome.AGAIN, Outcome.DELIVERED, Outcome.DEAD)
        results = [
            evolve(result(delivery, outcome), status=200 + number, error="why")
            for number, (delivery, outcome) in enumerate(
                zip((first, second, third), outcomes, strict=True)
            )
        ]
        await world.outbox.settle(results, Breaker())
        [again] = await claim(world)
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
        [delivery] = await claim(world)
        assert (delivery.message_id, delivery.attempt) == (letters[1], 1)
        assert await dispatches.send_again(one, Choice(), most=2) == 2
        left = await dispatches.dead_letters(one, Choice(), after=0, limit=10)
        assert [letter.message_id for letter in left] == letters[3:]
        assert await dispatches.send_again(one, Choice(), most=2) == 1

    async def test_what_is_told_for_the_asking_is_in_the_audit_trail(
        self, world: PublishingWorld, tenant_id: TenantId
    ) -> None:
        cause, none = a_cause(), new_uuid()
        one = (await subscribed(world, tenant_id)).id
        letters = await self._buried(world, tenant_id, 1)
        book, tested = world.publishing.of(tenant_id, cause).dispatches, a_message_id()
        for subscription_id in (one, one, none):
            await book.send_test(subscription_id, tested, NOW)
            await book.send_again(subscription_id, Choice(), most=9)
        for subscription_id in (one, none):
            await book.replay(subscription_id, from_position=1)
            await book.replay(subscription_id, since=NOW)
        while await world.outbox.advance():
            pass
        trail = [chained.entry for chained in await trail_of(world.store, tenant_id)]
        entries = [entry for entry in trail if entry.by == cause.by]
        assert [(entry.deed, entry.names, entry.times) for entry in entries] == [
            (Deed.TESTED, (), 1),
            (Deed.RETRIED, (), len(letters)),
            (Deed.REPLAYED, ("from_position",), 1),
            (Deed.REPLAYED, ("since",), 1),
        ]
        assert {entry.subject_id for entry in entries} == {one}

    async def test_a_test_is_told_to_her_alone_as_all_is_and_past_what_waits(
        self, world: PublishingWorld, tenant_id: TenantId, dispatches: DispatchBook
    ) -> None:
        wants = Terms(url=URL, event_types=frozenset({"event.created"}))
        one = (await subscribed(world, tenant_id, wants)).id
        await subscribed(world, tenant_id)
        event, message_id = an_event(tenant_id=tenant_id), a_message_id()
        await world.publish(arrival_of(event))
        held_up = [result(d, Outcome.AGAIN, HOUR) for d in await claim(world)]
        await world.outbox.settle(held_up, Breaker())
        for _ in range(2):
            assert await dispatches.send_test(one, message_id, NOW)
        [delivery] = await claim(world)
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
        assert not await claim(world)
        await book.change(one, NewTerms(state=State.ACTIVE))
        assert [d.event_type for d in await claim(world)] == ["subscription.test"]

    async def test_all_is_told_again_from_a_position_or_a_time_on(
        self, world: PublishingWorld, tenant_id: TenantId, dispatches: DispatchBook
    ) -> None:
        one = (await subscribed(world, tenant_id)).id
        for _ in range(3):
            await world.publish(arrival_of(an_event(tenant_id=tenant_id)))
        await delivered(world)
        assert await dispatches.replay(one, from_position=2)
        assert await positions_told(world) == [2, 3]
        assert await dispatches.replay(one, from_position=9)
        assert await positions_told(world) == []
        assert await dispatches.replay(one, since=NOW - 20 * 365 * 24 * HOUR)
        # Further back than she is, nothing is skipped.
        assert await dispatches.replay(one, from_position=3)
        assert await positions_told(world) == [1, 2, 3]

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
        assert not await claim(world)

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
        while deliveries := await claim(world):
            dead = [
                evolve(result(delivery, Outcome.DEAD), counts=False, error="no")
                for delivery in deliveries
            ]
            await world.outbox.settle(dead, Breaker())
            buried |= dict.fromkeys(delivery.message_id for delivery in deliveries)
        return [*buried]


async def positions_told(world: PublishingWorld) -> list[int]:
    """Deliver all there is, and return where it stands in the order of facts."""
    return [delivery.position for delivery in await delivered(world)]
