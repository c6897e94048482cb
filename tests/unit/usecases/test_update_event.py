import asyncio
from typing import Any

import pytest
from attrs import evolve

from events_core import (
    Actor,
    EventId,
    Listing,
    Permission,
    Revision,
    Role,
    Scope,
    Status,
    UpdateEvent,
    Visibility,
    get_event,
    update_event,
)
from events_core.domain.event import Event
from events_core.errors import (
    ConcurrentChange,
    EventNotFound,
    InvalidFields,
    MembershipUnavailable,
    NoUpdates,
    PermissionDenied,
    VersionMismatch,
    VisibilityNeedsScope,
)
from events_core.testing.builders import a_grant, a_team, an_actor, an_event, new_uuid
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.doubles import Rival, RivalStore


async def an_event_and_its_manager(
    core: MemoryCore,
    **fields: Any,  # noqa: ANN401 (any of its fields)
) -> tuple[Event, Actor]:
    event = an_event(**fields)
    await put(core.store, event)
    manager = an_actor(event.tenant_id)
    core.access.grant(manager, event.scope, Permission.EVENT_MANAGE)
    return event, manager


def renaming(event: Event, title: str, **fields: Any) -> UpdateEvent:  # noqa: ANN401
    return UpdateEvent(event_id=event.id, revision=Revision(title=title), **fields)


async def test_what_is_named_changes_and_is_recorded_with_its_reason(
    core: MemoryCore,
) -> None:
    event, manager = await an_event_and_its_manager(core)
    changed = await update_event(core, manager, renaming(event, "Go", reason="Fewer"))
    assert (changed.title, changed.version) == ("Go", 2)
    assert await get_event(core, manager, event.id) == changed
    async with core.store.unit_of_work(event.tenant_id) as uow:
        _, version = await uow.record.versions(event.id)
        assert version.changes == {"title": ("Chess night", "Go")}
        assert (version.cause.by, version.cause.reason) == (manager.user_id, "Fewer")
        assert len(await uow.record.facts(event.id)) == 2


async def test_what_is_so_already_is_no_change(core: MemoryCore) -> None:
    event, manager = await an_event_and_its_manager(core)
    same = await update_event(core, manager, renaming(event, event.details.title))
    assert same.version == 1
    async with core.store.unit_of_work(event.tenant_id) as uow:
        assert len(await uow.record.facts(event.id)) == 1


async def test_it_is_done_on_the_expected_version_only(core: MemoryCore) -> None:
    event, manager = await an_event_and_its_manager(core)
    await update_event(core, manager, renaming(event, "Go", expected_version=1))
    with pytest.raises(VersionMismatch) as refused:
        await update_event(core, manager, renaming(event, "Late", expected_version=1))
    assert refused.value.current == 2
    assert (await get_event(core, manager, event.id)).title == "Go"


@pytest.mark.parametrize(
    ("revision", "problem"),
    [
        (Revision(), NoUpdates),
        (Revision(title=" "), InvalidFields),
        (Revision(visibility=Visibility.TEAM), VisibilityNeedsScope),
    ],
)
async def test_what_breaks_a_rule_changes_nothing(
    core: MemoryCore, revision: Revision, problem: type[Exception]
) -> None:
    event, manager = await an_event_and_its_manager(core)
    command = UpdateEvent(event_id=event.id, revision=revision)
    with pytest.raises(problem):
        await update_event(core, manager, command)
    assert (await get_event(core, manager, event.id)).version == 1


class TestWhoMay:
    async def may(self, core: MemoryCore, actor: Actor, event: Event) -> bool:
        try:
            await update_event(core, actor, renaming(event, str(new_uuid())))
        except PermissionDenied:
            return False
        return True

    @pytest.mark.parametrize("role", Role)
    async def test_owners_and_editors_may_whatever_they_hold_elsewhere(
        self, core: MemoryCore, role: Role
    ) -> None:
        her = an_actor()
        grant = a_grant(her.user_id, role)
        event = an_event(tenant_id=her.tenant_id, grants=(grant,))
        await put(core.store, event)
        may = role in {Role.OWNER, Role.EDITOR}
        assert await self.may(core, her, event) is may

    async def test_the_creator_may_while_she_may_create(self, core: MemoryCore) -> None:
        her = an_actor()
        event = an_event(tenant_id=her.tenant_id, created_by=her.user_id)
        await put(core.store, event)
        tenant = Scope.of_tenant(her.tenant_id)
        assert not await self.may(core, her, event)
        core.access.grant(her, tenant, Permission.EVENT_CREATE)
        assert await self.may(core, her, event)
        core.access.revoke(her, tenant, Permission.EVENT_CREATE)
        assert not await self.may(core, her, event)

    async def test_who_manages_elsewhere_may_not(self, core: MemoryCore) -> None:
        event = an_event()
        await put(core.store, event)
        her = an_actor(event.tenant_id)
        core.access.grant(her, a_team(), Permission.EVENT_MANAGE)
        assert not await self.may(core, her, event)

    async def test_whoever_does_not_see_it_finds_nothing_to_change(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_and_its_manager(
            core, visibility=Visibility.PRIVATE
        )
        for event_id in (event.id, EventId(new_uuid())):
            command = UpdateEvent(event_id=event_id, revision=Revision())
            with pytest.raises(EventNotFound):
                await update_event(core, manager, command)

    async def test_who_may_is_not_told_when_who_sees_is_not(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_and_its_manager(
            core, visibility=Visibility.TEAM
        )
        core.memberships.silent = True
        with pytest.raises(MembershipUnavailable):
            await update_event(core, manager, renaming(event, "Go"))

    async def test_who_is_barred_may_not(self, core: MemoryCore) -> None:
        event, manager = await an_event_and_its_manager(core)
        barred = evolve(manager, flags=an_actor(banned=True).flags)
        assert not await self.may(core, barred, event)

    async def test_who_hides_it_from_herself_sees_what_she_did(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_and_its_manager(core)
        hiding = Revision(visibility=Visibility.PRIVATE)
        command = UpdateEvent(event_id=event.id, revision=hiding)
        hidden = await update_event(core, manager, command)
        assert hidden.visibility is Visibility.PRIVATE
        with pytest.raises(EventNotFound):
            await get_event(core, manager, event.id)


class TestAtTheSameTime:
    def rival(self, core: MemoryCore, manager: Actor, event: Event) -> Rival:
        """Whoever describes the event anew each time, right before it is saved."""

        async def describe() -> None:
            anew = Revision(description=str(new_uuid()))
            command = UpdateEvent(event_id=event.id, revision=anew)
            await update_event(core, manager, command)

        return describe

    async def test_without_a_precondition_both_changes_stand(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_and_its_manager(core)
        store = RivalStore(core.store, self.rival(core, manager, event), times=4)
        rivalled = evolve(core, store=store)
        changed = await update_event(rivalled, manager, renaming(event, "Go"))
        assert (changed.title, changed.version) == ("Go", 6)
        assert changed.description is not None

    async def test_who_always_loses_is_told_so_in_the_end(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_and_its_manager(core)
        store = RivalStore(core.store, self.rival(core, manager, event), times=99)
        with pytest.raises(ConcurrentChange):
            await update_event(
                evolve(core, store=store), manager, renaming(event, "Go")
            )
        stored = await get_event(core, manager, event.id)
        assert (stored.title, stored.version) == ("Chess night", 6)

    async def test_with_a_precondition_the_loser_is_told_the_version(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_and_its_manager(core)
        store = RivalStore(core.store, self.rival(core, manager, event))
        with pytest.raises(VersionMismatch) as refused:
            await update_event(
                evolve(core, store=store),
                manager,
                renaming(event, "Go", expected_version=1),
            )
        assert refused.value.current == 2

    async def test_whoever_loses_her_right_meanwhile_changes_nothing(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_and_its_manager(core)

        async def hide() -> None:
            hiding = Revision(visibility=Visibility.PRIVATE)
            command = UpdateEvent(event_id=event.id, revision=hiding)
            await update_event(core, manager, command)

        rivalled = evolve(core, store=RivalStore(core.store, hide))
        with pytest.raises(EventNotFound):
            await update_event(rivalled, manager, renaming(event, "Go"))

    async def test_of_many_with_one_precondition_one_wins(
        self, core: MemoryCore
    ) -> None:
        event, manager = await an_event_and_its_manager(core)
        outcomes = await asyncio.gather(
            *(
                update_event(
                    core, manager, renaming(event, f"Title {n}", expected_version=1)
                )
                for n in range(8)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(one, Listing) for one in outcomes) == 1
        assert sum(isinstance(one, VersionMismatch) for one in outcomes) == 7


async def test_a_draft_stays_one(core: MemoryCore) -> None:
    event, manager = await an_event_and_its_manager(core, status=Status.DRAFT)
    assert (await update_event(core, manager, renaming(event, "Go"))).status is (
        Status.DRAFT
    )
