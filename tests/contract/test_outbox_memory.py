import pytest

from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.ports.outbox import State, Subscriber
from events_core.testing.contracts.outbox import OutboxContract
from events_core.testing.contracts.publishing import (
    MakeWorld,
    PublishingContract,
    PublishingWorld,
)
from events_core.testing.memory import MemoryStore
from events_core.testing.outbox import MemoryOutbox
from events_core.testing.publishing import MemoryPublishing


class MemoryWorld:
    def __init__(self) -> None:
        self.outbox = MemoryOutbox()
        self.store = MemoryStore()
        self.publishing = MemoryPublishing(self.outbox.queue, self.store)

    async def publish(self, change: Change[Event]) -> None:
        self.outbox.publish(change)

    async def subscribe(self, subscriber: Subscriber) -> None:
        self.outbox.subscribe(subscriber)

    async def state_of(self, subscriber: Subscriber) -> State:
        return self.outbox.state_of(subscriber.id)

    async def resume(self, subscriber: Subscriber) -> None:
        self.outbox.resume(subscriber.id)


async def make() -> PublishingWorld:
    return MemoryWorld()


class TestMemoryOutbox(OutboxContract):
    @pytest.fixture
    def make_world(self) -> MakeWorld:
        return make


class TestMemoryPublishing(PublishingContract):
    @pytest.fixture
    def make_world(self) -> MakeWorld:
        return make
