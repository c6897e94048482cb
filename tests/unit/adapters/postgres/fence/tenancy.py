"""Whose each table is, what the app may do there, and a tenant that fills them all."""

from uuid import UUID

import asyncpg
from attrs import frozen

from adapters.postgres import Database, PostgresRepeats, PostgresSlugs, PostgresStore
from adapters.postgres.directory import LocalDirectory
from adapters.postgres.tables import metadata
from events_core.domain.actors import Actor
from events_core.domain.answers import Answer
from events_core.domain.audit import AuditEntry, Deed
from events_core.domain.event import Event
from events_core.domain.identity import TenantId, UserId
from events_core.ports.repeats import RepeatKey
from events_core.testing.builders import NOW, a_community, a_person, a_tenant, an_event
from events_core.testing.contracts.store.factory import answered, marked, noted, put

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


async def rows_of(connection: asyncpg.Connection, table: str) -> list[UUID]:
    found = await connection.fetch(f"SELECT tenant_id FROM events.{table}")
    return [row["tenant_id"] for row in found]


async def enter(connection: asyncpg.Connection, tenant_id: UUID) -> None:
    await connection.execute(
        "SELECT set_config('app.tenant_id', $1, true)", str(tenant_id)
    )
