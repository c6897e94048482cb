"""The fence between tenants."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import UniqueConstraint, literal, select, text

from adapters.postgres import Database, PostgresPublishing, PostgresStore
from adapters.postgres.embedded import RELAY
from adapters.postgres.tables import metadata
from events_core.ports.publishing import Terms
from events_core.testing.builders import a_cause, a_tenant
from events_core.testing.contracts.store import MakeStore
from events_core.testing.contracts.store.tenants import TenantsContract
from tests.postgres import Connect
from tests.unit.adapters.postgres.fence.tenancy import (
    CHANGEABLE,
    OUTSIDE,
    PARTLY,
    QUEUE,
    TENANTS_TABLES,
    Inhabited,
    enter,
    rows_of,
)

#: Columns nobody fills in by hand.
GENERATED = {"tenant_id", "seq", "xid", "number"}


async def test_another_tenants_subscriptions_are_out_of_reach(
    app: asyncpg.Connection, database: Database, connect: Connect
) -> None:
    ours, theirs = a_tenant(), a_tenant()
    for tenant_id in (ours, theirs):
        book = PostgresPublishing(database).of(tenant_id, a_cause()).subscriptions
        await book.add(a_tenant(), Terms(url="https://x.example/"), most=1)
    async with app.transaction():
        await enter(app, ours)
        assert await rows_of(app, "subscription") == [ours]
        whose = "events.subscription WHERE tenant_id = $1"
        assert await app.execute(f"DELETE FROM {whose}", theirs) == "DELETE 0"
        change = "UPDATE events.subscription SET url = url WHERE tenant_id = $1"
        assert await app.execute(change, theirs) == "UPDATE 0"
        relay = await connect(RELAY)
        [there] = await relay.fetch(f"SELECT subscription_id FROM {whose}", theirs)
        added = await app.fetchval("SELECT events.add_secret($1, 'x')", there[0])
        assert added == 0


async def test_every_table_of_the_schema_is_fenced(app: asyncpg.Connection) -> None:
    tables = await app.fetch(
        """
        SELECT relname, relrowsecurity AND relforcerowsecurity AS fenced, (
            SELECT array_agg(
                pg_get_expr(polqual, polrelid) || coalesce(
                    pg_get_expr(polwithcheck, polrelid), ''
                ) || polcmd::text || polpermissive::text
            )
            FROM pg_policy WHERE polrelid = pg_class.oid
        ) AS policies
        FROM pg_class
        WHERE relnamespace = 'events'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        """
    )
    assert {row["relname"] for row in tables} == {*TENANTS_TABLES, *OUTSIDE, *QUEUE}
    for row in tables:
        fenced = row["relname"] not in OUTSIDE
        policies = ["(tenant_id = events.tenant_id())*true"] if fenced else []
        if row["relname"] == "subscription":
            policies.append("(kind <> 'activity'::text)*false")
        assert (row["relname"], row["fenced"], row["policies"] or []) == (
            row["relname"],
            fenced,
            policies,
        )


def test_the_tenant_comes_first_in_every_key() -> None:
    for table in metadata.sorted_tables:
        if table.name in OUTSIDE:
            continue
        uniques = [i for i in table.constraints if isinstance(i, UniqueConstraint)]
        for key in [table.primary_key, *uniques, *table.foreign_key_constraints]:
            assert next(iter(key.columns)).name == "tenant_id", key
        for index in table.indexes:
            if index.unique:
                assert next(iter(index.columns)).name == "tenant_id", index


@pytest.mark.parametrize("table", TENANTS_TABLES)
async def test_who_names_no_tenant_gets_nothing(
    app: asyncpg.Connection, ours: Inhabited, table: str
) -> None:
    assert await rows_of(app, table) == []
    async with app.transaction():
        await enter(app, ours.tenant_id)
        assert await rows_of(app, table)
    # What the transaction leaves behind in the session is an empty setting.
    assert await app.fetchval("SELECT current_setting('app.tenant_id', true)") == ""
    assert await rows_of(app, table) == []


@pytest.mark.parametrize("table", TENANTS_TABLES)
async def test_a_query_without_a_condition_gets_one_tenants_rows(
    app: asyncpg.Connection, ours: Inhabited, theirs: Inhabited, table: str
) -> None:
    async with app.transaction():
        await enter(app, ours.tenant_id)
        assert set(await rows_of(app, table)) == {ours.tenant_id}
        counted = await app.fetchval(
            f"SELECT count(*) FROM events.{table} WHERE tenant_id = $1",
            theirs.tenant_id,
        )
        assert counted == 0


@pytest.mark.parametrize(
    "table",
    [t for t in TENANTS_TABLES if "UPDATE" in CHANGEABLE.get(t, ()) or t in PARTLY],
)
async def test_another_tenants_rows_are_neither_changed_nor_locked(
    app: asyncpg.Connection, ours: Inhabited, theirs: Inhabited, table: str
) -> None:
    whose = f"events.{table} WHERE tenant_id = $1"
    async with app.transaction():
        await enter(app, ours.tenant_id)
        column = PARTLY.get(table, "tenant_id")
        change = f"UPDATE events.{table} SET {column} = {column} WHERE tenant_id = $1"
        assert await app.execute(change, theirs.tenant_id) == "UPDATE 0"
        locked = await app.fetch(f"SELECT FROM {whose} FOR UPDATE", theirs.tenant_id)
        assert locked == []


@pytest.mark.parametrize(
    "table", [t for t in TENANTS_TABLES if "DELETE" in CHANGEABLE.get(t, ())]
)
async def test_another_tenants_rows_are_not_deleted(
    app: asyncpg.Connection, ours: Inhabited, theirs: Inhabited, table: str
) -> None:
    async with app.transaction():
        await enter(app, ours.tenant_id)
        whose = f"events.{table} WHERE tenant_id = $1"
        assert await app.execute(f"DELETE FROM {whose}", theirs.tenant_id) == "DELETE 0"


@pytest.mark.parametrize("table", TENANTS_TABLES)
async def test_no_row_is_put_into_another_tenant(
    app: asyncpg.Connection, ours: Inhabited, theirs: Inhabited, table: str
) -> None:
    described = metadata.tables[f"events.{table}"]
    names = [c.name for c in described.c if c.name not in GENERATED]
    columns = ", ".join(names)
    async with app.transaction():
        await enter(app, ours.tenant_id)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level"):
            async with app.transaction():
                await app.execute(
                    f"INSERT INTO events.{table} (tenant_id, {columns})"
                    f" SELECT $1::uuid, {columns} FROM events.{table}",
                    theirs.tenant_id,
                )


async def test_one_connection_serves_tenants_in_turn_and_mixes_nothing_up(
    app_url: str, ours: Inhabited, theirs: Inhabited
) -> None:
    database = Database.at(app_url, connections=1)
    every = text("SELECT DISTINCT tenant_id FROM events.event")
    try:
        for turn in range(6):
            for tenant in (ours, theirs):
                async with database.transaction(tenant.tenant_id) as transaction:
                    if turn % 3 == 1:  # leave it aborted
                        with pytest.raises(Exception, match="DivisionByZero"):
                            await transaction.run(select(1 / literal(0)))
                        continue
                    found = await transaction.run(every)
                    assert found.scalars() == [tenant.tenant_id]
                    if turn % 3 == 2:
                        await transaction.commit()
            async with database.transaction(None) as transaction:
                assert (await transaction.run(every)).rows == []
    finally:
        await database.close()


class TestWithoutTheSecondFence(TenantsContract):
    """Row-level security is the second fence; the first one stands without it."""

    @pytest.fixture
    async def unbound(self, superuser_url: str) -> AsyncIterator[Database]:
        database = Database.at(superuser_url)
        yield database
        await database.close()

    @pytest.fixture
    def make_store(self, unbound: Database) -> MakeStore:
        async def make() -> PostgresStore:
            return PostgresStore(unbound)

        return make
