"""A database with nothing in it, as its owner and as the app."""

from collections.abc import AsyncIterator, Callable

import pytest

from adapters.postgres import Database
from adapters.postgres.embedded import APP, OWNER, RunningCluster


@pytest.fixture
def empty(make_database: Callable[..., str]) -> str:
    return make_database()


@pytest.fixture
def owner(postgres_cluster: RunningCluster, empty: str) -> str:
    return postgres_cluster.dsn(OWNER, empty)


@pytest.fixture
async def app(postgres_cluster: RunningCluster, empty: str) -> AsyncIterator[Database]:
    database = Database.at(postgres_cluster.dsn(APP, empty))
    yield database
    await database.close()
