import pytest

from adapters.postgres import Database, PostgresStore
from events_core.testing.contracts.store import MakeStore, StoreContract


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def make_store(self, database: Database) -> MakeStore:
        async def make() -> PostgresStore:
            return PostgresStore(database)

        return make
