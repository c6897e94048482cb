from collections.abc import AsyncIterator, Callable

import pytest
from attrs import frozen

from adapters.postgres import Database, PostgresPublishing, PostgresStore
from adapters.postgres.embedded import APP, RELAY, RunningCluster
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.ports.outbox import State, Subscriber
from events_core.testing.contracts.outbox import OutboxContract
from events_core.testing.contracts.publishing import (
    MakeWorld,
    PublishingContract,
    PublishingWorld,
)


@frozen
class PostgresWorld:
    store: PostgresStore
    outbox: PostgresOutbox
    subscriptions: Subscriptions
    publishing: PostgresPublishing

    async def publish(self, change: Change[Event]) -> None:
        assert change.after is not None
        async with self.store.unit_of_work(change.after.tenant_id) as uow:
            await uow.events.save(change)
            await uow.commit()

    async def subscribe(self, subscriber: Subscriber) -> None:
        await self.subscriptions.add(subscriber)

    async def state_of(self, subscriber: Subscriber) -> State:
        listed = {one.subscriber.id: one for one in await self.subscriptions.every()}
        return listed[subscriber.id].state

    async def resume(self, subscriber: Subscriber) -> None:
        assert await self.subscriptions.set_state(subscriber.id, State.ACTIVE)


@pytest.fixture
async def make_there(
    postgres_cluster: RunningCluster, make_migrated_database: Callable[[], str]
) -> AsyncIterator[MakeWorld]:
    """Return a maker of worlds around a database of the test's own."""
    name = make_migrated_database()
    app = Database.at(postgres_cluster.dsn(APP, name))
    pool = RelayPool(postgres_cluster.dsn(RELAY, name))

    async def make() -> PublishingWorld:
        return PostgresWorld(
            PostgresStore(app),
            PostgresOutbox(pool),
            Subscriptions(pool),
            PostgresPublishing(app),
        )

    yield make
    await pool.close()
    await app.close()


class TestPostgresOutbox(OutboxContract):
    @pytest.fixture
    def make_world(self, make_there: MakeWorld) -> MakeWorld:
        return make_there


class TestPostgresPublishing(PublishingContract):
    @pytest.fixture
    def make_world(self, make_there: MakeWorld) -> MakeWorld:
        return make_there
