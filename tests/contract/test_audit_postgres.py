"""Whatever somebody changes of the audit trail is found, and where.

Who changes it here owns the database, and is bound by no constraint.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from attrs import evolve, frozen

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import APP, RELAY, SUPERUSER, RunningCluster
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import Sequencer
from adapters.postgres.tables import audit_entry, audit_head, audit_link
from events_core import (
    AuditEntry,
    Deed,
    Finding,
    Head,
    Problem,
    TenantId,
    UserId,
    Verdict,
    Via,
    erase_person,
    verify_audit,
)
from events_core.testing.builders import (
    NOW,
    a_person,
    a_tenant,
    an_actor,
    an_event,
    new_uuid,
)
from events_core.testing.contracts.store.audit import an_entry, written
from events_core.testing.wired import MemoryCore

#: The entry that somebody is at, of five.
AT = 3

ALTERED = [Finding(Problem.ALTERED, AT)]
GONE = [Finding(Problem.MISSING, AT)]
STRAY = Finding(Problem.STRAY)

#: What each column of an entry is changed to, and what is found.
ENTRY = {
    "tenant_id": ("gen_random_uuid()", GONE),
    "seq": ("DEFAULT", [*GONE, STRAY]),
    "deed": ("'event.deleted'", ALTERED),
    "outcome": ("'denied'", ALTERED),
    "done_at": ("done_at + interval '1 microsecond'", ALTERED),
    "via": ("'cli'", ALTERED),
    "as_admin": ("NOT as_admin", ALTERED),
    "event_id": ("gen_random_uuid()", ALTERED),
    "occurrence_key": ("occurrence_key || '0'", ALTERED),
    "event_version": ("event_version + 1", ALTERED),
    "subject_id": ("NULL", ALTERED),
    "names": ("names || 'title'::text", ALTERED),
    "times": ("times + 1", ALTERED),
    "done_by": ("gen_random_uuid()", ALTERED),
    "done_by_digest": ("sha256('x')", ALTERED),
    "done_by_salt": ("'x'", ALTERED),
    "whom": ("done_by", ALTERED),
    "whom_digest": ("sha256('x')", ALTERED),
    "whom_salt": ("done_by_salt", ALTERED),
    "request_id": ("'another'", ALTERED),
    "request_id_digest": ("done_by_digest", ALTERED),
    "request_id_salt": ("'x'", ALTERED),
    "digest": ("sha256('x')", ALTERED),
    # Tells the sequencer what it has not seen yet; nobody reads it afterwards.
    "xid": ("'3'", []),
}

#: The same of the link in its place; who follows on it is held against it.
LINK = {
    "tenant_id": ("gen_random_uuid()", [*GONE, STRAY]),
    "position": (
        "7",
        [*GONE, Finding(Problem.MISSING, 6), Finding(Problem.CUT_OFF, 6)],
    ),
    "seq": ("0", [*GONE, STRAY]),
    "hash": (
        "sha256('x')",
        [Finding(Problem.OUT_OF_LINE, AT), Finding(Problem.OUT_OF_LINE, AT + 1)],
    ),
}

#: The same of the chain's head.
HEAD = {
    "tenant_id": ("gen_random_uuid()", [Finding(Problem.CUT_OFF, 1)]),
    "position": ("6", [Finding(Problem.CUT_OFF, 6)]),
    "hash": ("sha256('x')", [Finding(Problem.CUT_OFF, 5)]),
}


@frozen
class Trail:
    """A tenant's trail of five entries, and who can do anything to it."""

    tenant_id: TenantId
    core: MemoryCore
    owner: asyncpg.Connection
    sequencer: Sequencer

    async def verdict(self, known: Head | None = None) -> Verdict:
        """Return what the trail's verification says."""
        operator = evolve(an_actor(self.tenant_id), via=Via.CLI)
        noted = {known.position: known.hash} if known else {}
        return await verify_audit(self.core, operator, noted)

    async def findings(self, known: Head | None = None) -> list[Finding]:
        """Return what is wrong with it."""
        return [*(await self.verdict(known)).findings]

    async def tamper(self, statement: str, *values: object) -> None:
        """Change something, whose tenant is ``$1``."""
        await self.owner.execute(statement, self.tenant_id, *values)

    async def seq_at(self, position: int) -> int:
        """Return which entry is at a position."""
        found = await self.owner.fetchval(
            "SELECT seq FROM events.audit_link WHERE tenant_id = $1 AND position = $2",
            self.tenant_id,
            position,
        )
        assert isinstance(found, int)
        return found


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


async def test_what_nobody_touched_is_sound(trail: Trail) -> None:
    verdict = await trail.verdict()
    assert (verdict.findings, verdict.head.position, verdict.waiting) == ((), 5, 0)


def test_every_column_has_a_verdict() -> None:
    for table, verdicts in (
        (audit_entry, ENTRY),
        (audit_link, LINK),
        (audit_head, HEAD),
    ):
        assert verdicts.keys() == {column.name for column in table.c}


@pytest.mark.parametrize("column", ENTRY)
async def test_a_column_of_an_entry_that_somebody_changed_is_found(
    trail: Trail, column: str
) -> None:
    value, found = ENTRY[column]
    await trail.tamper(
        f"UPDATE events.audit_entry SET {column} = {value}"
        " WHERE tenant_id = $1 AND seq = $2",
        await trail.seq_at(AT),
    )
    assert await trail.findings() == found


@pytest.mark.parametrize("column", LINK)
async def test_a_column_of_a_link_that_somebody_changed_is_found(
    trail: Trail, column: str
) -> None:
    value, found = LINK[column]
    await trail.tamper(
        f"UPDATE events.audit_link SET {column} = {value}"
        " WHERE tenant_id = $1 AND position = $2",
        AT,
    )
    assert await trail.findings() == found


@pytest.mark.parametrize("column", HEAD)
async def test_a_column_of_the_head_that_somebody_changed_is_found(
    trail: Trail, column: str
) -> None:
    value, found = HEAD[column]
    await trail.tamper(
        f"UPDATE events.audit_head SET {column} = {value} WHERE tenant_id = $1"
    )
    assert await trail.findings() == found


@pytest.mark.parametrize("position", [1, AT, 5])
async def test_an_entry_that_is_removed_is_missed(trail: Trail, position: int) -> None:
    await trail.tamper(
        "DELETE FROM events.audit_entry WHERE tenant_id = $1 AND seq = $2",
        await trail.seq_at(position),
    )
    assert await trail.findings() == [Finding(Problem.MISSING, position)]


async def remove(trail: Trail, position: int) -> None:
    """Take an entry and its link away, and close the gap behind them."""
    seq = await trail.seq_at(position)
    for table in ("audit_entry", "audit_link"):
        await trail.tamper(
            f"DELETE FROM events.{table} WHERE tenant_id = $1 AND seq = $2", seq
        )
    for step in ("+ 1000", "- 1001"):
        await trail.tamper(
            f"UPDATE events.audit_link SET position = position {step}"
            " WHERE tenant_id = $1 AND position > $2",
            position,
        )
    await trail.tamper(
        "UPDATE events.audit_head SET position = position - 1 WHERE tenant_id = $1"
    )


async def test_an_entry_that_is_removed_with_its_link_is_missed_where_it_was(
    trail: Trail,
) -> None:
    await remove(trail, AT)
    assert await trail.findings() == [Finding(Problem.OUT_OF_LINE, AT)]


async def test_two_that_changed_places_are_found(trail: Trail) -> None:
    first, second = await trail.seq_at(2), await trail.seq_at(4)
    for position, seq in ((2, 0), (4, first), (2, second)):
        await trail.tamper(
            "UPDATE events.audit_link SET seq = $3"
            " WHERE tenant_id = $1 AND position = $2",
            position,
            seq,
        )
    places = [found.position for found in await trail.findings()]
    assert places == [2, 4]


async def test_two_that_changed_places_with_their_links_are_found(
    trail: Trail,
) -> None:
    for position, to in ((2, 99), (4, 2), (99, 4)):
        await trail.tamper(
            "UPDATE events.audit_link SET position = $3"
            " WHERE tenant_id = $1 AND position = $2",
            position,
            to,
        )
    places = {found.position for found in await trail.findings()}
    assert {2, 4} <= places


async def test_an_entry_put_in_between_is_found(trail: Trail) -> None:
    """With a digest and a hash that are right: only what follows gives it away."""
    for step in ("+ 1000", "- 999"):
        await trail.tamper(
            f"UPDATE events.audit_link SET position = position {step}"
            " WHERE tenant_id = $1 AND position >= $2",
            AT,
        )
    await trail.tamper(
        "UPDATE events.audit_head SET position = position + 1 WHERE tenant_id = $1"
    )
    await written(trail.core.store, trail.tenant_id, an_entry())
    await trail.tamper(
        "INSERT INTO events.audit_link (tenant_id, position, seq, hash)"
        " SELECT $1, $2::bigint, entry.seq, sha256(before.hash || entry.digest)"
        " FROM events.audit_link AS before, events.audit_entry AS entry"
        " WHERE before.tenant_id = $1 AND before.position = $2 - 1"
        " AND entry.tenant_id = $1"
        " AND entry.seq = (SELECT max(seq) FROM events.audit_entry)",
        AT,
    )
    assert await trail.findings() == [Finding(Problem.OUT_OF_LINE, AT + 1)]


async def test_an_entry_put_in_as_if_it_had_long_been_there_is_found(
    trail: Trail,
) -> None:
    await written(trail.core.store, trail.tenant_id, an_entry())
    await trail.tamper(
        "UPDATE events.audit_entry SET xid = '3' WHERE tenant_id = $1"
        " AND seq = (SELECT max(seq) FROM events.audit_entry)"
    )
    assert await trail.findings() == [STRAY]


async def test_what_is_written_just_now_is_not_found_fault_with(trail: Trail) -> None:
    await written(trail.core.store, trail.tenant_id, an_entry())
    verdict = await trail.verdict()
    assert (verdict.findings, verdict.head.position, verdict.waiting) == ((), 5, 1)


async def cut_off(trail: Trail) -> None:
    """Take the last entry and its link off."""
    seq = await trail.seq_at(5)
    for table in ("audit_entry", "audit_link"):
        await trail.tamper(
            f"DELETE FROM events.{table} WHERE tenant_id = $1 AND seq = $2", seq
        )


async def test_an_end_that_is_cut_off_is_missed(trail: Trail) -> None:
    await cut_off(trail)
    assert await trail.findings() == [Finding(Problem.CUT_OFF, 5)]


async def test_a_head_noted_elsewhere_finds_what_nothing_here_can(
    trail: Trail,
) -> None:
    noted = (await trail.verdict()).head
    await cut_off(trail)
    await trail.tamper(
        "UPDATE events.audit_head SET position = link.position, hash = link.hash"
        " FROM events.audit_link AS link WHERE audit_head.tenant_id = $1"
        " AND link.tenant_id = $1 AND link.position = 4"
    )
    assert await trail.findings() == []
    assert await trail.findings(noted) == [Finding(Problem.CUT_OFF, 5)]
    await written(trail.core.store, trail.tenant_id, an_entry())
    await trail.sequencer.tick()
    assert await trail.findings() == []
    assert await trail.findings(noted) == [Finding(Problem.CUT_OFF, 5)]


async def test_a_name_that_goes_without_an_erasure_is_missed(trail: Trail) -> None:
    [(her, him)] = await trail.owner.fetch(
        "SELECT done_by, whom FROM events.audit_entry"
        " WHERE tenant_id = $1 AND whom IS NOT NULL",
        trail.tenant_id,
    )
    admin = an_actor(trail.tenant_id, system_admin=True)
    await erase_person(trail.core, admin, UserId(her))
    assert await trail.findings() == []
    await trail.sequencer.tick()
    assert await trail.findings() == []
    await trail.tamper(
        "UPDATE events.audit_entry SET whom = NULL, whom_salt = NULL"
        " WHERE tenant_id = $1 AND whom = $2",
        him,
    )
    assert await trail.findings() == [Finding(Problem.STRUCK)]


async def test_another_tenants_trail_says_nothing_of_this_one(trail: Trail) -> None:
    other = evolve(trail, tenant_id=a_tenant())
    await written(
        trail.core.store, other.tenant_id, evolve(an_entry(), at=NOW + timedelta(1))
    )
    await trail.sequencer.tick()
    await remove(trail, AT)
    assert await other.findings() == []
