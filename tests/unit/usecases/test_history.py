from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import evolve

from events_core import (
    Actor,
    Answer,
    MarkAttendance,
    Permission,
    ReadHistory,
    Revision,
    Role,
    RollBackEvent,
    SetRsvp,
    UpdateEvent,
    Via,
    Visibility,
    compare_versions,
    mark_attendance,
    read_history,
    read_version,
    roll_back_event,
    set_rsvp,
    update_event,
)
from events_core.domain.event import Event
from events_core.errors import (
    ConcurrentChange,
    EventNotFound,
    InvalidFields,
    MergeConflict,
    PermissionDenied,
    VersionMismatch,
    VersionNotFound,
)
from events_core.testing.builders import a_grant, a_person, an_actor, an_event
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.doubles import RivalStore
from tests.unit.usecases.test_update_event import an_event_and_its_manager, renaming


async def renamed(
    core: MemoryCore,
    *titles: str,
    **fields: Any,  # noqa: ANN401 (of the event)
) -> tuple[Event, Actor]:
    """Return an event that then had each of these titles, and its manager."""
    event, manager = await an_event_and_its_manager(core, **fields)
    for title in titles:
        await update_event(core, manager, renaming(event, title))
    return event, manager


async def test_the_newest_version_comes_first_and_pages_add_up(
    core: MemoryCore,
) -> None:
    event, manager = await renamed(core, "A", "B", "C")
    for offset in range(5):
        part = ReadHistory(event_id=event.id, limit=2, offset=offset)
        history = await read_history(core, manager, part)
        assert [v.number for v in history.items] == [4, 3, 2, 1][offset : offset + 2]
        assert history.total == 4


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 251}, {"offset": -1}])
async def test_a_page_has_bounds(core: MemoryCore, wrong: dict[str, int]) -> None:
    event, manager = await renamed(core)
    with pytest.raises(InvalidFields):
        await read_history(core, manager, ReadHistory(event_id=event.id, **wrong))


async def test_two_versions_are_compared_either_way_round(core: MemoryCore) -> None:
    event, manager = await renamed(core, "Chess day", "Go day")
    forth = await compare_versions(core, manager, event.id, 1, 3)
    back = await compare_versions(core, manager, event.id, 3, 1)
    assert forth.changes == {"title": ("Chess night", "Go day")}
    assert back.changes == {"title": ("Go day", "Chess night")}
    assert [p.text for p in forth.texts["title"]] == [
        "Chess",
        "Go",
        " ",
        "night",
        "day",
    ]


@pytest.mark.parametrize("number", [0, 3, 10**12])
async def test_there_is_no_other_version(core: MemoryCore, number: int) -> None:
    event, manager = await renamed(core, "Go")
    asked: list[Awaitable[object]] = [
        read_version(core, manager, event.id, number),
        compare_versions(core, manager, event.id, 1, number),
        compare_versions(core, manager, event.id, number, 1),
        roll_back_event(
            core, manager, RollBackEvent(event_id=event.id, version=number)
        ),
    ]
    for asking in asked:
        with pytest.raises(VersionNotFound):
            await asking


ASKING: list[Callable[[MemoryCore, Actor, Event], Awaitable[object]]] = [
    lambda core, actor, event: read_history(
        core, actor, ReadHistory(event_id=event.id)
    ),
    lambda core, actor, event: read_version(core, actor, event.id, 1),
    lambda core, actor, event: compare_versions(core, actor, event.id, 1, 1),
    lambda core, actor, event: roll_back_event(
        core, actor, RollBackEvent(event_id=event.id, version=1)
    ),
]


@pytest.mark.parametrize(
    "asking", ASKING, ids=["history", "version", "comparison", "rollback"]
)
async def test_who_may_change_an_event_may_read_its_history_and_nobody_else(
    core: MemoryCore, asking: Callable[[MemoryCore, Actor, Event], Awaitable[object]]
) -> None:
    people = {role: a_person() for role in Role}
    event = an_event(
        visibility=Visibility.PRIVATE,
        grants=tuple(a_grant(who, role) for role, who in people.items()),
    )
    await put(core.store, event)
    for role, who in people.items():
        asked = asking(core, an_actor(event.tenant_id, who), event)
        if role in {Role.OWNER, Role.EDITOR}:
            assert await asked
        else:
            with pytest.raises(PermissionDenied):
                await asked
    manager = an_actor(event.tenant_id)
    core.access.grant(manager, event.scope, Permission.EVENT_MANAGE)
    with pytest.raises(EventNotFound):  # who manages the place, but may not see it
        await asking(core, manager, event)


class TestRollback:
    async def test_it_is_a_new_version_with_the_old_content(
        self, core: MemoryCore
    ) -> None:
        event, manager = await renamed(core, "Go")
        command = RollBackEvent(event_id=event.id, version=1, reason=" Was right ")
        listing = await roll_back_event(core, manager, command)
        assert (listing.title, listing.version) == ("Chess night", 3)
        version = await read_version(core, manager, event.id, 3)
        assert version.changes == {"title": ("Go", "Chess night")}
        cause = version.cause
        assert (cause.via, cause.by) == (Via.ROLLBACK, manager.user_id)
        assert cause.reason == " Was right "

    async def test_one_that_changes_nothing_is_no_version(
        self, core: MemoryCore
    ) -> None:
        event, manager = await renamed(core, "Go", "Chess night")
        for number in (1, 3):
            command = RollBackEvent(event_id=event.id, version=number)
            assert (await roll_back_event(core, manager, command)).version == 3

    async def test_what_decides_who_can_come_is_brought_back_by_name_only(
        self, core: MemoryCore
    ) -> None:
        event, _ = await an_event_and_its_manager(core)
        new = Revision(
            title="Go", visibility=Visibility.PRIVATE, ends_at=None, capacity=5
        )
        holder = an_actor(event.tenant_id, event.created_by)
        core.access.grant(holder, event.scope, Permission.EVENT_MANAGE)
        await update_event(core, holder, UpdateEvent(event_id=event.id, revision=new))
        command = RollBackEvent(event_id=event.id, version=1)
        quiet = await roll_back_event(core, holder, command)
        assert (quiet.title, quiet.visibility) == ("Chess night", Visibility.PRIVATE)
        assert (quiet.ends_at, quiet.signup.capacity) == (None, 5)
        named = RollBackEvent(
            event_id=event.id, version=1, fields={"visibility", "ends_at"}
        )
        back = await roll_back_event(core, holder, named)
        assert back.visibility is Visibility.PUBLIC
        assert back.ends_at == event.schedule.ends_at

    async def test_answers_and_attendance_stay(self, core: MemoryCore) -> None:
        event, manager = await renamed(core, "Go")
        core.access.grant(manager, event.scope, Permission.ATTENDANCE_MARK)
        answer = SetRsvp(event_id=event.id, answer=Answer.GOING)
        before = await set_rsvp(core, manager, answer)
        core.clock.set(event.schedule.starts_at)
        mark = MarkAttendance(event_id=event.id, user_id=manager.user_id)
        marked = await mark_attendance(core, manager, mark)
        listing = await roll_back_event(
            core, manager, RollBackEvent(event_id=event.id, version=1)
        )
        assert (listing.tally, listing.my_answer) == (before.tally, Answer.GOING)
        again = await mark_attendance(core, manager, mark)
        assert (again.attendance, again.created) == (marked.attendance, False)

    async def test_another_change_at_the_same_time_does_not_stop_it(
        self, core: MemoryCore
    ) -> None:
        event, manager = await renamed(core, "Go")

        numbers = iter(range(99))

        async def edit() -> None:
            revision = Revision(game_id=f"game {next(numbers)}")
            await update_event(
                core, manager, UpdateEvent(event_id=event.id, revision=revision)
            )

        command = RollBackEvent(event_id=event.id, version=1)
        rivalled = evolve(core, store=RivalStore(core.store, edit))
        listing = await roll_back_event(rivalled, manager, command)
        assert (listing.title, listing.version) == ("Chess night", 4)
        await update_event(core, manager, renaming(event, "Go"))
        endless = evolve(core, store=RivalStore(core.store, edit, times=99))
        with pytest.raises(ConcurrentChange):
            await roll_back_event(endless, manager, command)


class TestPreconditions:
    async def test_a_mismatch_names_what_has_changed_since(
        self, core: MemoryCore
    ) -> None:
        event, manager = await renamed(core, "Go", "Poker")
        revision = Revision(game_id="poker", title="Go")
        await update_event(
            core, manager, UpdateEvent(event_id=event.id, revision=revision)
        )
        for expected, changed in ((1, ("game_id", "title")), (2, ("game_id",))):
            late = renaming(event, "Late", expected_version=expected)
            with pytest.raises(VersionMismatch) as refused:
                await update_event(core, manager, late)
            assert (refused.value.current, refused.value.changed) == (4, changed)
        with pytest.raises(VersionMismatch) as refused:
            await update_event(core, manager, renaming(event, "?", expected_version=9))
        assert (refused.value.current, refused.value.changed) == (4, ())

    async def test_changes_to_different_fields_are_merged(
        self, core: MemoryCore
    ) -> None:
        event, manager = await renamed(core, "Go")
        revision = Revision(title="Chess night", game_id="go")
        listing = await update_event(
            core,
            manager,
            UpdateEvent(
                event_id=event.id, revision=revision, expected_version=1, merge=True
            ),
        )
        assert (listing.title, listing.game_id, listing.version) == ("Go", "go", 3)

    async def test_changes_to_the_same_field_are_not(self, core: MemoryCore) -> None:
        event, manager = await renamed(core, "Go")
        late = renaming(event, "Poker", expected_version=1, merge=True)
        with pytest.raises(MergeConflict) as refused:
            await update_event(core, manager, late)
        assert refused.value.fields == {"title": ("Go", "Poker")}

    async def test_what_others_did_already_or_nobody_did_is_no_version(
        self, core: MemoryCore
    ) -> None:
        event, manager = await renamed(core, "Go")
        for title in ("Go", "Chess night"):
            late = renaming(event, title, expected_version=1, merge=True)
            assert (await update_event(core, manager, late)).version == 2

    async def test_there_is_nothing_to_merge_with_without_a_version(
        self, core: MemoryCore
    ) -> None:
        event, manager = await renamed(core)
        with pytest.raises(InvalidFields):
            await update_event(core, manager, renaming(event, "Go", merge=True))

    async def test_a_reason_has_its_rule(self, core: MemoryCore) -> None:
        event, manager = await renamed(core)
        for reason in ("x" * 1_001, "\x00"):
            with pytest.raises(InvalidFields) as refused:
                await update_event(core, manager, renaming(event, "Go", reason=reason))
            assert refused.value.fields.keys() == {"change_reason"}
