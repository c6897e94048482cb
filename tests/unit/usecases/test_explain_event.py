from datetime import timedelta

import pytest

from events_core import (
    Answer,
    Explained,
    ExplainEvent,
    MasterFlags,
    Permission,
    Role,
    SetRsvp,
    Status,
    Visibility,
    explain_event,
    set_rsvp,
)
from events_core.errors import EventNotFound, PermissionDenied, RsvpClosed
from events_core.testing.builders import (
    NOW,
    a_community,
    a_grant,
    a_person,
    a_schedule,
    an_actor,
    an_event,
)
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("hours", [-1, 0, 1])
async def test_what_is_said_of_answering_is_what_becomes_of_it(
    core: MemoryCore, status: Status, hours: int
) -> None:
    starts = (core.clock.now() + timedelta(hours=hours)).replace(tzinfo=None)
    event = an_event(status=status, schedule=a_schedule(starts))
    if status is Status.DRAFT:
        event = an_event(status=status, schedule=a_schedule(starts))
    await put(core.store, event)
    her = an_actor(event.tenant_id, event.created_by)
    command = ExplainEvent(event_id=event.id, action=Explained.RSVP)
    explanation = await explain_event(core, her, command)
    going = SetRsvp(event_id=event.id, answer=Answer.GOING)
    try:
        await set_rsvp(core, her, going)
    except RsvpClosed:
        assert explanation.allowed is False
        assert explanation.rulings[-1].rule in {"lifecycle", "deadline"}
    else:
        assert explanation.allowed is True


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
    assert [ruling.because for ruling in told.rulings] == ["member", "unknown"]
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
    assert told.rulings[-1].because == "system_admin"
    assert core.clock.now() >= NOW
