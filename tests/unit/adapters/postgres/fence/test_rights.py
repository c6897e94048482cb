"""What each role of the database may do, and no more."""

import asyncpg
import pytest

from adapters.postgres import (
    Database,
    PostgresStore,
    UnsafeRoleError,
    check_relay_role,
    check_role,
)
from adapters.postgres.embedded import APP, OWNER, RELAY
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.postgres.tables import metadata
from events_core.ports.outbox import Kind
from events_core.testing.builders import a_tenant
from events_core.testing.contracts.outbox import a_subscriber
from events_core.testing.contracts.store.factory import read
from tests.postgres import Connect
from tests.unit.adapters.postgres.fence.tenancy import (
    CHANGEABLE,
    LAID_OUT,
    OUTSIDE,
    QUEUE,
    READABLE,
    TENANTS_TABLES,
    Inhabited,
    enter,
    rows_of,
)


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


async def test_the_relay_sees_all_and_nobody_else_is_taken_for_her(
    app_url: str, relay_url: str
) -> None:
    relay = Database.at(relay_url)
    await check_relay_role(relay)
    await relay.close()
    for role in (APP, OWNER):
        database = Database.at(app_url.replace(APP, role))
        with pytest.raises(UnsafeRoleError, match=f"{role} does not see all tenants"):
            await check_relay_role(database)
        await database.close()
