"""Events come to another state, by hand or by time; go, and come back."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from events_core import (
    Answer,
    DeleteEvent,
    EventId,
    MoveEvent,
    RestoreEvent,
    Revision,
    Role,
    SetRsvp,
    Status,
    UpdateEvent,
    Via,
    Visibility,
    WithdrawRsvp,
    delete_event,
    get_event,
    let_time_pass,
    move_event,
    restore_event,
    set_rsvp,
    update_event,
    withdraw_rsvp,
)
from events_core.errors import (
    ConcurrentChange,
    EventNotFound,
    IllegalTransition,
    InvalidFields,
    PermissionDenied,
    RsvpClosed,
    VersionMismatch,
)
from events_core.testing.builders import a_grant, an_actor, an_event, new_uuid
from events_core.testing.contracts.store.factory import answered, put
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.doubles import RivalStore
from tests.unit.usecases.planned import managed, told


async def test_a_state_is_reached_told_and_remembered_with_the_reason(
    core: MemoryCore,
) -> None:
    event, manager = await managed(core)
    command = MoveEvent(event_id=event.id, to=Status.CANCELLED, reason=" \u0041\u030a ")
    cancelled = await move_event(core, manager, command)
    assert (cancelled.status, cancelled.version) == (Status.CANCELLED, 2)
    again = await move_event(core, manager, command)
    assert again == cancelled
    assert await told(core, event) == ["event.cancelled"]
    async with core.store.unit_of_work(event.tenant_id) as uow:
        version = (await uow.record.versions(event.id))[-1]
    assert (version.cause.by, version.cause.reason) == (manager.user_id, " \u00c5 ")
    assert version.changes["status"] == ("published", "cancelled")


async def test_what_is_refused_changes_nothing(core: MemoryCore) -> None:
    event, manager = await managed(core, status=Status.COMPLETED)
    refused: list[tuple[MoveEvent, type[Exception]]] = [
        (MoveEvent(event_id=event.id, to=Status.PUBLISHED), IllegalTransition),
        (MoveEvent(event_id=event.id, to=Status.ARCHIVED), InvalidFields),
        (MoveEvent(event_id=event.id, to=Status.DRAFT), InvalidFields),
        (
            MoveEvent(event_id=event.id, to=Status.COMPLETED, reason="x" * 1001),
            InvalidFields,
        ),
        (
            MoveEvent(event_id=event.id, to=Status.COMPLETED, expected_version=2),
            VersionMismatch,
        ),
        (MoveEvent(event_id=EventId(new_uuid()), to=Status.COMPLETED), EventNotFound),
    ]
    for command, error in refused:
        with pytest.raises(error):
            await move_event(core, manager, command)
    assert await told(core, event) == []


@pytest.mark.parametrize("role", [None, *Role])
async def test_who_may_move_and_who_may_delete(
    core: MemoryCore, role: Role | None
) -> None:
    her = an_actor()
    grants = () if role is None else (a_grant(her.user_id, role),)
    event = an_event(tenant_id=her.tenant_id, grants=grants)
    await put(core.store, event)
    cancel = MoveEvent(event_id=event.id, to=Status.CANCELLED)
    if role in {Role.OWNER, Role.EDITOR}:
        await move_event(core, her, cancel)
    else:
        with pytest.raises(PermissionDenied):
            await move_event(core, her, cancel)
    if role is Role.OWNER:
        await delete_event(core, her, DeleteEvent(event_id=event.id))
        await restore_event(core, her, RestoreEvent(event_id=event.id))
    else:
        with pytest.raises(PermissionDenied):
            await delete_event(core, her, DeleteEvent(event_id=event.id))
        with pytest.raises(PermissionDenied):
            await restore_event(core, her, RestoreEvent(event_id=event.id))


async def test_deleting_calls_off_what_people_count_on(core: MemoryCore) -> None:
    event, manager = await managed(core)
    guest = an_actor(event.tenant_id)
    await answered(core.store, event, guest.user_id, Answer.GOING)
    await delete_event(core, manager, DeleteEvent(event_id=event.id, reason="Rain"))
    await delete_event(core, manager, DeleteEvent(event_id=event.id))
    expected = ["event.rsvp.changed", "event.cancelled", "event.deleted"]
    assert await told(core, event) == expected
    with pytest.raises(EventNotFound):
        await get_event(core, guest, event.id)
    with pytest.raises(EventNotFound):
        await restore_event(core, guest, RestoreEvent(event_id=event.id))
    back = await restore_event(core, manager, RestoreEvent(event_id=event.id))
    assert (back.status, back.deleted_at) == (Status.CANCELLED, None)
    assert back.tally.going == 1
    assert await told(core, event) == [*expected, "event.restored"]


@pytest.mark.parametrize("over", [False, True])
async def test_what_nobody_counts_on_is_restored_as_it_was(
    core: MemoryCore, *, over: bool
) -> None:
    event, manager = await managed(core)
    if over:
        await answered(core.store, event, manager.user_id, Answer.GOING)
        core.clock.set(event.schedule.lasts_until)
    await delete_event(core, manager, DeleteEvent(event_id=event.id))
    back = await restore_event(core, manager, RestoreEvent(event_id=event.id))
    assert back.status is Status.PUBLISHED


async def test_a_deleted_event_takes_no_answer_and_no_change(core: MemoryCore) -> None:
    event, manager = await managed(core)
    await answered(core.store, event, manager.user_id, Answer.INTERESTED)
    await delete_event(core, manager, DeleteEvent(event_id=event.id))
    facts = await told(core, event)
    with pytest.raises(RsvpClosed):
        await set_rsvp(core, manager, SetRsvp(event_id=event.id, answer=Answer.GOING))
    with pytest.raises(IllegalTransition):
        await update_event(
            core,
            manager,
            UpdateEvent(event_id=event.id, revision=Revision(title="x")),
        )
    with pytest.raises(IllegalTransition):
        await move_event(
            core, manager, MoveEvent(event_id=event.id, to=Status.PUBLISHED)
        )
    assert await told(core, event) == facts
    await withdraw_rsvp(core, manager, WithdrawRsvp(event_id=event.id))


async def test_whoever_answers_while_it_is_deleted_is_before_or_after(
    core: MemoryCore,
) -> None:
    event, manager = await managed(core)
    guest = an_actor(event.tenant_id)

    async def answer_first() -> None:
        await answered(core.store, event, guest.user_id, Answer.GOING)

    store = RivalStore(core.store, answer_first, before="claim")
    await delete_event(
        evolve(core, store=store), manager, DeleteEvent(event_id=event.id)
    )
    assert await told(core, event) == [
        "event.rsvp.changed",
        "event.cancelled",
        "event.deleted",
    ]


async def test_what_loses_is_decided_again_and_given_up_in_the_end(
    core: MemoryCore,
) -> None:
    event, manager = await managed(core)

    async def lose() -> None:
        raise ConcurrentChange

    command = MoveEvent(event_id=event.id, to=Status.CANCELLED)
    store = RivalStore(core.store, lose, times=1)
    await move_event(evolve(core, store=store), manager, command)
    store = RivalStore(core.store, lose, times=99)
    with pytest.raises(ConcurrentChange):
        await delete_event(
            evolve(core, store=store), manager, DeleteEvent(event_id=event.id)
        )
    assert 99 - store.times == core.policies.change_attempts


async def test_time_completes_and_archives_once_however_many_look(
    core: MemoryCore,
) -> None:
    event = an_event(visibility=Visibility.PRIVATE)
    await put(core.store, event)
    itself = evolve(an_actor(event.tenant_id), via=Via.SYSTEM)

    async def look() -> list[Status | None]:
        looks = (let_time_pass(core, itself, event.id) for _ in range(5))
        return [status for status in await asyncio.gather(*looks) if status]

    core.clock.set(event.schedule.lasts_until - timedelta(seconds=1))
    assert await look() == []
    core.clock.set(event.schedule.lasts_until)
    assert await look() == [Status.COMPLETED]
    assert await look() == []
    core.clock.advance(timedelta(days=365))
    assert await look() == [Status.ARCHIVED]
    assert await look() == []
    assert await told(core, event) == ["event.completed", "event.archived"]
    assert await let_time_pass(core, itself, EventId(new_uuid())) is None
    with pytest.raises(PermissionDenied):
        await let_time_pass(core, an_actor(event.tenant_id), event.id)
