"""Migrations make what is described, and say who may not."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_mock_engine
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import ExecutableDDLElement

from adapters.postgres import (
    Database,
    MigrationError,
    current_revision,
    is_current,
    migrate,
    roll_back,
)
from adapters.postgres.embedded import APP, OWNER, SUPERUSER, RunningCluster
from adapters.postgres.migrations import versions
from adapters.postgres.tables import metadata
from adapters.postgres.tables.transactions import PgSnapshot, Xid8
from tests.unit.adapters.postgres.migrations.definitions import definitions, fetch


def ddl() -> list[str]:
    statements = []

    def note(element: ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(element.compile(dialect=engine.dialect)))

    engine = create_mock_engine("postgresql+asyncpg://", note)
    metadata.create_all(engine, checkfirst=False)
    return statements


async def test_the_steps_make_exactly_the_tables_that_are_described(
    postgres_cluster: RunningCluster, owner: str, make_database: Callable[..., str]
) -> None:
    described = postgres_cluster.dsn(OWNER, make_database())
    for statement in ("CREATE SCHEMA events", *ddl()):
        await fetch(described, statement)
    await migrate(owner)
    made = await definitions(owner)
    assert made == await definitions(described)
    assert all(made.values())


async def test_alembic_finds_nothing_to_add(owner: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection,
            opts={"include_schemas": True, "version_table_schema": "events"},
        )
        return list(compare_metadata(context, metadata))

    await migrate(owner)
    engine = create_async_engine("postgresql+asyncpg://", connect_args={"dsn": owner})
    assert isinstance(engine.dialect, PGDialect)
    engine.dialect.ischema_names = {
        **engine.dialect.ischema_names,
        "xid8": Xid8,
        "pg_snapshot": PgSnapshot,
    }
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await engine.dispose()


async def test_of_many_at_once_one_does_the_work(owner: str, app: Database) -> None:
    await asyncio.gather(*(migrate(owner) for _ in range(4)))
    assert await is_current(app)


async def test_a_database_is_current_once_it_is_migrated(
    owner: str, app: Database
) -> None:
    assert await current_revision(app) is None
    assert not await is_current(app)
    await migrate(owner)
    assert await is_current(app)
    await roll_back(owner, "-1")
    assert not await is_current(app)


async def test_a_newer_database_serves_an_older_service(
    owner: str, app: Database
) -> None:
    await migrate(owner)
    await fetch(owner, "UPDATE events.alembic_version SET version_num = 'later'")
    assert await is_current(app)


async def test_a_missing_role_is_named_in_one_line(
    postgres_cluster: RunningCluster, owner: str, empty: str
) -> None:
    superuser = postgres_cluster.dsn(SUPERUSER, empty)
    await fetch(superuser, "ALTER ROLE events_relay RENAME TO somebody_else")
    try:
        with pytest.raises(MigrationError) as refused:
            await migrate(owner)
    finally:
        await fetch(superuser, "ALTER ROLE somebody_else RENAME TO events_relay")
    assert str(refused.value) == (
        "cannot migrate: there is no role events_relay; create it"
    )


async def test_who_may_not_migrate_is_told_so_in_one_line(
    postgres_cluster: RunningCluster, empty: str
) -> None:
    with pytest.raises(MigrationError) as refused:
        await migrate(postgres_cluster.dsn(APP, empty))
    assert "events_relay" in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_an_unreachable_database_is_told_in_one_line() -> None:
    with pytest.raises(MigrationError) as refused:
        await migrate("postgresql://nobody@/events?host=/nowhere&port=5432")
    assert "\n" not in str(refused.value)


async def test_what_a_newer_version_brought_up_to_date_is_left_as_it_is(
    owner: str, app: Database
) -> None:
    await migrate(owner)
    newer = "UPDATE events.alembic_version SET version_num = '9999' RETURNING 1"
    await fetch(owner, newer)
    before = await definitions(owner)
    await migrate(owner)
    assert await current_revision(app) == "9999"
    assert await is_current(app)
    assert await definitions(owner) == before


def test_the_steps_are_one_chain_and_their_modules_are_named_for_them() -> None:
    chain = [*ScriptDirectory(str(Path(versions.__file__).parents[1])).walk_revisions()]
    numbers = [f"{number:04}" for number in range(len(chain), 0, -1)]
    assert [step.revision for step in chain] == numbers
    assert [step.down_revision for step in chain] == [*numbers[1:], None]
    for step in chain:
        assert Path(step.path).name.startswith(f"r{step.revision}_")
