from collections.abc import AsyncIterator, Callable

import pytest

from adapters.postgres import Database, PostgresStore, migrate
from adapters.postgres.embedded import APP, OWNER, RunningCluster
from events_core.testing.contracts.store import MakeStore, StoreContract


class TestPostgresStore(StoreContract):
    @pytest.fixture(scope="class")
    async def database(
        self, postgres_cluster: RunningCluster, make_database: Callable[..., str]
    ) -> AsyncIterator[Database]:
        name = make_database()
        await migrate(postgres_cluster.dsn(OWNER, name))
        database = Database.at(postgres_cluster.dsn(APP, name))
        yield database
        await database.close()

    @pytest.fixture
    def make_store(self, database: Database) -> MakeStore:
        async def make() -> PostgresStore:
            return PostgresStore(database)

        return make
