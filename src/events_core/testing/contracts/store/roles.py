"""Roles: claimed before they change, and held for others in groups."""

import asyncio
from datetime import timedelta

from attrs import evolve

from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId, UserId
from events_core.domain.permissions import Role
from events_core.domain.predicate import Everything, Nothing
from events_core.domain.roles import Bearer, Grant, Sharing
from events_core.domain.schedule import TimeWindow
from events_core.errors import LastOwner
from events_core.ports.store import PageQuery, Store, UnitOfWork
from events_core.testing.builders import (
    NOW,
    a_cause,
    a_community,
    a_grant,
    a_person,
    a_team,
    a_tenant,
    an_event,
    new_uuid,
)
from events_core.testing.contracts.store.factory import (
    OfStore,
    put,
    read,
    retitled,
)


async def shared(uow: UnitOfWork, event: Event, *grants: Grant) -> None:
    """Add roles to an event within a unit of work."""
    before = await uow.roles.claim(event.id)
    assert before is not None
    kept = tuple(g for g in before.grants if before.of(g.holder) == g)
    new = {grant.holder for grant in grants}
    kept = tuple(g for g in kept if g.holder not in new)
    after = evolve(before, grants=(*kept, *grants))
    await uow.roles.save(Change(before, after, a_cause()))


class RolesContract(OfStore):
    """Who may do what on an event is kept beside its versions."""

    async def test_roles_are_given_changed_and_taken_without_a_version(
        self, store: Store
    ) -> None:
        event = an_event()
        await put(store, event)
        who, team, both = a_person(), a_team(), a_community()
        ends = NOW + timedelta(days=1)
        first = (
            a_grant(who, Role.EDITOR),
            evolve(a_grant(a_person()), holder=team, expires_at=ends),
            evolve(a_grant(a_person(), Role.CHECKIN), holder=both),
        )
        async with store.unit_of_work(event.tenant_id) as uow:
            await shared(uow, event, *first)
            await uow.commit()
        stored = await read(store, event)
        assert stored is not None
        assert set(stored.grants) == {*event.grants, *first}
        assert evolve(stored, grants=event.grants) == event
        other = a_grant(who, Role.CHECKIN)
        async with store.unit_of_work(event.tenant_id) as uow:
            await shared(uow, event, other)
            claimed = await uow.roles.claim(event.id)
            assert claimed is not None
            assert claimed.of(who) == other
            less = Sharing(event.id, tuple(g for g in claimed.grants if g != other))
            await uow.roles.save(Change(claimed, less, a_cause()))
            await uow.commit()
        stored = await read(store, event)
        assert stored is not None
        assert set(stored.grants) == {*event.grants, *first[1:]}
        async with store.unit_of_work(event.tenant_id) as uow:
            assert len(await uow.record.versions(event.id)) == 1
            assert len(await uow.record.facts(event.id)) == 1

    async def test_a_person_and_a_group_of_one_id_are_two_holders(
        self, store: Store
    ) -> None:
        event, team = an_event(), a_team()
        her = a_grant(a_person(), Role.VIEWER)
        alike = (evolve(her, holder=UserId(team.id)), evolve(her, holder=team))
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            await shared(uow, event, *alike)
            await uow.commit()
        stored = await read(store, event)
        assert stored is not None
        assert set(alike) <= set(stored.grants)

    async def test_the_groups_with_roles_are_told_of_one_event_and_of_all(
        self, store: Store
    ) -> None:
        tenant_id, groups = a_tenant(), [a_community(), a_team(), a_team()]
        events = [
            an_event(
                tenant_id=tenant_id,
                grants=tuple(
                    evolve(a_grant(a_person()), holder=group) for group in held
                ),
            )
            for held in (groups[:2], groups[1:], ())
        ]
        await put(store, *events)
        async with store.unit_of_work(tenant_id) as uow:
            places = await uow.events.places(Nothing(), TimeWindow())
            assert places.with_roles == {*groups}
            of_each = [await uow.events.groups(event.id) for event in events]
            assert of_each == [{*groups[:2]}, {*groups[1:]}, frozenset()]
            assert await uow.events.groups(EventId(new_uuid())) == frozenset()
        async with store.unit_of_work(a_tenant()) as uow:
            places = await uow.events.places(Everything(), TimeWindow())
            assert not places.with_roles
            assert await uow.events.groups(events[0].id) == frozenset()

    async def test_a_listing_has_all_roles_of_its_reader_that_have_not_ended(
        self, store: Store
    ) -> None:
        her, team, ends = a_person(), a_team(), NOW + timedelta(days=1)
        event = an_event(
            grants=(
                a_grant(her, Role.VIEWER),
                evolve(a_grant(her, Role.CHECKIN), holder=team, expires_at=ends),
            )
        )
        await put(store, event)
        for reader, roles in (
            (Bearer(her), (Role.VIEWER,)),
            (Bearer(her, frozenset({team})), (Role.VIEWER,)),
            (Bearer(her, frozenset({team}), NOW), (Role.CHECKIN, Role.VIEWER)),
            (Bearer(her, frozenset({team}), ends), (Role.VIEWER,)),
            (Bearer(a_person(), frozenset({team}), NOW), (Role.CHECKIN,)),
            (Bearer(a_person(), frozenset({a_team()}), NOW), ()),
        ):
            async with store.unit_of_work(event.tenant_id) as uow:
                listing = await uow.events.look(event.id, Everything(), reader)
                page = await uow.events.page(
                    PageQuery(where=Everything(), reader=reader)
                )
            assert listing is not None
            assert listing.my_roles == roles
            assert page.items == (listing,)

    async def test_who_claims_the_roles_of_an_event_waits_for_who_has_them(
        self, store: Store
    ) -> None:
        event = an_event()
        await put(store, event)

        async def share() -> None:
            async with store.unit_of_work(event.tenant_id) as uow:
                before = await uow.roles.claim(event.id)
                assert before is not None
                after = evolve(before, grants=(*before.grants, a_grant(a_person())))
                await uow.roles.save(Change(before, after, a_cause()))
                await uow.commit()

        await asyncio.gather(*(share() for _ in range(8)))
        stored = await read(store, event)
        assert stored is not None
        assert len(stored.grants) == 9

    async def test_of_two_owners_who_remove_each_other_at_once_one_stays(
        self, store: Store
    ) -> None:
        first, second = a_person(), a_person()
        event = an_event(created_by=first, grants=(a_grant(second, Role.OWNER),))
        await put(store, event)

        async def remove(owner: UserId) -> None:
            async with store.unit_of_work(event.tenant_id) as uow:
                before = await uow.roles.claim(event.id)
                assert before is not None
                change = Change(before, before.taken(owner), a_cause())
                await uow.roles.save(change)
                await uow.commit()

        done = await asyncio.gather(
            remove(first), remove(second), return_exceptions=True
        )
        assert {type(outcome) for outcome in done} == {LastOwner, type(None)}
        stored = await read(store, event)
        assert stored is not None
        assert [grant.is_lasting_ownership for grant in stored.grants] == [True]

    async def test_a_change_decided_before_takes_no_role_back(
        self, store: Store
    ) -> None:
        event, given = an_event(), a_grant(a_person())
        await put(store, event)
        seen = await read(store, event)
        assert seen is not None
        async with store.unit_of_work(event.tenant_id) as uow:
            await shared(uow, event, given)
            await uow.commit()
        now = await read(store, event)
        assert now is not None
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.events.save(retitled(now, "Go"))
            await uow.commit()
        stored = await read(store, event)
        assert stored is not None
        assert given in stored.grants

    async def test_nobody_claims_roles_on_an_event_that_is_not_there(
        self, store: Store
    ) -> None:
        async with store.unit_of_work(a_tenant()) as uow:
            assert await uow.roles.claim(EventId(new_uuid())) is None
