"""A stage for those who need a loop of their own."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from adapters.postgres import Database, PostgresStore, migrate
from adapters.postgres.embedded import APP, OWNER, SUPERUSER, RunningCluster
from tests.contract.seating.world import Stage


@pytest.fixture(scope="module")
def name(make_database: Callable[[], str]) -> str:
    """The name of the module's database."""
    return make_database()


@pytest.fixture(scope="module")
def stage(postgres_cluster: RunningCluster, name: str) -> Iterator[Stage]:
    """A loop of its own: what ends an example early would end the one all share."""
    with asyncio.Runner() as loop:
        loop.run(migrate(postgres_cluster.dsn(OWNER, name)))
        database = Database.at(postgres_cluster.dsn(APP, name))
        yield Stage(loop, PostgresStore(database))
        loop.run(database.close())


@pytest.fixture(scope="module")
def superuser_url(postgres_cluster: RunningCluster, name: str) -> str:
    """The module's database, as whom nothing binds."""
    return postgres_cluster.dsn(SUPERUSER, name)
