"""A database of each test's own, as the app, the relay and the superuser see it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import RELAY, SUPERUSER, RunningCluster
from adapters.postgres.publishing.dispatches import PostgresDispatchBook
from adapters.postgres.queue.pool import RelayPool
from events_core.testing.builders import a_cause
from tests.postgres import Connect


@pytest.fixture
def store(app: Database) -> PostgresStore:
    """The store in the database."""
    return PostgresStore(app)


@pytest.fixture
def relay_url(name: str, postgres_cluster: RunningCluster) -> str:
    """The database as the relay."""
    return postgres_cluster.dsn(RELAY, name)


@pytest.fixture
async def pool(relay_url: str) -> AsyncIterator[RelayPool]:
    """The database as the relay, through a pool."""
    pool = RelayPool(relay_url)
    yield pool
    await pool.close()


@pytest.fixture
async def dispatches(relay_url: str) -> AsyncIterator[PostgresDispatchBook]:
    """What became of deliveries, as an operator sees it."""
    relay = Database.at(relay_url)
    yield PostgresDispatchBook(relay, None, a_cause())
    await relay.close()


@pytest.fixture
async def superuser(connect: Connect) -> asyncpg.Connection:
    """A connection as whom nothing binds."""
    return await connect(SUPERUSER)
