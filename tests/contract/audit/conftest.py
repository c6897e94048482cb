"""Who changes the trail owns the database, and is bound by no constraint."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import APP, RELAY, SUPERUSER, RunningCluster
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import Sequencer
from events_core import AuditEntry, Deed
from events_core.testing.builders import NOW, a_person, a_tenant, an_event, new_uuid
from events_core.testing.contracts.store.audit import an_entry, written
from events_core.testing.wired import MemoryCore
from tests.contract.audit.trails import Trail


@pytest.fixture
async def owner(
    postgres_cluster: RunningCluster, name: str
) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_cluster.dsn(SUPERUSER, name))
    for (constraint,) in await connection.fetch(
        "SELECT conname FROM pg_constraint WHERE contype = 'c'"
        " AND conrelid = 'events.audit_entry'::regclass"
    ):
        await connection.execute(
            f"ALTER TABLE events.audit_entry DROP CONSTRAINT {constraint}"
        )
    yield connection
    await connection.close()


@pytest.fixture
async def trail(
    postgres_cluster: RunningCluster, name: str, owner: asyncpg.Connection
) -> AsyncIterator[Trail]:
    database = Database.at(postgres_cluster.dsn(APP, name))
    pool = RelayPool(postgres_cluster.dsn(RELAY, name), connections=1)
    core = MemoryCore(store=PostgresStore(database))
    trail = Trail(a_tenant(), core, owner, Sequencer(pool))
    event = an_event()
    full = AuditEntry(
        deed=Deed.SEAT_FORCED,
        at=NOW,
        by=a_person(),
        whom=a_person(),
        request_id="from-here",
        event_id=event.id,
        occurrence=event.occurrence,
        event_version=7,
        subject_id=new_uuid(),
        names=("capacity",),
    )
    for entry in (an_entry(), an_entry(), full, an_entry(), an_entry()):
        await written(core.store, trail.tenant_id, entry)
    await trail.sequencer.tick()
    yield trail
    await pool.close()
    await database.close()
