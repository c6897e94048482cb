import asyncio

import pytest
from attrs import evolve

from events_core import (
    Actor,
    EventId,
    Mark,
    MarkAttendance,
    OccurrenceKey,
    Permission,
    Role,
    Visibility,
    mark_attendance,
)
from events_core.domain.event import Event
from events_core.errors import (
    ConcurrentChange,
    EventNotFound,
    InvalidFields,
    PermissionDenied,
)
from events_core.testing.builders import (
    a_grant,
    a_person,
    an_actor,
    an_event,
    new_uuid,
)
from events_core.testing.contracts.store.factory import marked, put
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.doubles import RivalStore


async def an_event_and_a_marker(core: MemoryCore) -> tuple[Event, Actor]:
    event = an_event()
    await put(core.store, event)
    core.clock.set(event.schedule.starts_at)
    marker = an_actor(event.tenant_id)
    core.access.grant(marker, event.scope, Permission.ATTENDANCE_MARK)
    return event, marker


async def test_the_first_mark_stays_whoever_marks_again(core: MemoryCore) -> None:
    event, marker = await an_event_and_a_marker(core)
    other = an_actor(event.tenant_id)
    core.access.grant(other, event.scope, Permission.ATTENDANCE_MARK)
    command = MarkAttendance(event_id=event.id, user_id=a_person())
    first = await mark_attendance(core, marker, command)
    assert first.created
    assert first.attendance.marked_by == marker.user_id
    assert first.attendance.marked_at == event.schedule.starts_at
    again = await mark_attendance(core, other, command)
    assert again == Mark(first.attendance, created=False)
    async with core.store.unit_of_work(event.tenant_id) as uow:
        assert len(await uow.record.facts(event.id)) == 2


async def test_of_many_at_once_one_is_the_first(core: MemoryCore) -> None:
    event, marker = await an_event_and_a_marker(core)
    command = MarkAttendance(event_id=event.id, user_id=a_person())
    marks = await asyncio.gather(
        *(mark_attendance(core, marker, command) for _ in range(20))
    )
    assert sum(mark.created for mark in marks) == 1
    assert len({mark.attendance for mark in marks}) == 1


async def test_who_loses_against_another_marker_gets_her_mark(
    core: MemoryCore,
) -> None:
    event, marker = await an_event_and_a_marker(core)
    her, rival = a_person(), a_person()

    async def be_first() -> None:
        await marked(core.store, event, her, by=rival)

    rivalled = evolve(core, store=RivalStore(core.store, be_first))
    command = MarkAttendance(event_id=event.id, user_id=her)
    mark = await mark_attendance(rivalled, marker, command)
    assert (mark.attendance.marked_by, mark.created) == (rival, False)


async def test_who_always_loses_is_told_so_in_the_end(core: MemoryCore) -> None:
    event, marker = await an_event_and_a_marker(core)

    async def win() -> None:
        raise ConcurrentChange

    store = RivalStore(core.store, win, times=99)
    command = MarkAttendance(event_id=event.id, user_id=a_person())
    with pytest.raises(ConcurrentChange):
        await mark_attendance(evolve(core, store=store), marker, command)
    assert 99 - store.times == core.policies.change_attempts


@pytest.mark.parametrize("role", [None, *Role])
async def test_who_checks_people_in_may_mark_them(
    core: MemoryCore, role: Role | None
) -> None:
    her = an_actor()
    grants = () if role is None else (a_grant(her.user_id, role),)
    event = an_event(tenant_id=her.tenant_id, grants=grants)
    await put(core.store, event)
    core.clock.set(event.schedule.starts_at)
    command = MarkAttendance(event_id=event.id, user_id=a_person())
    if role is Role.CHECKIN:
        assert (await mark_attendance(core, her, command)).created
    else:
        with pytest.raises(PermissionDenied):
            await mark_attendance(core, her, command)


async def test_to_see_comes_before_to_be_allowed(core: MemoryCore) -> None:
    event = an_event(visibility=Visibility.PRIVATE)
    await put(core.store, event)
    marker = an_actor(event.tenant_id)
    core.access.grant(marker, event.scope, Permission.ATTENDANCE_MARK)
    for event_id in (event.id, EventId(new_uuid())):
        command = MarkAttendance(event_id=event_id, user_id=a_person())
        with pytest.raises(EventNotFound):
            await mark_attendance(core, marker, command)


async def test_its_occurrence_may_be_named_and_no_other(core: MemoryCore) -> None:
    event, marker = await an_event_and_a_marker(core)
    command = MarkAttendance(
        event_id=event.id, user_id=a_person(), occurrence=event.occurrence
    )
    assert (await mark_attendance(core, marker, command)).created
    elsewhere = evolve(command, occurrence=OccurrenceKey("2001-01-01T00:00"))
    with pytest.raises(InvalidFields):
        await mark_attendance(core, marker, elsewhere)
