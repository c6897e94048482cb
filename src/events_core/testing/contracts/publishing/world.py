"""Where publishing is tested, and what its tests do again and again."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from events_core.domain.identity import TenantId
from events_core.ports.publishing import Publishing, Subscription, Terms
from events_core.ports.store import Store
from events_core.testing.builders import a_cause, a_tenant, new_uuid
from events_core.testing.contracts.outbox import OutboxWorld
from events_core.testing.contracts.outbox.world import OfOutbox

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


class OfPublishing(OfOutbox):
    """What every suite of publishing stands on."""

    @pytest.fixture
    def make_world(self) -> MakeWorld:
        """Return a factory of a world around the publishing under test."""
        raise NotImplementedError

    @pytest.fixture
    def tenant_id(self) -> TenantId:
        """Return the tenant of one test."""
        return a_tenant()


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
