from collections.abc import AsyncIterator, Callable

import pytest
from attrs import evolve, frozen

from adapters.postgres import Database, PostgresPublishing, PostgresStore
from adapters.postgres.embedded import APP, RELAY, RunningCluster
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.domain.actors import Via
from events_core.domain.audit import Deed
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.publication import OPERATORS
from events_core.ports.outbox import State, Subscriber
from events_core.testing.builders import a_tenant, new_uuid
from events_core.testing.contracts.outbox import OutboxContract, a_subscriber
from events_core.testing.contracts.publishing import (
    MakeWorld,
    PublishingContract,
    PublishingWorld,
)
from events_core.testing.contracts.store.audit import trail_of
from events_core.testing.contracts.store.chains import findings


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


async def test_what_an_operator_does_to_subscriptions_is_in_the_trail(
    make_there: MakeWorld,
) -> None:
    world = await make_there()
    assert isinstance(world, PostgresWorld)
    tenant_id, subscriptions = a_tenant(), world.subscriptions
    hers, everybodys = a_subscriber(tenant_id), a_subscriber(None)
    for subscriber in (hers, everybodys):
        await subscriptions.add(subscriber)
    await subscriptions.change(hers.id, lambda one: evolve(one, description="Wall"))
    await subscriptions.set_state(hers.id, State.PAUSED)
    for subscription_id in (hers.id, new_uuid()):
        await subscriptions.rotate(subscription_id, b"secret")
        await subscriptions.remove(subscription_id)
        await subscriptions.set_state(subscription_id, State.ACTIVE)
    await world.outbox.advance()
    trail = [one.entry for one in await trail_of(world.store, tenant_id)]
    assert [(one.deed, one.by, one.via, one.subject_id) for one in trail] == [
        (deed, None, Via.CLI, hers.id)
        for deed in (
            Deed.SUBSCRIBED,
            Deed.SUBSCRIPTION_CHANGED,
            Deed.SUBSCRIPTION_CHANGED,
            Deed.RESECRETED,
            Deed.SUBSCRIPTION_ENDED,
        )
    ]
    [of_all] = await trail_of(world.store, OPERATORS)
    assert of_all.entry.subject_id == everybodys.id
    assert await findings(world.store, tenant_id) == []
