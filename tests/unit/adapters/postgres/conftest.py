"""A migrated database for each module, and ways into it."""

from collections.abc import AsyncIterator, Callable

import pytest

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import APP, RELAY, SUPERUSER, RunningCluster
from tests.postgres import PATIENT


@pytest.fixture(scope="module")
def name(make_migrated_database: Callable[[], str]) -> str:
    """The name of the module's database."""
    return make_migrated_database()


@pytest.fixture(scope="module")
def app_url(postgres_cluster: RunningCluster, name: str) -> str:
    """The module's database, as the app."""
    return postgres_cluster.dsn(APP, name)


@pytest.fixture(scope="module")
def relay_url(postgres_cluster: RunningCluster, name: str) -> str:
    """The module's database, as the relay."""
    return postgres_cluster.dsn(RELAY, name)


@pytest.fixture(scope="module")
def superuser_url(postgres_cluster: RunningCluster, name: str) -> str:
    """The module's database, as whom nothing binds."""
    return postgres_cluster.dsn(SUPERUSER, name)


@pytest.fixture(scope="module")
async def database(app_url: str) -> AsyncIterator[Database]:
    """The module's database, through a pool."""
    database = Database.at(app_url, patience=PATIENT)
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> PostgresStore:
    """The store in the module's database."""
    return PostgresStore(database)
