import pytest
from attrs import evolve

from events_core import (
    Action,
    EventId,
    EventsCore,
    Scope,
    Status,
    Visibility,
    authorize,
    get_event,
)
from events_core.domain.answers import Tally
from events_core.domain.listing import listing_of
from events_core.domain.permissions import Role
from events_core.domain.roles import Bearer
from events_core.errors import (
    AccessUnavailable,
    EventNotFound,
    MembershipUnavailable,
    PermissionDenied,
    StoreUnavailable,
)
from events_core.testing.builders import (
    a_community,
    a_grant,
    an_actor,
    an_event,
    new_uuid,
    step_between,
)
from events_core.testing.contracts.store.factory import put, save
from events_core.testing.people import MemoryAccess, MemoryMemberships
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.doubles import (
    AskedOutside,
    DeadStore,
    RivalStore,
    WatchedStore,
)


async def test_it_looks_as_it_is(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    actor = an_actor(event.tenant_id)
    expected = listing_of(event, reader=Bearer(actor.user_id), tally=Tally(), rsvp=None)
    assert await get_event(core, actor, event.id) == expected


async def test_a_private_event_of_somebody_else_looks_missing(
    core: MemoryCore,
) -> None:
    private = an_event(visibility=Visibility.PRIVATE)
    await put(core.store, private)
    actor, missing = an_actor(private.tenant_id), EventId(new_uuid())
    told = []
    for event_id in (private.id, missing):
        with pytest.raises(EventNotFound) as refused:
            await get_event(core, actor, event_id)
        told.append((str(refused.value), refused.value.event_id == event_id))
    assert told[0] == told[1] == ("there is no such event", True)


async def test_another_tenants_event_looks_missing(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    with pytest.raises(EventNotFound):
        await get_event(core, an_actor(user_id=event.created_by), event.id)


async def test_to_see_comes_before_to_be_allowed(
    core: MemoryCore, access: MemoryAccess
) -> None:
    access.everybody = frozenset()
    seen = an_event()
    hidden = an_event(tenant_id=seen.tenant_id, status=Status.DRAFT)
    await put(core.store, seen, hidden)
    actor = an_actor(seen.tenant_id)
    with pytest.raises(PermissionDenied) as refused:
        await get_event(core, actor, seen.id)
    assert refused.value.action == "read events here"
    with pytest.raises(EventNotFound):
        await get_event(core, actor, hidden.id)


async def test_a_role_on_it_suffices_to_read_it(
    core: MemoryCore, access: MemoryAccess
) -> None:
    access.everybody = frozenset()
    her = an_actor()
    event = an_event(
        tenant_id=her.tenant_id,
        visibility=Visibility.PRIVATE,
        grants=(a_grant(her.user_id, Role.VIEWER),),
    )
    await put(core.store, event)
    assert (await get_event(core, her, event.id)).my_roles == (Role.VIEWER,)


async def test_what_hangs_on_a_membership_nobody_can_tell_is_unavailable(
    core: MemoryCore, memberships: MemoryMemberships
) -> None:
    event = an_event(visibility=Visibility.COMMUNITY)
    await put(core.store, event)
    actor = an_actor(event.tenant_id)
    memberships.silent = True
    with pytest.raises(MembershipUnavailable):
        await get_event(core, actor, event.id)
    memberships.silent = False
    with pytest.raises(EventNotFound):
        await get_event(core, actor, event.id)
    memberships.add(actor, event.scope)
    assert (await get_event(core, actor, event.id)).id == event.id


async def test_what_does_not_hang_on_it_is_not(
    core: MemoryCore, memberships: MemoryMemberships
) -> None:
    scope = a_community()
    her = an_actor()
    public = an_event(tenant_id=her.tenant_id, scope=scope)
    hers = an_event(
        tenant_id=her.tenant_id,
        scope=scope,
        visibility=Visibility.COMMUNITY,
        created_by=her.user_id,
    )
    private = an_event(
        tenant_id=her.tenant_id, scope=scope, visibility=Visibility.PRIVATE
    )
    draft = an_event(
        tenant_id=her.tenant_id,
        scope=scope,
        visibility=Visibility.COMMUNITY,
        status=Status.DRAFT,
    )
    await put(core.store, public, hers, private, draft)
    memberships.silent = True
    for event in (public, hers):
        assert (await get_event(core, her, event.id)).id == event.id
    for event in (private, draft):
        with pytest.raises(EventNotFound):
            await get_event(core, her, event.id)


async def test_what_is_hidden_between_two_reads_is_missing(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    hidden = evolve(event, visibility=Visibility.PRIVATE, version=2)

    async def hide() -> None:
        await save(core.store, step_between(event, hidden))

    rivalled = evolve(core, store=RivalStore(core.store, hide, before="look"))
    with pytest.raises(EventNotFound):
        await get_event(rivalled, an_actor(event.tenant_id), event.id)


async def test_an_outage_of_permissions_tells_nothing_about_the_event(
    core: MemoryCore, access: MemoryAccess
) -> None:
    event = an_event()
    await put(core.store, event)
    access.silent = True
    for event_id in (event.id, EventId(new_uuid())):
        with pytest.raises(AccessUnavailable):
            await get_event(core, an_actor(event.tenant_id), event_id)


async def test_an_outage_of_the_store_is_told(core: MemoryCore) -> None:
    with pytest.raises(StoreUnavailable):
        await get_event(MemoryCore(store=DeadStore()), an_actor(), EventId(new_uuid()))


async def test_whoever_is_barred_may_read_nothing_and_learns_nothing(
    core: MemoryCore, access: MemoryAccess
) -> None:
    seen = an_event()
    hidden = an_event(tenant_id=seen.tenant_id, visibility=Visibility.PRIVATE)
    await put(core.store, seen, hidden)
    access.silent = True  # she is not asked about
    for actor in (
        an_actor(seen.tenant_id, suspended=True),
        an_actor(seen.tenant_id, banned=True, system_admin=True),
    ):
        with pytest.raises(PermissionDenied):
            await get_event(core, actor, seen.id)
        with pytest.raises(EventNotFound):
            await get_event(core, actor, hidden.id)


async def test_a_system_admin_may_do_everything_with_what_she_sees(
    core: MemoryCore, access: MemoryAccess
) -> None:
    draft = an_event(status=Status.DRAFT)
    private = an_event(tenant_id=draft.tenant_id, visibility=Visibility.PRIVATE)
    await put(core.store, draft, private)
    access.silent = True
    admin = an_actor(draft.tenant_id, system_admin=True)
    for action in Action:
        await authorize(core, admin, draft.id, action)
    with pytest.raises(EventNotFound):
        await get_event(core, admin, private.id)


async def test_authorities_are_asked_of_one_scope_and_outside_of_any_unit_of_work(
    core: MemoryCore,
) -> None:
    event = an_event(visibility=Visibility.COMMUNITY)
    await put(core.store, event)
    actor = an_actor(event.tenant_id)
    core.memberships.add(actor, event.scope)
    store = WatchedStore(core.store)
    people = AskedOutside(core.memberships, core.access, store)
    watched = EventsCore(
        store=store, memberships=people, access=people, clock=core.clock, ids=core.ids
    )
    await get_event(watched, actor, event.id)
    assert sorted(people.asked) == [
        ("access", event.scope),
        ("memberships", event.scope),
    ]
    people.asked.clear()
    with pytest.raises(EventNotFound):
        await get_event(watched, actor, EventId(new_uuid()))
    assert people.asked == [("access", Scope.of_tenant(event.tenant_id))]


class TestAuthorizing:
    async def test_what_she_may_do_passes_and_does_nothing(
        self, core: MemoryCore
    ) -> None:
        event = an_event()
        await put(core.store, event)
        actor = an_actor(event.tenant_id)
        for action in (Action.READ, Action.ANSWER):
            await authorize(core, actor, event.id, action)
        async with core.store.unit_of_work(event.tenant_id) as uow:
            assert len(await uow.record.facts(event.id)) == 1

    async def test_what_she_may_not_do_is_named(self, core: MemoryCore) -> None:
        event = an_event()
        await put(core.store, event)
        with pytest.raises(PermissionDenied) as refused:
            await authorize(core, an_actor(event.tenant_id), event.id, Action.UPDATE)
        assert str(refused.value) == "you may not change this event"

    async def test_what_she_does_not_see_is_missing(self, core: MemoryCore) -> None:
        event = an_event(visibility=Visibility.PRIVATE)
        await put(core.store, event)
        for action in Action:
            with pytest.raises(EventNotFound):
                await authorize(core, an_actor(event.tenant_id), event.id, action)
