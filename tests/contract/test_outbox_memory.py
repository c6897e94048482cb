import pytest

from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.ports.outbox import State, Subscriber
from events_core.testing.contracts.outbox import (
    MakeWorld,
    OutboxContract,
    OutboxWorld,
)
from events_core.testing.outbox import MemoryOutbox


class MemoryWorld:
    def __init__(self) -> None:
        self.outbox = MemoryOutbox()

    async def publish(self, change: Change[Event]) -> None:
        self.outbox.publish(change)

    async def subscribe(self, subscriber: Subscriber) -> None:
        self.outbox.subscribe(subscriber)

    async def state_of(self, subscriber: Subscriber) -> State:
        return self.outbox.state_of(subscriber.id)

    async def resume(self, subscriber: Subscriber) -> None:
        self.outbox.resume(subscriber.id)


class TestMemoryOutbox(OutboxContract):
    @pytest.fixture
    def make_world(self) -> MakeWorld:
        async def make() -> OutboxWorld:
            return MemoryWorld()

        return make
