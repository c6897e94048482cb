"""Who reads the audit trail, and what it tells her."""

from datetime import timedelta

import pytest
from attrs import evolve

from events_core import (
    Actor,
    AuditQuery,
    Deed,
    Outcome,
    Permission,
    Scope,
    Via,
    Visibility,
    export_audit,
    read_audit,
    update_event,
    verify_audit,
)
from events_core.domain.event import Event
from events_core.errors import InvalidFields, PermissionDenied
from events_core.testing.builders import a_community, an_actor, an_event
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.test_update_event import renaming


async def a_private_event(core: MemoryCore) -> tuple[Event, Actor, Actor]:
    """Return an event, its owner, and who manages the tenant and does not see it."""
    event = an_event(visibility=Visibility.PRIVATE)
    await put(core.store, event)
    owner, manager = (
        an_actor(event.tenant_id, event.created_by),
        an_actor(event.tenant_id),
    )
    core.access.bind(manager, Scope.of_tenant(event.tenant_id))
    core.access.grant(owner, event.scope, Permission.EVENT_CREATE)
    await update_event(
        core, owner, renaming(event, "Secret", reason="Nobody's business")
    )
    return event, owner, manager


async def test_who_manages_the_tenant_reads_who_changed_what_and_not_what_it_says(
    core: MemoryCore,
) -> None:
    event, owner, manager = await a_private_event(core)
    [changed, created] = await read_audit(core, manager, AuditQuery())
    assert (created.position, created.entry.deed) == (1, Deed.CREATED)
    assert (changed.position, changed.entry.deed) == (2, Deed.UPDATED)
    assert (changed.entry.by, changed.entry.event_id) == (owner.user_id, event.id)
    assert changed.entry.names == ("title",)
    told = repr((changed, created))
    for said in ("Secret", event.details.title, "Nobody's business"):
        assert said not in told


async def test_nobody_else_reads_it_and_the_attempt_is_in_it(core: MemoryCore) -> None:
    event, owner, manager = await a_private_event(core)
    community = a_community()
    organizer = an_actor(event.tenant_id)
    core.access.bind(organizer, community)
    core.memberships.add(organizer, community)
    barred = an_actor(event.tenant_id, suspended=True)
    for other in (owner, organizer, barred, an_actor(event.tenant_id)):
        for _ in range(2):
            with pytest.raises(PermissionDenied):
                await read_audit(core, other, AuditQuery())
    denied = AuditQuery(outcome=Outcome.DENIED)
    assert await read_audit(core, manager, denied) == []
    core.clock.advance(timedelta(minutes=1))
    found = await read_audit(core, manager, denied)
    assert len(found) == 4
    assert {(one.entry.names, one.entry.times) for one in found} == {
        (("read_audit",), 2)
    }
    assert organizer.user_id in {one.entry.by for one in found}


async def test_another_tenants_trail_is_another(core: MemoryCore) -> None:
    await a_private_event(core)
    elsewhere = an_actor()
    core.access.bind(elsewhere, Scope.of_tenant(elsewhere.tenant_id))
    assert await read_audit(core, elsewhere, AuditQuery()) == []


async def test_a_page_has_bounds_and_begins_before_a_position(core: MemoryCore) -> None:
    _, _, manager = await a_private_event(core)
    for wrong in (0, -1, 251):
        with pytest.raises(InvalidFields):
            await read_audit(core, manager, AuditQuery(limit=wrong))
    [last] = await read_audit(core, manager, AuditQuery(limit=1))
    [first] = await read_audit(core, manager, AuditQuery(before=last.position))
    assert (first.position, last.position) == (1, 2)


async def test_it_is_exported_whole_by_operators_alone(core: MemoryCore) -> None:
    _, _, manager = await a_private_event(core)
    operator = evolve(manager, via=Via.CLI)
    links = await export_audit(core, operator, after=0, limit=1)
    links = [*links, *await export_audit(core, operator, after=1, limit=9)]
    assert [link.position for link in links] == [1, 2]
    verdict = await verify_audit(core, operator)
    assert (verdict.findings, verdict.head.hash) == ((), links[-1].hash)
    with pytest.raises(PermissionDenied):
        await export_audit(core, manager, after=0, limit=1)
