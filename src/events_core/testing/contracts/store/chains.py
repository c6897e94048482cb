"""Chains: what links the audit trail, and holds when part of it is struck."""

import asyncio
from datetime import timedelta

from attrs import evolve

from events_core.domain.audit import AuditEntry, Deed, of_erasure
from events_core.domain.chain import Finding, Head, Link, Verification
from events_core.domain.identity import TenantId
from events_core.ports.store import Chained, Store
from events_core.testing.builders import NOW, a_person, a_tenant, an_event, new_uuid
from events_core.testing.contracts.store.audit import (
    OfTrail,
    Settle,
    an_attempt,
    an_entry,
    by_request,
    trail_of,
    written,
)


async def links_of(store: Store, tenant_id: TenantId, each: int = 100) -> list[Link]:
    """Return the whole chain, walked so many links at a time."""
    links = list[Link]()
    async with store.unit_of_work(tenant_id) as uow:
        while more := await uow.audit.walk(after=len(links), limit=each):
            links.extend(more)
    return links


async def findings(store: Store, tenant_id: TenantId) -> list[Finding]:
    """Return all that is wrong with a trail."""
    verification, found = Verification(tenant_id), list[Finding]()
    async with store.unit_of_work(tenant_id) as uow:
        for link in await uow.audit.walk(after=0, limit=1000):
            verification = verification.take(link)
            found += verification.found
        for loose in await uow.audit.loose():
            verification = verification.pass_by(loose.sealed, overdue=loose.overdue)
            found += verification.found
        return [*found, *verification.end(await uow.audit.head()).found]


class ChainsContract(OfTrail):
    """Every entry is chained once, counted ones too; no erasure breaks the chain."""

    async def test_entries_come_back_as_they_were_written_in_their_order(
        self, store: Store, settle: Settle
    ) -> None:
        tenant_id, her = a_tenant(), a_person()
        full = AuditEntry(
            deed=Deed.SEAT_FORCED,
            at=NOW + timedelta(microseconds=7),
            as_admin=True,
            by=her,
            whom=a_person(),
            request_id="r\N{LATIN SMALL LETTER E WITH ACUTE}quest",
            event_id=an_event().id,
            occurrence=an_event().occurrence,
            event_version=3,
            subject_id=new_uuid(),
            names=("a", "b"),
            times=4,
        )
        bare = AuditEntry(deed=Deed.COMPLETED, at=NOW)
        await written(store, tenant_id, full, bare)
        await written(store, tenant_id, full)
        await settle()
        chain = await trail_of(store, tenant_id)
        assert chain == [Chained(1, full), Chained(2, bare), Chained(3, full)]
        assert await findings(store, tenant_id) == []

    async def test_a_chain_is_walked_from_any_link_and_ends_at_its_head(
        self, store: Store, settle: Settle
    ) -> None:
        tenant_id = a_tenant()
        async with store.unit_of_work(tenant_id) as uow:
            assert await uow.audit.head() == Head()
        for _ in range(5):
            await written(store, tenant_id, an_entry())
            await settle()
        links = await links_of(store, tenant_id, each=2)
        assert [link.position for link in links] == [1, 2, 3, 4, 5]
        async with store.unit_of_work(tenant_id) as uow:
            assert [*await uow.audit.walk(after=3, limit=10)] == links[3:]
            assert await uow.audit.head() == Head(5, links[-1].hash)
            assert not await uow.audit.loose()

    async def test_each_tenant_has_a_chain_of_its_own(
        self, store: Store, settle: Settle
    ) -> None:
        tenants = [a_tenant(), a_tenant()]
        for tenant_id in (*tenants, tenants[0]):
            await written(store, tenant_id, an_entry())
        await settle()
        assert [len(await trail_of(store, one)) for one in tenants] == [2, 1]
        assert [await findings(store, one) for one in tenants] == [[], []]

    async def test_of_many_at_once_every_entry_is_chained_once(
        self, store: Store, settle: Settle
    ) -> None:
        tenant_id = a_tenant()
        entries = [an_entry() for _ in range(20)]
        await asyncio.gather(*(written(store, tenant_id, one) for one in entries))
        await settle()
        chain = await trail_of(store, tenant_id)
        assert [one.position for one in chain] == [*range(1, 21)]
        assert {one.entry.by for one in chain} == {one.by for one in entries}
        assert await findings(store, tenant_id) == []

    async def test_attempts_of_one_minute_are_one_entry_that_counts_them(
        self, store: Store, settle: Settle
    ) -> None:
        tenant_id, her, him = a_tenant(), a_person(), a_person()
        first = evolve(an_attempt(her, 5), request_id="the-first")
        attempts = [
            first,
            *(an_attempt(her, second) for second in (6, 59.9)),
            an_attempt(her, 60),
            an_attempt(her, 7, "update"),
            an_attempt(him, 8),
        ]
        for attempt in attempts:
            async with store.unit_of_work(tenant_id) as uow:
                await uow.audit.count(attempt)
                await uow.commit()
        closed = []
        for before in (NOW, NOW + timedelta(seconds=60), NOW + timedelta(seconds=120)):
            async with store.unit_of_work(tenant_id) as uow:
                closed.append(await uow.audit.close_minutes(before=before))
                await uow.commit()
        assert closed == [0, 3, 1]
        await settle()
        entries = [one.entry for one in await trail_of(store, tenant_id)]
        assert len(entries) == 4
        assert set(entries[:3]) == {
            evolve(first, times=3),
            an_attempt(her, 7, "update"),
            an_attempt(him, 8),
        }
        assert entries[3] == an_attempt(her, 60)
        assert await findings(store, tenant_id) == []

    async def test_attempts_at_once_are_all_counted_and_closed_once(
        self, store: Store, settle: Settle
    ) -> None:
        tenant_id, her = a_tenant(), a_person()

        async def attempt() -> None:
            async with store.unit_of_work(tenant_id) as uow:
                await uow.audit.count(an_attempt(her))
                await uow.commit()

        async def close() -> int:
            async with store.unit_of_work(tenant_id) as uow:
                done = await uow.audit.close_minutes(before=NOW + timedelta(hours=1))
                await uow.commit()
            return done

        await asyncio.gather(*(attempt() for _ in range(12)))
        assert sum(await asyncio.gather(*(close() for _ in range(3)))) == 1
        await settle()
        [only] = await trail_of(store, tenant_id)
        assert only.entry.times == 12

    async def test_erasing_her_takes_her_out_of_the_trail_and_leaves_it_true(
        self, store: Store, settle: Settle
    ) -> None:
        tenant_id, her, him = a_tenant(), a_person(), a_person()
        by_her = evolve(an_entry(by=her), whom=him)
        to_her = evolve(an_entry(by=him), whom=her)
        await written(store, tenant_id, by_her, to_her, an_entry(by=him))
        await settle()
        hashes = [link.hash for link in await links_of(store, tenant_id)]
        async with store.unit_of_work(tenant_id) as uow:
            hers = await uow.persons.export(her)
            assert set(hers.audit) == {by_her, to_her}
            erased = await uow.persons.erase(her, at=NOW)
            struck = erased.counts["audit_redacted"]
            await uow.audit.write(of_erasure(by_request(her), her, struck))
            await uow.commit()
        assert struck == 3  # her name twice, and from which request she did it
        await settle()
        first, second, third, last = await trail_of(store, tenant_id)
        assert first.entry == evolve(by_her, by=None, request_id=None)
        assert second.entry == evolve(to_her, whom=None)
        assert third.entry.by == him
        assert (last.entry.deed, last.entry.by) == (Deed.ERASED, None)
        links = await links_of(store, tenant_id)
        assert [link.hash for link in links][:3] == hashes
        assert await findings(store, tenant_id) == []
        async with store.unit_of_work(tenant_id) as uow:
            assert (await uow.persons.export(her)).audit == ()
            again = await uow.persons.erase(her, at=NOW)
        assert again.counts["audit_redacted"] == 0

    async def test_nothing_of_her_can_be_worked_out_from_what_is_left(
        self, store: Store, settle: Settle
    ) -> None:
        tenant_id, her = a_tenant(), a_person()
        await written(store, tenant_id, an_entry(by=her), an_entry(by=her))
        async with store.unit_of_work(tenant_id) as uow:
            await uow.persons.erase(her, at=NOW)
            await uow.commit()
        await settle()
        left = [link.sealed for link in await links_of(store, tenant_id)]
        kept = [one.personal["by"] for one in left if one is not None]
        assert len(kept) == 2
        assert kept[0].digest != kept[1].digest
        assert not [salted for salted in kept if salted.salt is not None]
