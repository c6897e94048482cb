"""What the suites on PostgreSQL share."""

from collections.abc import AsyncIterator, Callable

import pytest

from adapters.postgres import Database
from adapters.postgres.embedded import APP, RunningCluster


@pytest.fixture(scope="class")
async def database(
    postgres_cluster: RunningCluster, make_migrated_database: Callable[[], str]
) -> AsyncIterator[Database]:
    """A database of this suite's own, as the app sees it."""
    database = Database.at(postgres_cluster.dsn(APP, make_migrated_database()))
    yield database
    await database.close()
