from collections.abc import AsyncIterator

import pytest

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import RELAY, RunningCluster
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import Sequencer
from events_core.testing.contracts.store import MakeStore, StoreContract
from events_core.testing.contracts.store.audit import Settle


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def make_store(self, database: Database) -> MakeStore:
        async def make() -> PostgresStore:
            return PostgresStore(database)

        return make

    @pytest.fixture
    async def settle(
        self, postgres_cluster: RunningCluster, database_name: str
    ) -> AsyncIterator[Settle]:
        pool = RelayPool(postgres_cluster.dsn(RELAY, database_name), connections=1)

        async def tick() -> None:
            await Sequencer(pool).tick()

        yield tick
        await pool.close()
