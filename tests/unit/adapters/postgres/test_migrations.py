import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from attrs import evolve
from sqlalchemy import Connection, create_mock_engine
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import ExecutableDDLElement

from adapters.postgres import (
    Database,
    LocalDirectory,
    MigrationError,
    PostgresRepeats,
    PostgresSignatures,
    PostgresStore,
    current_revision,
    is_current,
    migrate,
    roll_back,
)
from adapters.postgres.embedded import (
    APP,
    OWNER,
    RELAY,
    SUPERUSER,
    RunningCluster,
)
from adapters.postgres.migrations import versions
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.postgres.tables import metadata
from adapters.postgres.tables.transactions import PgSnapshot, Xid8
from events_core.domain.answers import Answer
from events_core.ports.outbox import Breaker, Outcome
from events_core.ports.repeats import RepeatKey
from events_core.testing.builders import (
    NOW,
    a_community,
    a_grant,
    a_person,
    an_event,
    new_uuid,
)
from events_core.testing.contracts.outbox import a_subscriber, result
from events_core.testing.contracts.store.factory import (
    answered,
    marked,
    noted,
    put,
    retitled,
    save,
    unmarked,
)
from events_core.testing.contracts.store.roles import shared

_DEFINITIONS = {
    "columns": """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod),
            attnotnull, attidentity, attcollation::regcollation::text,
            pg_get_expr(adbin, adrelid)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'events'::regnamespace AND relkind = 'r' AND attnum > 0
            AND NOT attisdropped
            AND relname <> 'alembic_version'
        ORDER BY 1, attnum
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint
        WHERE connamespace = 'events'::regnamespace
            AND conrelid::regclass::text <> 'events.alembic_version'
        ORDER BY 1, 2
    """,
    "indexes": """
        SELECT tablename::text, indexname::text, indexdef FROM pg_indexes
        WHERE schemaname = 'events' AND tablename <> 'alembic_version'
        ORDER BY 1, 2
    """,
    "statistics": """
        SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext ORDER BY 1
    """,
}
_RIGHTS = """
    SELECT relname::text, relacl::text, relrowsecurity, relforcerowsecurity
    FROM pg_class WHERE relnamespace = 'events'::regnamespace AND relkind IN ('r', 'S')
    UNION ALL
    SELECT proname::text, proacl::text, prosecdef, NULL
    FROM pg_proc WHERE pronamespace = 'events'::regnamespace
    ORDER BY 1
"""


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


async def fetch(url: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def definitions(url: str) -> dict[str, list[tuple[Any, ...]]]:
    return {name: await fetch(url, query) for name, query in _DEFINITIONS.items()}


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


async def test_up_down_and_up_again_ends_where_up_does(owner: str) -> None:
    await migrate(owner)
    first = await definitions(owner), await fetch(owner, _RIGHTS)
    await roll_back(owner, "base")
    left = await definitions(owner)
    assert not any(left.values())
    assert await fetch(owner, "SELECT * FROM events.alembic_version") == []
    await migrate(owner)
    assert (await definitions(owner), await fetch(owner, _RIGHTS)) == first


async def test_every_step_can_be_undone_and_taken_again_with_what_it_held(
    postgres_cluster: RunningCluster, owner: str, empty: str, app: Database
) -> None:
    """Undoing a step takes what only the step keeps, and nothing else is changed."""
    superuser = postgres_cluster.dsn(SUPERUSER, empty)
    await migrate(owner)
    await fill(app, postgres_cluster.dsn(RELAY, empty))
    [(head,)] = await fetch(owner, "SELECT version_num FROM events.alembic_version")
    whole = await definitions(owner), await fetch(owner, _RIGHTS)
    held = await contents(superuser)
    assert {name for name, rows in held.items() if rows} >= FILLED
    for number in range(int(head) - 1, -1, -1):
        await roll_back(owner, f"{number:04}" if number else "base")
        left = await contents(superuser)
        assert within(held, left) == within(left, left)
        await migrate(owner)
        assert (await definitions(owner), await fetch(owner, _RIGHTS)) == whole
        held = await contents(superuser)
        assert within(held, left) == within(left, left)


async def test_what_the_tables_before_cannot_tell_apart_is_gone_and_nothing_else(
    postgres_cluster: RunningCluster, owner: str, empty: str, app: Database
) -> None:
    """No group's role becomes a person's, none lasts longer, no absence is a mark."""
    store, event = PostgresStore(app), an_event()
    for_good, until_then, here, away = (a_person() for _ in range(4))
    for_her, for_him = a_grant(for_good), a_grant(until_then)
    await migrate(owner)
    await put(store, event)
    async with store.unit_of_work(event.tenant_id) as uow:
        await shared(
            uow,
            event,
            for_her,
            evolve(for_him, expires_at=NOW + timedelta(days=1)),
            evolve(a_grant(a_person()), holder=a_community()),
        )
        await uow.commit()
    for person in (here, away):
        await marked(store, event, person, by=here)
    await unmarked(store, event, away, by=here)
    superuser = postgres_cluster.dsn(SUPERUSER, empty)
    await roll_back(owner, "0016")
    marks = await fetch(superuser, "SELECT user_id FROM events.attendance")
    await roll_back(owner, "0015")
    roles = await fetch(superuser, "SELECT user_id FROM events.event_role")
    assert marks == [(here,)]
    assert {*roles} == {(event.created_by,), (for_good,)}


FILLED = frozenset(
    """
    event occurrence event_role event_version scope rsvp tally attendance outbox
    repeat signature membership role_binding fact_head fact_position sequencer
    subscription delivery attempt dead_letter notice attendance_nonce seat_movement
    audit_entry audit_link audit_head
    """.split()  # noqa: SIM905 (as read)
)

#: By table: its rows, each a mapping of its columns.
Contents = dict[str, list[dict[str, Any]]]


async def fill(app: Database, relay_url: str) -> None:
    """Leave something in every table, as the adapters do."""
    store, event, her, him = PostgresStore(app), an_event(), a_person(), a_person()
    tenant, community = event.tenant_id, a_community()
    pool, repeats = RelayPool(relay_url), PostgresRepeats(app)
    await Subscriptions(pool).add(a_subscriber(tenant))
    await put(store, event, an_event(tenant_id=tenant), an_event(tenant_id=tenant))
    await save(store, retitled(event, "Another title"))
    await answered(store, event, her, Answer.GOING)
    await marked(store, event, her, by=him)
    await noted(store, event, her)
    until = NOW + timedelta(days=1)
    key = RepeatKey(tenant, her, b"k" * 32)
    await repeats.claim(key, b"f", seed=new_uuid(), now=NOW, keep_for=until - NOW)
    await PostgresSignatures(app).admit(b"s" * 32, b"", now=NOW, until=until)
    await LocalDirectory(app).add_member(tenant, community, her)
    await LocalDirectory(app).bind_role(tenant, community, her, "events.organizer")
    outbox = PostgresOutbox(pool)
    while await outbox.advance():
        pass
    claimed = await outbox.claim(room=2, each=2, busy={}, keep=timedelta(minutes=1))
    ends = (Outcome.AGAIN, Outcome.DEAD)
    results = [result(*of) for of in zip(claimed, ends, strict=True)]
    assert await outbox.settle(results, Breaker()) == len(ends)
    await pool.close()


async def contents(superuser: str) -> Contents:
    """Return every row there is."""
    tables = await fetch(
        superuser,
        "SELECT relname::text FROM pg_class"
        " WHERE relnamespace = 'events'::regnamespace AND relkind = 'r'"
        " AND relname <> 'alembic_version'",
    )
    return {
        name: [
            renamed(json.loads(row))
            for (row,) in await fetch(
                superuser, f"SELECT to_json(t)::text FROM events.{name} AS t ORDER BY 1"
            )
        ]
        for (name,) in tables
    }


def renamed(row: dict[str, Any]) -> dict[str, Any]:
    """Call every column what it is called in the end."""
    is_role = {"role", "by_creation", "user_id"} <= row.keys()
    return {"holder_id" if is_role and c == "user_id" else c: row[c] for c in row}


def within(more: Contents, less: Contents) -> dict[str, list[str]]:
    """Return of more rows what has room in the tables and columns of the fewer."""
    room = {name: {*rows[0]} if rows else set() for name, rows in less.items()}
    return {
        name: sorted(
            json.dumps({c: row[c] for c in row if c in room[name]}, sort_keys=True)
            for row in more[name]
        )
        for name in less
    }


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
