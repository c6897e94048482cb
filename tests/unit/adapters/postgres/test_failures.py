"""Whatever keeps the database from answering, the core hears one word for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import func, literal, select, text

from adapters.postgres import Database, Patience, PostgresStore
from adapters.postgres.embedded import APP, SUPERUSER, RunningCluster
from adapters.postgres.failures import DatabaseFault
from events_core.errors import ConcurrentChange, StoreUnavailable
from events_core.testing.builders import a_tenant, an_event
from events_core.testing.contracts.store.factory import put, read, retitled

SHORT = timedelta(milliseconds=200)
IMPATIENT = Patience(turn=SHORT, statement=SHORT, lock=SHORT, idle=SHORT)

_SLEEP = select(func.pg_sleep(10))


@pytest.fixture
async def impatient(app_url: str) -> AsyncIterator[Database]:
    database = Database.at(app_url, connections=2, patience=IMPATIENT)
    yield database
    await database.close()


async def works(database: Database) -> bool:
    async with database.transaction(a_tenant()) as transaction:
        return bool((await transaction.run(select(literal(1)))).scalar_one() == 1)


async def test_a_statement_that_takes_too_long(impatient: Database) -> None:
    with pytest.raises(StoreUnavailable):
        async with impatient.transaction(a_tenant()) as transaction:
            await transaction.run(_SLEEP)
    assert await works(impatient)


async def test_a_server_that_does_not_keep_to_the_time_itself(app_url: str) -> None:
    """As one that is gone without a word: the driver is who stops waiting."""
    patience = Patience(statement=timedelta(seconds=9), spare=timedelta(seconds=-8))
    database = Database.at(app_url, connections=1, patience=patience)
    with pytest.raises(StoreUnavailable):
        async with database.transaction(a_tenant()) as transaction:
            await transaction.run(_SLEEP)
    assert await works(database)
    await database.close()


async def test_a_lock_that_is_not_to_be_had_in_time(
    impatient: Database, store: PostgresStore
) -> None:
    event = an_event()
    await put(store, event)
    async with store.unit_of_work(event.tenant_id) as uow:
        await uow.events.save(retitled(event, "Mine"))
        with pytest.raises(StoreUnavailable):
            async with PostgresStore(impatient).unit_of_work(event.tenant_id) as other:
                await other.events.save(retitled(event, "Yours"))
        await uow.commit()
    stored = await read(store, event)
    assert stored
    assert stored.details.title == "Mine"


async def test_a_pool_without_a_free_connection(app_url: str) -> None:
    database = Database.at(app_url, connections=1, patience=Patience(turn=SHORT))
    async with database.transaction(a_tenant()):
        with pytest.raises(StoreUnavailable):
            await works(database)
    assert await works(database)
    await database.close()


async def test_a_transaction_that_idles_too_long(impatient: Database) -> None:
    async with impatient.transaction(a_tenant()) as transaction:
        await asyncio.sleep(2 * SHORT.total_seconds())
        with pytest.raises(StoreUnavailable):
            await transaction.run(select(literal(1)))
    assert await works(impatient)


async def test_leaving_what_has_died_is_no_error(app_url: str) -> None:
    database = Database.at(app_url, connections=1, patience=IMPATIENT)
    for _ in range(3):
        async with database.transaction(a_tenant()):
            await asyncio.sleep(2 * SHORT.total_seconds())
    assert await works(database)
    await database.close()


async def test_a_connection_that_died_in_the_pool_is_replaced_unnoticed(
    impatient: Database, superuser_url: str
) -> None:
    for _ in range(3):
        assert await works(impatient)
        await disconnect_everybody(superuser_url)
    assert await works(impatient)


async def test_a_connection_that_dies_at_work(
    impatient: Database, superuser_url: str
) -> None:
    async with impatient.transaction(a_tenant()) as transaction:
        await disconnect_everybody(superuser_url)
        with pytest.raises(StoreUnavailable):
            await transaction.run(select(literal(1)))
    assert await works(impatient)


async def test_a_connection_that_dies_before_the_commit(
    impatient: Database, superuser_url: str
) -> None:
    async with impatient.transaction(a_tenant()) as transaction:
        await disconnect_everybody(superuser_url)
        with pytest.raises(StoreUnavailable):
            await transaction.commit()
    assert await works(impatient)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://events_app@/events?host=/nowhere&port=5432",
        "postgresql://events_app@127.0.0.1:1/events",
    ],
)
async def test_a_server_that_is_not_there(url: str) -> None:
    database = Database.at(url)
    with pytest.raises(StoreUnavailable):
        await works(database)
    await database.close()


async def test_a_server_that_accepts_and_says_nothing() -> None:
    async def say_nothing(_reader: object, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2)
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    database = Database.at(
        f"postgresql://events_app@127.0.0.1:{port}/events",
        patience=Patience(connect=SHORT),
    )
    async with server:
        with pytest.raises(StoreUnavailable):
            await works(database)
    await database.close()


@pytest.mark.parametrize(
    ("role", "database_name"), [("nobody", None), (APP, "no_such_database")]
)
async def test_a_server_that_does_not_let_us_in(
    postgres_cluster: RunningCluster, name: str, role: str, database_name: str | None
) -> None:
    database = Database.at(postgres_cluster.dsn(role, database_name or name))
    with pytest.raises(StoreUnavailable):
        await works(database)
    await database.close()


async def test_a_database_that_takes_no_writes(
    postgres_cluster: RunningCluster, make_migrated_database: Callable[[], str]
) -> None:
    name = make_migrated_database()
    connection = await asyncpg.connect(postgres_cluster.dsn(SUPERUSER, name))
    await connection.execute(
        f"ALTER DATABASE {name} SET default_transaction_read_only = on"
    )
    await connection.close()
    database = Database.at(postgres_cluster.dsn(APP, name))
    with pytest.raises(StoreUnavailable):
        await put(PostgresStore(database), an_event())
    await database.close()


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("40001", ConcurrentChange),
        ("40P01", ConcurrentChange),
        ("53300", StoreUnavailable),
        ("53100", StoreUnavailable),
        ("57P01", StoreUnavailable),
        ("57P03", StoreUnavailable),
        ("58030", StoreUnavailable),
        ("08006", StoreUnavailable),
        ("42P01", DatabaseFault),
        ("22012", DatabaseFault),
        ("23514", DatabaseFault),
        ("XX000", DatabaseFault),
    ],
)
async def test_what_the_server_says_means_one_thing(
    database: Database, state: str, meaning: type[Exception]
) -> None:
    say = f"DO $$ BEGIN RAISE 'said' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(meaning) as told:
        async with database.transaction(a_tenant()) as transaction:
            await transaction.run(text(say))
    assert told.value.__cause__ is not None or meaning is DatabaseFault


async def test_a_fault_names_the_rule_and_not_what_was_asked(
    database: Database,
) -> None:
    with pytest.raises(DatabaseFault) as fault:
        async with database.transaction(a_tenant()) as transaction:
            await transaction.run(text("SELECT 'her secret'::uuid"))
    assert "her secret" not in str(fault.value)
    assert fault.value.__suppress_context__


async def test_who_is_cancelled_gives_the_connection_back(app_url: str) -> None:
    database = Database.at(app_url, connections=1)

    async def sleep() -> None:
        async with database.transaction(a_tenant()) as transaction:
            await transaction.run(_SLEEP)

    for _ in range(3):
        sleeper = asyncio.create_task(sleep())
        await asyncio.sleep(0.05)
        sleeper.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeper
        assert await works(database)
    await database.close()


async def disconnect_everybody(superuser_url: str) -> None:
    connection = await asyncpg.connect(superuser_url)
    await connection.execute(
        """
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        """
    )
    await connection.close()
