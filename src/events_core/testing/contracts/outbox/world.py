"""Where an outbox is tested, and what its tests do again and again."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import pytest
from attrs import evolve

from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import TenantId
from events_core.domain.publication import Audience
from events_core.ports.outbox import (
    A_CLAIM,
    Breaker,
    Delivery,
    Kind,
    Outbox,
    Outcome,
    Result,
    State,
    Subscriber,
)
from events_core.testing.builders import new_uuid

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


class OfOutbox:
    """What every suite of an outbox stands on."""

    @pytest.fixture
    def make_world(self) -> MakeWorld:
        """Return a factory of a world around the outbox under test."""
        raise NotImplementedError

    @pytest.fixture
    async def world(self, make_world: MakeWorld) -> OutboxWorld:
        """Return the world of one test."""
        return await make_world()


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


async def claim(
    world: OutboxWorld,
    *,
    room: int = 100,
    each: int = 100,
    size: int = A_CLAIM,
    busy: dict[UUID, int] | None = None,
    keep: timedelta = KEEP,
) -> Sequence[Delivery]:
    """Claim with what does not matter to the test filled in."""
    while await world.outbox.advance():
        pass
    return await world.outbox.claim(
        room=room, each=each, size=size, busy=busy or {}, keep=keep
    )


async def delivered(world: OutboxWorld) -> list[Delivery]:
    """Deliver all there is, and return it in the order in which it went."""
    told: list[Delivery] = []
    while claimed := await claim(world):
        told += claimed
        settled = [result(delivery) for delivery in claimed]
        assert await world.outbox.settle(settled, Breaker()) == len(claimed)
    return told
