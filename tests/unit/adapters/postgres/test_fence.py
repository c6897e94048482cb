"""The fence between tenants, and between the app and what is written once."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from attrs import frozen
from sqlalchemy import UniqueConstraint, literal, select, text

from adapters.postgres import (
    Database,
    PostgresPublishing,
    PostgresRepeats,
    PostgresSlugs,
    PostgresStore,
    UnsafeRoleError,
    check_role,
)
from adapters.postgres.directory import LocalDirectory
from adapters.postgres.embedded import APP, OWNER, RELAY
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.postgres.tables import metadata
from events_core.domain.actors import Actor
from events_core.domain.answers import Answer
from events_core.domain.audit import AuditEntry, Deed
from events_core.domain.event import Event
from events_core.domain.identity import TenantId, UserId
from events_core.ports.outbox import Kind
from events_core.ports.publishing import Terms
from events_core.ports.repeats import RepeatKey
from events_core.testing.builders import (
    NOW,
    a_cause,
    a_community,
    a_person,
    a_tenant,
    an_event,
)
from events_core.testing.contracts.outbox import a_subscriber
from events_core.testing.contracts.store import MakeStore
from events_core.testing.contracts.store.factory import (
    answered,
    marked,
    noted,
    put,
    read,
)
from events_core.testing.contracts.store.tenants import TenantsContract
from tests.unit.adapters.postgres.conftest import Connect

#: What is not a tenant's.
OUTSIDE = {"signature", "sequencer", "alembic_version"}

#: What the relay fills, and the app reads at most.
READABLE = {"fact_head", "fact_position", "audit_head", "audit_link"}
LAID_OUT = {"delivery", "attempt", "dead_letter"}
QUEUE = {*READABLE, *LAID_OUT, "subscription"}

TENANTS_TABLES = [
    name for t in metadata.sorted_tables if (name := t.name) not in OUTSIDE | QUEUE
]

#: What the app may do with a table beyond reading it and adding to it.
CHANGEABLE = {
    "event": {"UPDATE"},
    "occurrence": {"UPDATE"},
    "event_role": {"UPDATE", "DELETE"},
    "rsvp": {"UPDATE", "DELETE"},
    "attendance": {"UPDATE", "DELETE"},
    "attendance_nonce": {"UPDATE", "DELETE"},
    "notice": {"DELETE"},
    "audit_count": {"UPDATE", "DELETE"},
    "repeat": {"UPDATE", "DELETE"},
    "membership": {"DELETE"},
    "role_binding": {"DELETE"},
    "signature": {"DELETE"},
    "tenant_slug": {"UPDATE"},
    **{name: {"DELETE"} for name in LAID_OUT},
    "subscription": {"DELETE"},
}

#: Of what the app may change some columns only, one of these.
PARTLY = {"tally": "interested"}

#: Columns nobody fills in by hand.
GENERATED = {"tenant_id", "seq", "xid", "number"}


@frozen
class Inhabited:
    """A tenant with something in every table."""

    tenant_id: TenantId
    event: Event
    person: UserId


async def inhabited(database: Database) -> Inhabited:
    store, directory = PostgresStore(database), LocalDirectory(database)
    tenant_id, person, community = a_tenant(), a_person(), a_community()
    event = an_event(tenant_id=tenant_id, scope=community, created_by=person)
    await put(store, event)
    await answered(store, event, person, Answer.GOING)
    await marked(store, event, person, person)
    await noted(store, event, person)
    async with store.unit_of_work(tenant_id) as uow:
        await uow.audit.count(AuditEntry(deed=Deed.ATTEMPTED, at=NOW, by=person))
        await uow.commit()
    await PostgresSlugs(database).hear(Actor(tenant_id, person, tenant_slug="here"))
    await directory.add_member(tenant_id, community, person)
    await directory.bind_role(tenant_id, community, person, "events.organizer")
    await PostgresRepeats(database).claim(
        RepeatKey(tenant_id, person, b"key"),
        b"print",
        seed=a_tenant(),
        now=NOW,
        keep_for=NOW - NOW,
    )
    return Inhabited(tenant_id, event, person)


@pytest.fixture
async def ours(database: Database) -> Inhabited:
    return await inhabited(database)


@pytest.fixture
async def theirs(database: Database) -> Inhabited:
    return await inhabited(database)


@pytest.fixture
async def app(connect: Connect) -> asyncpg.Connection:
    return await connect(APP)


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


async def test_what_may_lead_inside_is_out_of_the_apps_reach(
    app: asyncpg.Connection, connect: Connect, relay_url: str
) -> None:
    tenant_id, pool = a_tenant(), RelayPool(relay_url)
    activity = a_subscriber(tenant_id, kind=Kind.ACTIVITY)
    assert await Subscriptions(pool).add(activity)
    await pool.close()
    add = """
        INSERT INTO events.subscription (tenant_id, subscription_id, kind, url,
            description, secrets, state, place)
        VALUES ($1, gen_random_uuid(), $2, 'http://10.0.0.1/', '', '{}', 'active', 0)
    """
    async with app.transaction():
        await enter(app, tenant_id)
        assert await rows_of(app, "subscription") == []
        change = "UPDATE events.subscription SET url = 'http://10.0.0.1/'"
        assert await app.execute(change) == "UPDATE 0"
        assert await app.execute("DELETE FROM events.subscription") == "DELETE 0"
        for kind in Kind:
            if kind is not Kind.ACTIVITY:
                await app.execute(add, tenant_id, kind.value)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level"):
            await app.execute(add, tenant_id, Kind.ACTIVITY.value)


async def rows_of(connection: asyncpg.Connection, table: str) -> list[UUID]:
    found = await connection.fetch(f"SELECT tenant_id FROM events.{table}")
    return [row["tenant_id"] for row in found]


async def enter(connection: asyncpg.Connection, tenant_id: UUID) -> None:
    await connection.execute(
        "SELECT set_config('app.tenant_id', $1, true)", str(tenant_id)
    )


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


async def test_the_app_may_do_no_more_than_it_has_to(app: asyncpg.Connection) -> None:
    for table in [*TENANTS_TABLES, *OUTSIDE, *QUEUE]:
        held = {
            right
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
            if await app.fetchval(
                "SELECT has_table_privilege($1, $2)", f"events.{table}", right
            )
        }
        usual = {"SELECT", "INSERT"}
        if table in {"alembic_version", *READABLE, *LAID_OUT}:
            usual = {"SELECT"}
        elif table in {"sequencer", "subscription"}:
            usual = set()
        assert (table, held) == (table, usual | CHANGEABLE.get(table, set()))


#: What the app may do with some columns of a subscription only: it reads no secret,
#: and widens nothing.
SUBSCRIPTION = {
    "SELECT": {"failures", "trips", "secrets", "laid_out_at"},
    "INSERT": {
        "visibilities",
        "persons",
        "state_reason",
        "failures",
        "trips",
        "open_until",
        "failing_since",
        "created_at",
        "laid_out_at",
    },
    "UPDATE": {
        "tenant_id",
        "subscription_id",
        "kind",
        "visibilities",
        "persons",
        "secrets",
        "created_at",
        "laid_out_at",
    },
}


@pytest.mark.parametrize("right", SUBSCRIPTION)
async def test_the_app_reads_no_secret_and_widens_nothing(
    app: asyncpg.Connection, right: str
) -> None:
    table = "events.subscription"
    kept_from = {
        column.name
        for column in metadata.tables[table].c
        if not await app.fetchval(
            "SELECT has_column_privilege($1, $2, $3)", table, column.name, right
        )
    }
    assert kept_from == SUBSCRIPTION[right]


@pytest.mark.parametrize("table", ["outbox", "event_version", "audit_entry"])
@pytest.mark.parametrize(
    "statement", ["DELETE FROM events.{}", "UPDATE events.{} SET event_id = event_id"]
)
async def test_what_is_written_once_the_app_cannot_rewrite(
    app: asyncpg.Connection, ours: Inhabited, table: str, statement: str
) -> None:
    async with app.transaction():
        await enter(app, ours.tenant_id)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement.format(table))


async def test_what_erases_touches_no_other_tenant(
    app: asyncpg.Connection, store: PostgresStore, theirs: Inhabited
) -> None:
    before = await read(store, theirs.event)
    async with app.transaction():
        await enter(app, a_tenant())
        for function, argument in (
            ("strike_from_history($1)", theirs.person),
            ("strike_from_facts($1)", theirs.person),
            ("strike_from_ledger($1)", theirs.person),
            ("forget_unseen_events($1, now())", [theirs.event.id]),
            ("strike_from_audit($1)", theirs.person),
        ):
            called = await app.fetchval(f"SELECT events.{function}", argument)
            assert called == 0
    assert await read(store, theirs.event) == before


async def test_what_erases_cannot_be_had_to_delete_what_somebody_sees(
    app: asyncpg.Connection, store: PostgresStore, ours: Inhabited
) -> None:
    async with app.transaction():
        await enter(app, ours.tenant_id)
        forgotten = await app.fetchval(
            "SELECT events.forget_unseen_events($1, now())", [ours.event.id]
        )
    assert forgotten == 0
    assert await read(store, ours.event) is not None


async def test_what_runs_as_somebody_else_finds_names_in_its_own_place(
    app: asyncpg.Connection,
) -> None:
    functions = await app.fetch(
        """
        SELECT proname, proconfig, proacl::text
        FROM pg_proc WHERE pronamespace = 'events'::regnamespace AND prosecdef
        """
    )
    assert functions
    for function in functions:
        assert function["proconfig"] == ["search_path=pg_catalog, pg_temp"]
        assert not function["proacl"].startswith("{=")  # not for everybody


async def test_the_relay_reads_the_outbox_of_all_and_nothing_about_people(
    connect: Connect, ours: Inhabited, theirs: Inhabited
) -> None:
    relay = await connect(RELAY)
    for table in ("outbox", "tenant_slug"):
        assert {ours.tenant_id, theirs.tenant_id} <= set(await rows_of(relay, table))
    for table in TENANTS_TABLES:
        if table not in {"outbox", "tenant_slug"}:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await relay.fetch(f"SELECT * FROM events.{table}")


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


async def test_the_app_itself_is_let_in(database: Database) -> None:
    await check_role(database)


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ("postgres", "sees every tenant's rows"),
        (RELAY, "sees every tenant's rows"),
        (OWNER, "may rewrite the record"),
    ],
)
async def test_a_role_above_the_fence_is_not_let_in(
    app_url: str, role: str, reason: str
) -> None:
    database = Database.at(app_url.replace(APP, role))
    try:
        with pytest.raises(UnsafeRoleError, match=reason):
            await check_role(database)
    finally:
        await database.close()
