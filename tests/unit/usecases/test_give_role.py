from datetime import timedelta

import pytest
from attrs import evolve

from events_core import (
    Actor,
    GiveRole,
    Grant,
    ListEvents,
    Permission,
    Revision,
    Role,
    Scope,
    UpdateEvent,
    Visibility,
    get_event,
    give_role,
    list_events,
    read_roles,
    take_role,
    update_event,
)
from events_core.domain.event import Event
from events_core.domain.roles import END_OF_TIME, Holder
from events_core.errors import (
    EventNotFound,
    InvalidFields,
    LastOwner,
    MembershipUnavailable,
    PermissionDenied,
)
from events_core.testing.builders import (
    EVENING,
    NOW,
    a_community,
    a_grant,
    a_person,
    a_team,
    an_actor,
    an_event,
)
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.doubles import RivalStore


async def a_private_event(core: MemoryCore, *grants: Grant) -> tuple[Event, Actor]:
    """Return an event that only its owner sees, and her."""
    event = an_event(visibility=Visibility.PRIVATE, grants=grants)
    await put(core.store, event)
    owner = an_actor(event.tenant_id, event.created_by)
    core.access.grant(owner, event.scope, Permission.EVENT_CREATE)
    return event, owner


def giving(event: Event, holder: Holder, role: Role = Role.VIEWER) -> GiveRole:
    return GiveRole(event_id=event.id, holder=holder, role=role)


async def test_a_role_shows_the_event_in_lists_and_by_itself(core: MemoryCore) -> None:
    event, owner = await a_private_event(core)
    her = an_actor(event.tenant_id)
    grant = await give_role(core, owner, giving(event, her.user_id))
    assert (grant.granted_by, grant.granted_at) == (owner.user_id, core.clock.now())
    assert (await get_event(core, her, event.id)).my_roles == (Role.VIEWER,)
    listed = await list_events(core, her, ListEvents())
    assert [item.my_roles for item in listed.items] == [(Role.VIEWER,)]
    await take_role(core, owner, event.id, her.user_id)
    with pytest.raises(EventNotFound):
        await get_event(core, her, event.id)


@pytest.mark.parametrize("group", [a_community(), a_team()], ids=["community", "team"])
async def test_a_groups_role_puts_the_event_on_its_members_lists(
    core: MemoryCore, group: Scope
) -> None:
    event, owner = await a_private_event(core)
    member, stranger = an_actor(event.tenant_id), an_actor(event.tenant_id)
    core.memberships.add(member, group)
    await give_role(core, owner, giving(event, group, Role.EDITOR))
    listing = await get_event(core, member, event.id)
    assert listing.my_roles == (Role.EDITOR,)
    command = UpdateEvent(event_id=event.id, revision=Revision(title="Go"))
    assert (await update_event(core, member, command)).title == "Go"
    for who, ids in ((member, [event.id]), (stranger, [])):
        listed = await list_events(core, who, ListEvents())
        assert [item.id for item in listed.items] == ids
        assert (listed.total, listed.degraded) == (len(ids), False)
    with pytest.raises(EventNotFound):
        await get_event(core, stranger, event.id)


async def test_a_group_nobody_can_tell_the_members_of_is_told_of(
    core: MemoryCore,
) -> None:
    event, owner = await a_private_event(core)
    team, her = a_team(), an_actor(event.tenant_id)
    await give_role(core, owner, giving(event, team))
    core.memberships.undecided.add(team)
    with pytest.raises(MembershipUnavailable):
        await get_event(core, her, event.id)
    listed = await list_events(core, her, ListEvents())
    assert (listed.total, listed.degraded) == (0, True)


async def test_a_role_ends_when_it_was_said_to(core: MemoryCore) -> None:
    event, owner = await a_private_event(core)
    her, ends = an_actor(event.tenant_id), core.clock.now() + timedelta(hours=1)
    command = evolve(giving(event, her.user_id), expires_at=ends)
    await give_role(core, owner, command)
    assert (await get_event(core, her, event.id)).id == event.id
    assert len((await read_roles(core, owner, event.id)).grants) == 2
    core.clock.advance(timedelta(hours=1))
    with pytest.raises(EventNotFound):
        await get_event(core, her, event.id)
    assert (await list_events(core, her, ListEvents())).total == 0
    assert len((await read_roles(core, owner, event.id)).grants) == 1
    for wrong in (core.clock.now(), NOW - timedelta(days=1), EVENING, END_OF_TIME):
        with pytest.raises(InvalidFields):
            await give_role(core, owner, evolve(command, expires_at=wrong))


@pytest.mark.parametrize("role", [None, *Role])
async def test_an_owner_or_manager_says_who_may_do_what_and_nobody_else(
    core: MemoryCore, role: Role | None
) -> None:
    her, other = a_person(), a_person()
    grants = () if role is None else (a_grant(her, role),)
    event = an_event(grants=grants)
    await put(core.store, event)
    actor = an_actor(event.tenant_id, her)
    if role is Role.OWNER:
        await give_role(core, actor, giving(event, other))
        await take_role(core, actor, event.id, other)
        assert (await read_roles(core, actor, event.id)).of(her)
        return
    for asking in (
        give_role(core, actor, giving(event, other)),
        take_role(core, actor, event.id, other),
        read_roles(core, actor, event.id),
    ):
        with pytest.raises(PermissionDenied):
            await asking
    core.access.grant(actor, event.scope, Permission.EVENT_MANAGE)
    await give_role(core, actor, giving(event, other))


async def test_an_ownership_can_be_passed_on(core: MemoryCore) -> None:
    event, owner = await a_private_event(core)
    heir = an_actor(event.tenant_id)
    command = evolve(giving(event, heir.user_id, Role.OWNER), transfer=True)
    await give_role(core, owner, command)
    with pytest.raises(EventNotFound):
        await get_event(core, owner, event.id)
    grants = (await read_roles(core, heir, event.id)).grants
    assert [grant.holder for grant in grants] == [heir.user_id]
    with pytest.raises(LastOwner):
        await take_role(core, heir, event.id, heir.user_id)


async def test_who_loses_her_own_ownership_meanwhile_gives_nothing(
    core: MemoryCore,
) -> None:
    event, owner = await a_private_event(core)
    second, third = an_actor(event.tenant_id), a_person()
    await give_role(core, owner, giving(event, second.user_id, Role.OWNER))

    async def outdo() -> None:
        await take_role(core, second, event.id, owner.user_id)

    rivalled = evolve(core, store=RivalStore(core.store, outdo, before="claim"))
    with pytest.raises(PermissionDenied):
        await give_role(rivalled, owner, giving(event, third))
    held = (await read_roles(core, second, event.id)).grants
    assert [grant.holder for grant in held] == [second.user_id]
