"""Who is refused is counted, and so is what a system admin does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from attrs import define, evolve

from events_core import (
    Deed,
    DeleteEvent,
    Outcome,
    TenantId,
    Via,
    WithdrawRsvp,
    delete_event,
    describe_me,
    erase_person,
    export_person,
    get_event,
    verify_audit,
    withdraw_rsvp,
)
from events_core.domain.audit import AuditEntry
from events_core.domain.exposure import Visibility
from events_core.errors import EventNotFound, PermissionDenied, StoreUnavailable
from events_core.ports.store import Store, UnitOfWork
from events_core.testing.builders import NOW, a_person, an_actor, an_event
from events_core.testing.contracts.store.audit import trail_of
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore


async def counted(core: MemoryCore, tenant_id: TenantId) -> list[AuditEntry]:
    """Return what was counted, its minutes closed."""
    async with core.store.unit_of_work(tenant_id) as uow:
        await uow.audit.close_minutes(before=NOW + timedelta(days=1))
        await uow.commit()
    trail = await trail_of(core.store, tenant_id)
    deeds = {Deed.ATTEMPTED, Deed.ACTED_AS_ADMIN}
    return [one.entry for one in trail if one.entry.deed in deeds]


async def refused(core: MemoryCore, times: int) -> AuditEntry:
    """Have a stranger try to delete an event so often; return what is counted."""
    event = an_event()
    her = an_actor(event.tenant_id)
    await put(core.store, event)
    for _ in range(times):
        with pytest.raises(PermissionDenied):
            await delete_event(core, her, DeleteEvent(event_id=event.id))
    [entry] = await counted(core, event.tenant_id)
    assert entry.by == her.user_id
    return entry


async def test_attempts_of_a_minute_are_one_entry(core: MemoryCore) -> None:
    entry = await refused(core, times=3)
    assert (entry.deed, entry.outcome) == (Deed.ATTEMPTED, Outcome.DENIED)
    assert (entry.names, entry.times) == (("delete_event",), 3)
    assert (entry.at, entry.request_id) == (NOW, "a-request")
    assert not entry.as_admin


async def test_what_she_may_not_see_is_no_attempt(core: MemoryCore) -> None:
    hidden = an_event(visibility=Visibility.PRIVATE)
    await put(core.store, hidden)
    with pytest.raises(EventNotFound):
        await get_event(core, an_actor(hidden.tenant_id), hidden.id)
    assert await counted(core, hidden.tenant_id) == []


async def test_whatever_a_system_admin_does_is_counted_as_that(
    core: MemoryCore,
) -> None:
    event = an_event()
    admin = an_actor(event.tenant_id, system_admin=True)
    await put(core.store, event)
    await get_event(core, admin, event.id)
    await get_event(core, admin, event.id)
    await delete_event(core, admin, DeleteEvent(event_id=event.id))
    entries = await counted(core, event.tenant_id)
    assert {(e.deed, e.outcome, e.by, e.names, e.times) for e in entries} == {
        (Deed.ACTED_AS_ADMIN, Outcome.DONE, admin.user_id, ("get_event",), 2),
        (Deed.ACTED_AS_ADMIN, Outcome.DONE, admin.user_id, ("delete_event",), 1),
    }
    assert all(entry.as_admin for entry in entries)
    trail = await trail_of(core.store, event.tenant_id)
    [deleted] = [e.entry for e in trail if e.entry.deed is Deed.DELETED]
    assert (deleted.by, deleted.as_admin) == (admin.user_id, True)


async def test_what_is_her_own_needs_no_admin(core: MemoryCore) -> None:
    event = an_event()
    admin = an_actor(event.tenant_id, system_admin=True)
    await put(core.store, event)
    await describe_me(core, admin)
    await withdraw_rsvp(core, admin, WithdrawRsvp(event_id=event.id))
    assert await counted(core, event.tenant_id) == []


async def test_a_barred_admin_is_refused_like_anybody(core: MemoryCore) -> None:
    event = an_event()
    barred = an_actor(event.tenant_id, system_admin=True, suspended=True)
    await put(core.store, event)
    with pytest.raises(PermissionDenied):
        await delete_event(core, barred, DeleteEvent(event_id=event.id))
    [entry] = await counted(core, event.tenant_id)
    assert (entry.deed, entry.as_admin) == (Deed.ATTEMPTED, False)


async def test_giving_somebody_elses_data_away_is_told_and_that_to_her(
    core: MemoryCore,
) -> None:
    admin, her = an_actor(system_admin=True), a_person()
    await export_person(core, admin, her)
    [entry] = await counted(core, admin.tenant_id)
    assert (entry.by, entry.whom) == (admin.user_id, her)
    assert (await export_person(core, admin, her)).audit == (entry,)


@pytest.mark.parametrize("system_admin", [False, True])
async def test_an_erasure_is_told_and_does_not_name_her(
    core: MemoryCore, *, system_admin: bool
) -> None:
    her = an_actor()
    with pytest.raises(PermissionDenied):
        await export_person(core, her, a_person())
    admin = an_actor(her.tenant_id, system_admin=system_admin)
    who = admin if system_admin else her
    await erase_person(core, who, her.user_id)
    attempted, erased = [one.entry for one in await trail_of(core.store, her.tenant_id)]
    assert attempted.deed is Deed.ATTEMPTED
    assert (attempted.by, attempted.request_id) == (None, None)
    assert (erased.deed, erased.times, erased.whom) == (Deed.ERASED, 2, None)
    assert erased.by == (admin.user_id if system_admin else None)
    operator = evolve(admin, via=Via.CLI)
    assert (await verify_audit(core, operator)).findings == ()


@define
class _Failing:
    """A store that cannot be reached any more once it has been so often."""

    inner: Store
    left: int

    @asynccontextmanager
    async def unit_of_work(self, tenant_id: TenantId) -> AsyncGenerator[UnitOfWork]:
        if not self.left:
            raise StoreUnavailable
        self.left -= 1
        async with self.inner.unit_of_work(tenant_id) as uow:
            yield uow


async def test_an_outage_makes_nothing_else_of_a_refusal(core: MemoryCore) -> None:
    event = an_event()
    her, admin = an_actor(event.tenant_id), an_actor(event.tenant_id, system_admin=True)
    await put(core.store, event)
    failing = evolve(core, store=_Failing(core.store, left=2))
    with pytest.raises(PermissionDenied):
        await delete_event(failing, her, DeleteEvent(event_id=event.id))
    failing = evolve(core, store=_Failing(core.store, left=2))
    assert (await get_event(failing, admin, event.id)).id == event.id
    assert await counted(core, event.tenant_id) == []


async def test_only_an_operator_verifies(core: MemoryCore) -> None:
    admin = an_actor(system_admin=True)
    with pytest.raises(PermissionDenied):
        await verify_audit(core, admin)
    verdict = await verify_audit(core, evolve(admin, via=Via.CLI))
    assert verdict.findings == ()
    assert verdict.head.position == 0  # the refusal is of a minute that is not over
