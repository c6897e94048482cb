"""Whatever somebody takes out of the audit trail, or puts in, is found, and where."""

from datetime import timedelta

import pytest
from attrs import evolve

from events_core import Finding, Problem, UserId, erase_person
from events_core.testing.builders import NOW, a_tenant, an_actor
from events_core.testing.contracts.store.audit import an_entry, written
from tests.contract.audit.trails import AT, STRAY, Trail


async def test_what_nobody_touched_is_sound(trail: Trail) -> None:
    verdict = await trail.verdict()
    assert (verdict.findings, verdict.head.position, verdict.waiting) == ((), 5, 0)


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
