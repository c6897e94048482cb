"""The oldest PostgreSQL that is supported keeps every promise of the newest."""

from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text

from adapters.postgres import (
    Database,
    Patience,
    PostgresRepeats,
    PostgresSignatures,
    PostgresStore,
    Subscribers,
    Totals,
    check_role,
    current_revision,
    is_current,
    migrate,
    roll_back,
)
from adapters.postgres.embedded import APP, OWNER, RELAY, RunningCluster
from events_core.ports.repeats import Repeats, Signatures
from events_core.testing.builders import an_event
from events_core.testing.contracts.repeats import RepeatsContract, SignaturesContract
from events_core.testing.contracts.store.factory import put, read
from tests.contract.stores import PostgresStoreContract
from tests.postgres import psql


@pytest.fixture(scope="module")
async def url(postgres_15: RunningCluster) -> str:
    await migrate(postgres_15.dsn(OWNER))
    return postgres_15.dsn(APP)


@pytest.fixture(scope="class")
async def database(url: str, patience: Patience) -> AsyncIterator[Database]:
    database = Database.at(url, patience=patience)
    yield database
    await database.close()


@pytest.fixture(scope="class")
def relay_url(url: str, postgres_15: RunningCluster) -> str:
    return postgres_15.dsn(RELAY)


class TestStoreOnPostgreSQL15(PostgresStoreContract):
    pass


class TestRepeatsOnPostgreSQL15(RepeatsContract):
    @pytest.fixture
    def make_repeats(self, database: Database) -> Callable[[], Repeats]:
        return lambda: PostgresRepeats(database)


class TestSignaturesOnPostgreSQL15(SignaturesContract):
    @pytest.fixture
    def make_signatures(self, database: Database) -> Callable[[], Signatures]:
        return lambda: PostgresSignatures(database)


async def test_it_is_fifteen_and_the_fence_stands(database: Database) -> None:
    async with database.transaction(None) as transaction:
        version = await transaction.run(text("SHOW server_version_num"))
        assert version.scalar_one().startswith("15")
    await check_role(database)
    told = {one.name: one.value for one in await Totals(database).measure()}
    assert abs(told.pop("clock_skew_seconds")) < 30
    assert min(told.values()) >= 0
    assert not await Subscribers(database).readings()


async def test_migrations_go_up_and_down_and_up_again_on_data(
    postgres_15: RunningCluster,
) -> None:
    psql(postgres_15, f"CREATE DATABASE up_and_down OWNER {OWNER}")
    owner = postgres_15.dsn(OWNER, "up_and_down")
    await migrate(owner)
    database = Database.at(postgres_15.dsn(APP, "up_and_down"))
    store, event = PostgresStore(database), an_event()
    await put(store, event)
    newest = await current_revision(database)
    await roll_back(owner, "0004")
    assert await current_revision(database) == "0004"
    assert not await is_current(database)
    await migrate(owner)
    assert await current_revision(database) == newest
    assert await read(store, event) == event
    await roll_back(owner, "base")
    await migrate(owner)
    await put(store, event)
    await database.close()
