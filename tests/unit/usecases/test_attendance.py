"""Marks taken back, made by the many, sent late and again; and who came."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from events_core import (
    Actor,
    Answer,
    ListAttendance,
    Mark,
    MarkAttendance,
    MarkMany,
    Permission,
    Revision,
    SetRsvp,
    Status,
    UndoAttendance,
    UpdateEvent,
    UserId,
    WithdrawRsvp,
    list_attendance,
    mark_attendance,
    mark_many,
    set_rsvp,
    undo_attendance,
    update_event,
    withdraw_rsvp,
)
from events_core.domain.event import Event
from events_core.domain.signup import UNLIMITED
from events_core.errors import (
    AttendanceClosed,
    InvalidFields,
    NotConfirmed,
    PermissionDenied,
)
from events_core.testing.builders import a_person, an_actor
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.planned import managed, told

HOUR = timedelta(hours=1)


async def at_the_door(core: MemoryCore, **fields: object) -> tuple[Event, Actor]:
    event, marker = await managed(
        core, Permission.ATTENDANCE_MARK, Permission.EVENT_MANAGE, **fields
    )
    core.clock.set(event.schedule.starts_at)
    return event, marker


async def test_marks_are_taken_from_two_hours_before_the_start(
    core: MemoryCore,
) -> None:
    event, marker = await at_the_door(core)
    command = MarkAttendance(event_id=event.id, user_id=a_person())
    opens_at = event.schedule.starts_at - 2 * HOUR
    core.clock.set(opens_at - timedelta(seconds=1))
    with pytest.raises(AttendanceClosed) as refused:
        await mark_attendance(core, marker, command)
    assert refused.value.opens_at == opens_at
    assert await told(core, event) == []
    core.clock.set(opens_at)
    assert (await mark_attendance(core, marker, command)).created
    core.clock.advance(timedelta(days=900))  # there is no end
    late = evolve(command, user_id=a_person())
    assert (await mark_attendance(core, marker, late)).created


@pytest.mark.parametrize("status", Status)
async def test_nobody_comes_to_what_is_not(core: MemoryCore, status: Status) -> None:
    event, marker = await at_the_door(core, status=status)
    core.access.grant(marker, event.scope, Permission.EVENT_MANAGE)
    command = MarkAttendance(event_id=event.id, user_id=a_person())
    if status in {Status.PUBLISHED, Status.COMPLETED, Status.ARCHIVED}:
        assert (await mark_attendance(core, marker, command)).created
    else:
        with pytest.raises(AttendanceClosed):
            await mark_attendance(core, marker, command)


async def test_a_mark_taken_back_can_be_made_again_but_not_by_its_copy(
    core: MemoryCore,
) -> None:
    event, marker = await at_the_door(core)
    her = a_person()
    first = MarkAttendance(event_id=event.id, user_id=her, nonce="gate-1")
    undo = UndoAttendance(event_id=event.id, user_id=her)
    await undo_attendance(core, marker, undo)  # there is nothing to undo
    made = await mark_attendance(core, marker, first)
    core.clock.advance(HOUR)
    for _ in range(2):
        await undo_attendance(core, marker, undo)
    copy = await mark_attendance(core, marker, first)
    assert copy == Mark(made.attendance, created=False)
    assert (
        await list_attendance(core, marker, ListAttendance(event_id=event.id))
    ).total == 0
    again = await mark_attendance(core, marker, evolve(first, nonce="gate-2"))
    assert again.created
    assert again.attendance.marked_at == made.attendance.marked_at + HOUR
    marked, unmarked = "event.attendance.marked", "event.attendance.unmarked"
    assert await told(core, event) == [marked, unmarked, marked]


@pytest.mark.parametrize("answer", [None, Answer.INTERESTED, Answer.NOT_GOING])
async def test_without_walk_ins_only_who_has_a_place_is_marked(
    core: MemoryCore, answer: Answer | None
) -> None:
    event, marker = await at_the_door(core, signup=evolve(UNLIMITED, walk_ins=False))
    her, other = an_actor(event.tenant_id), an_actor(event.tenant_id)
    core.clock.set(event.schedule.starts_at - HOUR)
    await set_rsvp(core, her, SetRsvp(event_id=event.id, answer=Answer.GOING))
    if answer is not None:
        await set_rsvp(core, other, SetRsvp(event_id=event.id, answer=answer))
    before = await told(core, event)
    hers, others = (
        MarkAttendance(event_id=event.id, user_id=who.user_id, nonce=str(who.user_id))
        for who in (her, other)
    )
    with pytest.raises(NotConfirmed):
        await mark_attendance(core, marker, others)
    assert await told(core, event) == before
    refused, made = await mark_many(
        core, marker, MarkMany(event_id=event.id, marks=[others, hers])
    )
    assert isinstance(refused, NotConfirmed)
    assert isinstance(made, Mark)
    assert made.created
    await withdraw_rsvp(core, her, WithdrawRsvp(event_id=event.id))
    with pytest.raises(NotConfirmed):
        await mark_attendance(core, marker, evolve(hers, nonce=None))
    again = await mark_attendance(core, marker, hers)
    assert again == Mark(made.attendance, created=False)


async def test_a_nonce_stands_for_one_person_and_a_past_time_needs_one(
    core: MemoryCore,
) -> None:
    event, marker = await at_the_door(core)
    command = MarkAttendance(event_id=event.id, user_id=a_person(), nonce="n")
    await mark_attendance(core, marker, command)
    now = core.clock.now()
    for wrong in (
        evolve(command, user_id=a_person()),
        evolve(command, nonce=""),
        evolve(command, nonce="x" * 129),
        evolve(command, nonce=None, at=now),
        evolve(command, nonce="m", at=now + HOUR),
    ):
        with pytest.raises(InvalidFields):
            await mark_attendance(core, marker, wrong)
    assert len(await told(core, event)) == 1


async def test_of_many_marks_each_is_made_or_refused_by_itself(
    core: MemoryCore,
) -> None:
    event, marker = await at_the_door(core)
    her = a_person()
    early = event.schedule.starts_at - 3 * HOUR
    marks = [
        MarkAttendance(event_id=event.id, user_id=her),
        MarkAttendance(event_id=event.id, user_id=her),
        MarkAttendance(event_id=event.id, user_id=a_person(), nonce="e", at=early),
        MarkAttendance(event_id=event.id, user_id=a_person(), nonce=""),
        MarkAttendance(event_id=event.id, user_id=a_person()),
    ]
    results = await mark_many(core, marker, MarkMany(event_id=event.id, marks=marks))
    assert [
        result.created if isinstance(result, Mark) else result.code
        for result in results
    ] == [True, False, "ATTENDANCE_CLOSED", "VALIDATION_ERROR", True]
    most = core.policies.most_marks + 1
    with pytest.raises(InvalidFields):
        await mark_many(
            core, marker, MarkMany(event_id=event.id, marks=marks[:1] * most)
        )
    with pytest.raises(PermissionDenied):
        await mark_many(
            core,
            an_actor(event.tenant_id),
            MarkMany(event_id=event.id, marks=marks),
        )


GUESTS = [UserId(a_person()) for _ in range(3)]
scans = st.lists(
    st.tuples(
        st.integers(0, 2),  # the device
        st.sampled_from(GUESTS),
        st.integers(-60, 0),  # the minute
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda scan: scan,
)


@settings(max_examples=30, deadline=None)
@given(scans, st.data())
def test_three_devices_that_send_in_any_order_and_again_end_alike(
    seen: list[tuple[int, UserId, int]], data: st.DataObject
) -> None:
    """Whatever the order, the earliest mark of each person stands."""
    orders = [
        data.draw(st.permutations(seen * 2), label=f"order {number}")
        for number in range(2)
    ]

    async def end_of(order: list[tuple[int, UserId, int]]) -> object:
        core = MemoryCore()
        event, first = await at_the_door(core)
        devices = [first, an_actor(event.tenant_id), an_actor(event.tenant_id)]
        for device in devices[1:]:
            core.access.grant(device, event.scope, Permission.ATTENDANCE_MARK)
        start = event.schedule.starts_at
        for number, guest, minute in order:
            mark = MarkAttendance(
                event_id=event.id,
                user_id=guest,
                nonce=f"{number}-{guest}-{minute}",
                at=start + timedelta(minutes=minute),
            )
            command = MarkMany(event_id=event.id, marks=[mark])
            await mark_many(core, devices[number], command)
        present = await list_attendance(core, first, ListAttendance(event_id=event.id))
        return {
            mark.user_id: (mark.marked_at - start) // timedelta(minutes=1)
            for mark in present.marks
        }

    expected: dict[UserId, int] = {}
    for _, guest, minute in seen:
        expected[guest] = min(minute, expected.get(guest, 0))
    for order in orders:
        assert asyncio.run(end_of(order)) == expected


async def test_whoever_counts_on_an_event_is_noted_to_hear_of_a_move(
    core: MemoryCore,
) -> None:
    event, manager = await at_the_door(core)
    core.clock.set(event.created_at)
    for answer in Answer:
        guest = an_actor(event.tenant_id)
        await set_rsvp(core, guest, SetRsvp(event_id=event.id, answer=answer))
    later = datetime(2027, 3, 21, 20, tzinfo=UTC)
    for revision, expected in (
        (Revision(title="Go night"), []),
        (Revision(location_text="The hall"), [3] * 2),
        (Revision(starts_at=later), [3] * 2 + [4] * 2),
    ):
        command = UpdateEvent(event_id=event.id, revision=revision)
        await update_event(core, manager, command)
        async with core.store.unit_of_work(event.tenant_id) as uow:
            notices = await uow.notices.of_event(event.id)
        assert [notice.event_version for notice in notices] == expected
    assert {notice.kind.value for notice in notices} == {"changed"}
