"""Tenants: nothing in one can touch, see, count or hold anything in another."""

import asyncio
from contextlib import suppress

from attrs import evolve

from events_core.domain.answers import Answer
from events_core.domain.event import Event
from events_core.domain.identity import Scope, ScopeKind, TenantId
from events_core.domain.predicate import Everything
from events_core.domain.roles import Bearer
from events_core.domain.schedule import TimeWindow
from events_core.ports.store import PageQuery, PersonalData, Store
from events_core.testing.builders import a_person, a_tenant, an_event, arrival_of
from events_core.testing.contracts.store.factory import (
    OfStore,
    answer,
    answered,
    marked,
    page_of,
    put,
    read,
    retitled,
    roster_of,
    save,
)

NOTHING = PersonalData((), (), (), (), (), (), ())


def twin_of(event: Event) -> Event:
    """Return an event of another tenant that is alike in all else, its id too."""
    tenant_id = a_tenant()
    at_home = event.scope.kind is ScopeKind.TENANT
    scope = Scope.of_tenant(tenant_id) if at_home else event.scope
    return evolve(event, tenant_id=tenant_id, scope=scope)


async def all_that_is_seen(store: Store, tenant_id: TenantId, event: Event) -> object:
    """Return all that a tenant sees of an event and of its creator."""
    her = event.created_by
    assert her is not None
    async with store.unit_of_work(tenant_id) as uow:
        query = PageQuery(where=Everything(), reader=Bearer(her))
        return (
            await uow.events.scope_of(event.id),
            await uow.events.places(Everything(), TimeWindow()),
            await uow.events.get(event.id, Everything()),
            await uow.events.look(event.id, Everything(), Bearer(her)),
            await uow.events.page(query),
            await uow.rosters.claim(event.id, event.occurrence, her),
            await uow.attendance.find(event.id, event.occurrence, her),
            await uow.record.versions(event.id),
            await uow.record.facts(event.id),
            await uow.persons.export(her),
        )


class TenantsContract(OfStore):
    """A tenant is a world of its own."""

    async def test_another_tenant_sees_nothing_of_it(self, store: Store) -> None:
        event = an_event()
        her = event.created_by
        assert her is not None
        stranger = a_tenant()
        nothing = await all_that_is_seen(store, stranger, event)
        await put(store, event)
        await answered(store, event, her, Answer.GOING)
        await marked(store, event, her, by=her)
        assert await all_that_is_seen(store, stranger, event) == nothing

    async def test_the_same_ids_mean_different_things_in_different_tenants(
        self, store: Store
    ) -> None:
        event, her = an_event(), a_person()
        twin = twin_of(event)
        await put(store, event)
        await put(store, twin)
        await save(store, retitled(event, "Only here"))
        await answered(store, event, her, Answer.GOING)
        await marked(store, event, her, by=her)
        assert await read(store, twin) == twin
        assert (await roster_of(store, twin, her)).tally.going == 0
        async with store.unit_of_work(twin.tenant_id) as uow:
            assert not await uow.attendance.find(twin.id, twin.occurrence, her)
            assert len(await uow.record.facts(twin.id)) == 1
            assert await uow.persons.export(her) == NOTHING

    async def test_an_event_cannot_be_saved_into_another_tenant(
        self, store: Store
    ) -> None:
        event = an_event()
        twin = twin_of(event)
        await put(store, twin)
        with suppress(Exception):
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.events.save(retitled(twin, "From outside"))
                await uow.commit()
        with suppress(Exception):
            async with store.unit_of_work(event.tenant_id) as uow:
                await uow.events.save(arrival_of(an_event(tenant_id=twin.tenant_id)))
                await uow.commit()
        assert await read(store, twin) == twin
        query = PageQuery(where=Everything(), reader=Bearer(a_person()))
        assert (await page_of(store, twin.tenant_id, query)).total == 1
        page = await page_of(store, event.tenant_id, query)
        assert {item.tenant_id for item in page.items} <= {event.tenant_id}

    async def test_tenants_do_not_wait_for_each_other(self, store: Store) -> None:
        event, her = an_event(), a_person()
        twin = twin_of(event)
        await put(store, event)
        await put(store, twin)
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.events.save(retitled(event, "Held"))
            await answer(uow, event, her, Answer.GOING)
            async with asyncio.timeout(5):
                await save(store, retitled(twin, "Not held"))
                await answered(store, twin, her, Answer.GOING)

    async def test_erasing_somebody_in_one_leaves_her_in_another(
        self, store: Store
    ) -> None:
        event = an_event()
        her = event.created_by
        assert her is not None
        twin = twin_of(event)
        for one in (event, twin):
            await put(store, one)
            await answered(store, one, her, Answer.GOING)
            await marked(store, one, her, by=her)
        async with store.unit_of_work(twin.tenant_id) as uow:
            kept = await uow.persons.export(her)
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.persons.erase(her, at=event.updated_at)
            await uow.commit()
        async with store.unit_of_work(twin.tenant_id) as uow:
            assert await uow.persons.export(her) == kept
        assert await read(store, twin) == twin
