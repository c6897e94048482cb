import pytest
from attrs import evolve

from events_core import (
    Actor,
    Answer,
    MasterFlags,
    Permission,
    Scope,
    describe_me,
    erase_person,
    export_person,
)
from events_core.errors import (
    AccessUnavailable,
    ConcurrentChange,
    InvalidFields,
    PermissionDenied,
)
from events_core.ports.store import PersonalData
from events_core.testing.builders import (
    NOW,
    a_team,
    a_tenant,
    an_actor,
    an_event,
)
from events_core.testing.contracts.store.factory import answered, marked, put
from events_core.testing.people import MemoryAccess
from events_core.testing.wired import MemoryCore
from tests.unit.usecases.doubles import RivalStore


async def somebody(core: MemoryCore) -> Actor:
    """Who created an event, answered it and came."""
    event = an_event()
    assert event.created_by is not None
    await put(core.store, event)
    await answered(core.store, event, event.created_by, Answer.GOING)
    await marked(core.store, event, event.created_by, by=event.created_by)
    return an_actor(event.tenant_id, event.created_by)


class TestExportAndErasure:
    async def test_she_has_all_that_is_kept_and_can_have_it_gone(
        self, core: MemoryCore
    ) -> None:
        her = await somebody(core)
        data = await export_person(core, her, her.user_id)
        kept = (data.events_created, data.rsvps, data.attendance, data.marked)
        assert [len(one) for one in kept] == [1, 1, 1, 1]
        assert (len(data.events_with_role), len(data.facts)) == (1, 3)
        erasure = await erase_person(core, her, her.user_id)
        assert erasure.erased_at == NOW
        assert (
            erasure.counts.items()
            >= {
                "events_anonymized": 1,
                "rsvps_deleted": 1,
                "attendance_deleted": 1,
                "attendance_marked_by_redacted": 0,
                "outbox_scrubbed": 3,
            }.items()
        )
        again = await erase_person(core, her, her.user_id)
        assert not any(again.counts.values())
        nothing = await export_person(core, her, her.user_id)
        assert nothing == PersonalData((), (), (), (), (), (), ())

    @pytest.mark.parametrize(
        "flags", [MasterFlags(suspended=True), MasterFlags(banned=True)]
    )
    async def test_it_is_hers_even_when_she_is_barred(
        self, core: MemoryCore, flags: MasterFlags
    ) -> None:
        her = evolve(await somebody(core), flags=flags)
        assert (await export_person(core, her, her.user_id)).rsvps
        assert (await erase_person(core, her, her.user_id)).counts["rsvps_deleted"]

    async def test_for_others_a_system_admin_may_who_is_not_barred(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        her = await somebody(core)
        access.silent = True  # it is not asked
        for actor in (
            an_actor(her.tenant_id),
            an_actor(her.tenant_id, system_admin=True, banned=True),
        ):
            with pytest.raises(PermissionDenied):
                await export_person(core, actor, her.user_id)
            with pytest.raises(PermissionDenied):
                await erase_person(core, actor, her.user_id)
        admin = an_actor(her.tenant_id, system_admin=True)
        assert (await export_person(core, admin, her.user_id)).rsvps
        assert (await erase_person(core, admin, her.user_id)).counts["rsvps_deleted"]

    async def test_it_ends_at_the_tenant(self, core: MemoryCore) -> None:
        her = await somebody(core)
        elsewhere = evolve(her, tenant_id=a_tenant())
        assert not (await export_person(core, elsewhere, her.user_id)).rsvps
        erasure = await erase_person(core, elsewhere, her.user_id)
        assert not any(erasure.counts.values())
        assert (await export_person(core, her, her.user_id)).rsvps

    async def test_an_erasure_that_loses_is_done_again(self, core: MemoryCore) -> None:
        her = await somebody(core)

        async def win() -> None:
            raise ConcurrentChange

        losing_often = evolve(core, store=RivalStore(core.store, win, times=4))
        erasure = await erase_person(losing_often, her, her.user_id)
        assert erasure.counts["rsvps_deleted"] == 1
        losing_always = evolve(core, store=RivalStore(core.store, win, times=99))
        with pytest.raises(ConcurrentChange):
            await erase_person(losing_always, her, her.user_id)


class TestDescribing:
    async def test_she_learns_what_she_holds_where_and_why(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        her, team = an_actor(), a_team()
        access.bind(her, team)
        there = await describe_me(core, her, team)
        assert there.permissions == frozenset(Permission)
        assert (there.scope, there.roles) == (team, ("events.organizer",))
        here = await describe_me(core, her)
        assert here.scope == Scope.of_tenant(her.tenant_id)
        assert here.permissions == {Permission.EVENT_READ, Permission.RSVP_SET}
        assert (here.roles, here.flags) == ((), MasterFlags())

    async def test_flags_stand_above_what_is_held(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        access.silent = True  # it is not asked
        admin = await describe_me(core, an_actor(system_admin=True))
        assert admin.permissions == frozenset(Permission)
        barred = await describe_me(core, an_actor(system_admin=True, banned=True))
        assert (barred.permissions, barred.roles) == (frozenset(), ())
        assert barred.flags.banned

    async def test_another_tenant_is_no_scope(self, core: MemoryCore) -> None:
        with pytest.raises(InvalidFields) as refused:
            await describe_me(core, an_actor(), Scope.of_tenant(a_tenant()))
        assert set(refused.value.fields) == {"scope_id"}

    async def test_an_outage_is_told(
        self, core: MemoryCore, access: MemoryAccess
    ) -> None:
        access.silent = True
        with pytest.raises(AccessUnavailable):
            await describe_me(core, an_actor())
