"""Each step, undone and taken again with what was kept."""

import json
from datetime import timedelta
from typing import Any

from attrs import evolve

from adapters.postgres import (
    Database,
    LocalDirectory,
    PostgresRepeats,
    PostgresSignatures,
    PostgresStore,
    migrate,
    roll_back,
)
from adapters.postgres.embedded import RELAY, SUPERUSER, RunningCluster
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
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
from tests.unit.adapters.postgres.migrations.definitions import (
    RIGHTS,
    definitions,
    fetch,
)


async def test_up_down_and_up_again_ends_where_up_does(owner: str) -> None:
    await migrate(owner)
    first = await definitions(owner), await fetch(owner, RIGHTS)
    await roll_back(owner, "base")
    left = await definitions(owner)
    assert not any(left.values())
    assert await fetch(owner, "SELECT * FROM events.alembic_version") == []
    await migrate(owner)
    assert (await definitions(owner), await fetch(owner, RIGHTS)) == first


async def test_every_step_can_be_undone_and_taken_again_with_what_it_held(
    postgres_cluster: RunningCluster, owner: str, empty: str, app: Database
) -> None:
    """Undoing a step takes what only the step keeps, and nothing else is changed."""
    superuser = postgres_cluster.dsn(SUPERUSER, empty)
    await migrate(owner)
    await fill(app, postgres_cluster.dsn(RELAY, empty))
    [(head,)] = await fetch(owner, "SELECT version_num FROM events.alembic_version")
    whole = await definitions(owner), await fetch(owner, RIGHTS)
    held = await contents(superuser)
    assert {name for name, rows in held.items() if rows} >= FILLED
    for number in range(int(head) - 1, -1, -1):
        await roll_back(owner, f"{number:04}" if number else "base")
        left = await contents(superuser)
        assert within(held, left) == within(left, left)
        await migrate(owner)
        assert (await definitions(owner), await fetch(owner, RIGHTS)) == whole
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
