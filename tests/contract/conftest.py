"""What the suites on PostgreSQL share."""

from collections.abc import AsyncIterator, Callable

import pytest

from adapters.postgres import Database
from adapters.postgres.embedded import APP, RELAY, RunningCluster


@pytest.fixture(scope="class")
def database_name(make_migrated_database: Callable[[], str]) -> str:
    """The name of the suite's own database."""
    return make_migrated_database()


@pytest.fixture(scope="class")
async def database(
    postgres_cluster: RunningCluster, database_name: str
) -> AsyncIterator[Database]:
    """A database of this suite's own, as the app sees it."""
    database = Database.at(postgres_cluster.dsn(APP, database_name))
    yield database
    await database.close()


@pytest.fixture(scope="class")
def relay_url(postgres_cluster: RunningCluster, database_name: str) -> str:
    """The suite's own database, as the relay."""
    return postgres_cluster.dsn(RELAY, database_name)


@pytest.fixture
def name(make_migrated_database: Callable[[], str]) -> str:
    """The name of a database of the test's own."""
    return make_migrated_database()


@pytest.fixture
async def app(name: str, postgres_cluster: RunningCluster) -> AsyncIterator[Database]:
    """That database, as the app."""
    database = Database.at(postgres_cluster.dsn(APP, name))
    yield database
    await database.close()


@pytest.fixture
async def relay(name: str, postgres_cluster: RunningCluster) -> AsyncIterator[Database]:
    """That database, as the relay."""
    database = Database.at(postgres_cluster.dsn(RELAY, name), connections=2)
    yield database
    await database.close()
