"""The suite of stores on PostgreSQL, whichever it is."""

from collections.abc import AsyncIterator

import pytest

from adapters.postgres import Database, PostgresStore
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import Sequencer
from events_core.testing.contracts.store import MakeStore, StoreContract
from events_core.testing.contracts.store.audit import Settle


class PostgresStoreContract(StoreContract):
    """Wants ``database`` as the app, and ``relay_url`` as the relay."""

    @pytest.fixture
    def make_store(self, database: Database) -> MakeStore:
        """Make stores in one database, each for tenants of its own."""

        async def make() -> PostgresStore:
            return PostgresStore(database)

        return make

    @pytest.fixture
    async def settle(self, relay_url: str) -> AsyncIterator[Settle]:
        """Chain what was committed, as a relay does."""
        pool = RelayPool(relay_url, connections=1)

        async def tick() -> None:
            await Sequencer(pool).tick()

        yield tick
        await pool.close()
