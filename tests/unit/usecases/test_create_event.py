import asyncio
from typing import Any

import pytest
from attrs import evolve

from events_core import (
    Actor,
    CreateEvent,
    EventId,
    Permission,
    Revision,
    Role,
    Scope,
    Status,
    UpdateEvent,
    Visibility,
    create_event,
    get_event,
    update_event,
)
from events_core.domain.predicate import Everything
from events_core.domain.roles import Bearer
from events_core.errors import (
    AccessUnavailable,
    AlreadyExists,
    EventNotFound,
    InvalidFields,
    InvalidTimeRange,
    PermissionDenied,
    StoreUnavailable,
    VisibilityNeedsScope,
)
from events_core.ports.store import PageQuery
from events_core.testing.builders import EVENING, NOW, a_community, a_team, an_actor
from events_core.testing.clock import SequentialIds
from events_core.testing.people import MemoryAccess
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.doubles import DeadStore


def chess(**fields: Any) -> CreateEvent:  # noqa: ANN401 (any of its fields)
    return evolve(CreateEvent(title="Chess", starts_at=EVENING), **fields)


def an_organizer(access: MemoryAccess, scope: Scope | None = None) -> Actor:
    actor = an_actor()
    access.bind(actor, scope or Scope.of_tenant(actor.tenant_id))
    return actor


async def number_of_events(core: MemoryCore, actor: Actor) -> int | None:
    async with core.store.unit_of_work(actor.tenant_id) as uow:
        query = PageQuery(where=Everything(), reader=Bearer(actor.user_id))
        return (await uow.events.page(query)).total


async def test_it_is_there_published_and_owned_by_her(
    core: MemoryCore, access: MemoryAccess
) -> None:
    her = an_organizer(access)
    made = await create_event(core, her, chess(description="Bring a board"))
    assert (made.title, made.description) == ("Chess", "Bring a board")
    assert (made.status, made.visibility) == (Status.PUBLISHED, Visibility.PUBLIC)
    assert made.scope == Scope.of_tenant(her.tenant_id)
    assert (made.created_by, made.my_roles) == (her.user_id, (Role.OWNER,))
    assert (made.created_at, made.version, made.id.version) == (NOW, 1, 7)
    assert await get_event(core, her, made.id) == made
    anybody = an_actor(her.tenant_id)
    assert (await get_event(core, anybody, made.id)).title == "Chess"
    async with core.store.unit_of_work(her.tenant_id) as uow:
        assert len(await uow.record.versions(made.id)) == 1
        assert len(await uow.record.facts(made.id)) == 1


async def test_a_draft_is_hers_alone(core: MemoryCore, access: MemoryAccess) -> None:
    her = an_organizer(access)
    draft = await create_event(core, her, chess(status=Status.DRAFT))
    assert (await get_event(core, her, draft.id)).status is Status.DRAFT
    with pytest.raises(EventNotFound):
        await get_event(core, an_actor(her.tenant_id), draft.id)


async def test_it_takes_the_permission_at_its_scope(
    core: MemoryCore, access: MemoryAccess
) -> None:
    team = a_team()
    her = an_organizer(access, team)
    there = chess(scope=team, visibility=Visibility.TEAM)
    assert (await create_event(core, her, there)).scope == team
    for elsewhere in (None, a_team(), a_community()):
        with pytest.raises(PermissionDenied):
            await create_event(core, her, chess(scope=elsewhere))
    assert await number_of_events(core, her) == 1


async def test_to_manage_is_not_to_create(
    core: MemoryCore, access: MemoryAccess
) -> None:
    her = an_actor()
    access.grant(her, Scope.of_tenant(her.tenant_id), Permission.EVENT_MANAGE)
    with pytest.raises(PermissionDenied):
        await create_event(core, her, chess())


async def test_without_the_permission_nobody_learns_what_else_is_wrong(
    core: MemoryCore,
) -> None:
    with pytest.raises(PermissionDenied):
        await create_event(core, an_actor(), chess(title=""))


async def test_whatever_is_wrong_is_told_at_once_and_nothing_is_stored(
    core: MemoryCore, access: MemoryAccess
) -> None:
    her = an_organizer(access)
    with pytest.raises(InvalidFields) as refused:
        await create_event(core, her, chess(title=" ", time_zone="Mars/Olympus"))
    assert set(refused.value.fields) == {"title", "time_zone"}
    with pytest.raises(InvalidTimeRange):
        await create_event(core, her, chess(ends_at=EVENING))
    with pytest.raises(VisibilityNeedsScope):
        await create_event(core, her, chess(visibility=Visibility.TEAM))
    assert await number_of_events(core, her) == 0


@pytest.mark.parametrize(
    "status", sorted(set(Status) - {Status.DRAFT, Status.PUBLISHED})
)
async def test_it_begins_as_a_draft_or_published(
    core: MemoryCore, access: MemoryAccess, status: Status
) -> None:
    with pytest.raises(InvalidFields) as refused:
        await create_event(core, an_organizer(access), chess(status=status))
    assert set(refused.value.fields) == {"status"}


async def test_another_tenants_scope_is_no_scope(
    core: MemoryCore, access: MemoryAccess
) -> None:
    other = Scope.of_tenant(an_actor().tenant_id)
    for actor in (an_organizer(access), an_actor(system_admin=True)):
        with pytest.raises(InvalidFields) as refused:
            await create_event(core, actor, chess(scope=other))
        assert set(refused.value.fields) == {"scope_id"}


class TestWithAnId:
    async def test_again_it_is_the_event_of_that_time_as_it_is_now(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        her, event_id = an_organizer(access), EventId(core.ids.new())
        await create_event(core, her, chess(id=event_id))
        renamed = UpdateEvent(event_id=event_id, revision=Revision(title="Go"))
        now = await update_event(core, her, renamed)
        assert await create_event(core, her, chess(id=event_id)) == now
        assert await number_of_events(core, her) == 1
        async with core.store.unit_of_work(her.tenant_id) as uow:
            assert len(await uow.record.facts(event_id)) == 2

    async def test_many_times_at_once_it_is_one_event(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        her, event_id = an_organizer(access), EventId(core.ids.new())
        made = await asyncio.gather(
            *(create_event(core, her, chess(id=event_id)) for _ in range(10))
        )
        assert made == [made[0]] * 10
        assert await number_of_events(core, her) == 1

    async def test_somebody_elses_id_is_taken(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        her = an_organizer(access)
        made = await create_event(core, her, chess(visibility=Visibility.PRIVATE))
        him = an_actor(her.tenant_id)
        access.bind(him, Scope.of_tenant(him.tenant_id))
        with pytest.raises(AlreadyExists):
            await create_event(core, him, chess(id=made.id, title="His"))
        assert await get_event(core, her, made.id) == made

    async def test_without_one_a_taken_id_is_never_taken_for_hers(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        her = an_organizer(access)
        made = await create_event(core, her, chess())
        again = evolve(core, ids=SequentialIds(core.ids.series))
        with pytest.raises(AlreadyExists):
            await create_event(again, her, chess(title="Go"))
        assert await get_event(core, her, made.id) == made

    async def test_it_is_free_in_another_tenant(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        her, him = an_organizer(access), an_organizer(access)
        made = await create_event(core, her, chess())
        his = await create_event(core, him, chess(id=made.id, title="His"))
        assert his.title == "His"
        assert await get_event(core, her, made.id) == made


async def test_whoever_is_barred_creates_nothing_admin_or_not(
    core: MemoryCore, access: MemoryAccess
) -> None:
    for actor in (
        an_actor(suspended=True),
        an_actor(banned=True),
        an_actor(banned=True, system_admin=True),
    ):
        access.bind(actor, Scope.of_tenant(actor.tenant_id))
        with pytest.raises(PermissionDenied):
            await create_event(core, actor, chess())


async def test_of_a_system_admin_access_is_not_asked(
    core: MemoryCore, access: MemoryAccess
) -> None:
    access.silent = True
    made = await create_event(core, an_actor(system_admin=True), chess())
    assert made.title == "Chess"


async def test_an_outage_is_neither_a_yes_nor_a_no(
    core: MemoryCore, access: MemoryAccess
) -> None:
    her = an_organizer(access)
    access.silent = True
    with pytest.raises(AccessUnavailable):
        await create_event(core, her, chess())
    assert await number_of_events(core, her) == 0
    access.silent = False
    with pytest.raises(StoreUnavailable):
        await create_event(MemoryCore(store=DeadStore(), access=access), her, chess())
