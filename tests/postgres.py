"""A real PostgreSQL for the tests: one cluster a run, a database for who asks."""

import itertools
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from adapters.postgres import Database, Patience, migrate
from adapters.postgres.embedded import (
    APP,
    OWNER,
    RELAY,
    SUPERUSER,
    RunningCluster,
    start,
)
from adapters.postgres.embedded.account import binary

_MINUTE = timedelta(minutes=1)

#: What is tested is what comes of it, on a machine however busy with other things.
PATIENT = Patience(
    turn=_MINUTE, opening=_MINUTE, statement=_MINUTE, lock=_MINUTE, idle=_MINUTE
)

#: Opens a connection of a role.
Connect = Callable[[str], Awaitable[asyncpg.Connection]]


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[RunningCluster]:
    """A PostgreSQL of this run's own, quick and forgetful, gone when the run ends."""
    forgetful = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    with TemporaryDirectory(prefix="events-core-tests-") as directory:
        Path(directory).chmod(0o755)  # root may have to run the server as nobody
        with start(Path(directory), settings=forgetful) as cluster:
            assert psql(cluster, "SHOW data_directory") == str(cluster.path)
            yield cluster


@pytest.fixture(scope="session")
def make_database(postgres_cluster: RunningCluster) -> Callable[..., str]:
    """Return a maker of databases, copies of a template that nobody is connected to.

    `make_database()` is empty, `make_database(template)` has what the template has;
    both belong to the owner role and last until the run ends.
    """
    numbers = itertools.count(1)

    def make(template: str = "template1") -> str:
        name = f"test_{next(numbers)}"
        statement = f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}"
        psql(postgres_cluster, statement)
        return name

    return make


@pytest.fixture(scope="session")
async def make_migrated_database(
    postgres_cluster: RunningCluster, make_database: Callable[..., str]
) -> Callable[[], str]:
    """Return a maker of databases that are up to date and empty."""
    template = make_database()
    await migrate(postgres_cluster.dsn(OWNER, template))
    return partial(make_database, template)


@pytest.fixture(scope="class")
def database_name(make_migrated_database: Callable[[], str]) -> str:
    """The name of the suite's own database."""
    return make_migrated_database()


@pytest.fixture(scope="class")
async def database(
    postgres_cluster: RunningCluster, database_name: str
) -> AsyncIterator[Database]:
    """A database of this suite's own, as the app sees it."""
    database = Database.at(postgres_cluster.dsn(APP, database_name), patience=PATIENT)
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
    database = Database.at(postgres_cluster.dsn(APP, name), patience=PATIENT)
    yield database
    await database.close()


@pytest.fixture
async def relay(name: str, postgres_cluster: RunningCluster) -> AsyncIterator[Database]:
    """That database, as the relay."""
    database = Database.at(
        postgres_cluster.dsn(RELAY, name), connections=2, patience=PATIENT
    )
    yield database
    await database.close()


@pytest.fixture
async def connect(
    postgres_cluster: RunningCluster, name: str
) -> AsyncIterator[Connect]:
    """Return what opens connections to the database called ``name``, for a test."""
    opened = []

    async def open_as(role: str) -> asyncpg.Connection:
        opened.append(await asyncpg.connect(postgres_cluster.dsn(role, name)))
        return opened[-1]

    yield open_as
    for connection in opened:
        await connection.close()


def psql(cluster: RunningCluster, statement: str) -> str:
    """Return what the superuser is answered to a statement."""
    address = cluster.dsn(SUPERUSER, "postgres")
    command = [str(binary("psql")), "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement]
    done = subprocess.run(
        [*command, address], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()
