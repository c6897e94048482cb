"""Explanations: what they say of one person and one event."""

from datetime import timedelta

import pytest

from events_core import (
    Explained,
    ExplainEvent,
    MasterFlags,
    Permission,
    Role,
    Signup,
    Visibility,
    explain_event,
)
from events_core.errors import EventNotFound, PermissionDenied
from events_core.testing.builders import (
    NOW,
    a_community,
    a_grant,
    a_person,
    an_actor,
    an_event,
)
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore


async def test_how_one_holds_a_permission_is_told(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    organizer = an_actor(event.tenant_id)
    core.access.bind(organizer, event.scope)
    command = ExplainEvent(event_id=event.id, action=Explained.UPDATE)
    told = (await explain_event(core, organizer, command)).rulings[1]
    assert told.because == "permission"
    assert told.details["through"] == ["events.organizer"]
    assert "events.organizer" in told.sentence
    command = ExplainEvent(event_id=event.id, action=Explained.RSVP)
    told = (await explain_event(core, organizer, command)).rulings[1]
    assert told.details["through"] == []


@pytest.mark.parametrize("early", [True, False])
async def test_when_marking_begins_is_told(core: MemoryCore, *, early: bool) -> None:
    event = an_event()
    await put(core.store, event)
    marker = an_actor(event.tenant_id)
    core.access.bind(marker, event.scope)
    opens_at = event.schedule.starts_at - core.policies.attendance_opens
    core.clock.set(opens_at - timedelta(seconds=1) if early else opens_at)
    command = ExplainEvent(event_id=event.id, action=Explained.CHECKIN)
    told = await explain_event(core, marker, command)
    assert told.allowed is not early
    opening = next(ruling for ruling in told.rulings if ruling.rule == "opening")
    assert opening.details == {"opensAt": opens_at}


@pytest.mark.parametrize("walk_ins", [True, False])
async def test_who_is_let_in_is_told(core: MemoryCore, *, walk_ins: bool) -> None:
    event = an_event(signup=Signup(walk_ins=walk_ins))
    await put(core.store, event)
    marker = an_actor(event.tenant_id)
    core.access.bind(marker, event.scope)
    core.clock.set(event.schedule.starts_at)
    command = ExplainEvent(event_id=event.id, action=Explained.CHECKIN)
    told = await explain_event(core, marker, command)
    assert told.allowed is True
    assert told.rulings[-1].because == ("welcome" if walk_ins else "places_only")


async def test_what_one_may_not_see_is_like_what_is_not_there(core: MemoryCore) -> None:
    event = an_event(visibility=Visibility.PRIVATE)
    await put(core.store, event)
    for tenant in (event.tenant_id, None):
        asker = an_actor(tenant)
        for user in (None, event.created_by):
            command = ExplainEvent(
                event_id=event.id, action=Explained.SEE, user_id=user
            )
            with pytest.raises(EventNotFound):
                await explain_event(core, asker, command)


async def test_about_another_asks_who_may_change_the_event_and_nobody_else(
    core: MemoryCore,
) -> None:
    editor, viewer, community = a_person(), a_person(), a_community()
    event = an_event(
        scope=community,
        visibility=Visibility.COMMUNITY,
        grants=(a_grant(editor, Role.EDITOR), a_grant(viewer)),
    )
    await put(core.store, event)
    member, stranger = an_actor(event.tenant_id), an_actor(event.tenant_id)
    core.memberships.add(member, community)
    core.access.grant(member, community, Permission.EVENT_MANAGE)
    asker = an_actor(event.tenant_id, editor)

    def about(user: object, action: Explained = Explained.UPDATE) -> ExplainEvent:
        return ExplainEvent(event_id=event.id, action=action, user_id=user)  # type: ignore[arg-type]

    told = await explain_event(core, asker, about(member.user_id))
    assert told.allowed is None
    assert [ruling.because for ruling in told.rulings][:2] == ["member", "unknown"]
    told = await explain_event(core, asker, about(stranger.user_id))
    assert [ruling.because for ruling in told.rulings] == ["not_a_member"]
    told = await explain_event(core, asker, about(viewer, Explained.READ))
    assert told.allowed is True
    for other in (member.user_id, editor):
        with pytest.raises(PermissionDenied):
            await explain_event(core, an_actor(event.tenant_id, viewer), about(other))
    herself = await explain_event(
        core, an_actor(event.tenant_id, viewer), about(viewer)
    )
    assert herself.allowed is False


async def test_whoever_is_barred_is_told_nothing_more(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    barred = an_actor(event.tenant_id, suspended=True)
    with pytest.raises(PermissionDenied):
        await explain_event(
            core, barred, ExplainEvent(event_id=event.id, action=Explained.SEE)
        )


async def test_a_system_admin_is_told_that_it_is_for_that(core: MemoryCore) -> None:
    event = an_event()
    await put(core.store, event)
    admin = an_actor(event.tenant_id, system_admin=True)
    assert admin.flags == MasterFlags(system_admin=True)
    command = ExplainEvent(event_id=event.id, action=Explained.UPDATE)
    told = await explain_event(core, admin, command)
    assert told.rulings[1].because == "system_admin"
    assert core.clock.now() >= NOW
