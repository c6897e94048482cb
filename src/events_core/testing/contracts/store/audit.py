"""The audit trail: written with every change, chained, and true after an erasure."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from attrs import evolve

from events_core.domain.answers import Answer
from events_core.domain.attendance import undo_attendance
from events_core.domain.audit import (
    AuditEntry,
    AuditQuery,
    Deed,
    Outcome,
    of_erasure,
    of_subscription,
)
from events_core.domain.chain import Finding, Head, Link, Verification
from events_core.domain.change import Cause, Change
from events_core.domain.exposure import Status
from events_core.domain.identity import TenantId, UserId
from events_core.domain.lifecycle import move
from events_core.domain.permissions import Role
from events_core.domain.signup import Signup
from events_core.ports.store import Chained, Store
from events_core.testing.builders import (
    NOW,
    a_grant,
    a_message_id,
    a_person,
    a_team,
    a_tenant,
    an_event,
    arrival_of,
    new_uuid,
)
from events_core.testing.contracts.store.factory import (
    OfStore,
    marked,
    put,
    retitled,
    save,
)
from events_core.testing.contracts.store.roles import shared

#: Sees to it that what is committed is chained.
Settle = Callable[[], Awaitable[None]]


def by_request(by: UserId | None, *, as_admin: bool = False) -> Cause:
    """Return the cause of what a person does by a request."""
    return Cause(by, NOW, request_id="from-here", as_admin=as_admin)


EVERYTHING = AuditQuery()


async def trail_of(
    store: Store, tenant_id: TenantId, query: AuditQuery = EVERYTHING
) -> list[Chained]:
    """Return the entries that are asked for, the earliest first."""
    async with store.unit_of_work(tenant_id) as uow:
        return [*await uow.audit.page(query)][::-1]


async def written(store: Store, tenant_id: TenantId, *entries: AuditEntry) -> None:
    """Write entries and commit them."""
    async with store.unit_of_work(tenant_id) as uow:
        await uow.audit.write(*entries)
        await uow.commit()


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


def an_entry(deed: Deed = Deed.SUBSCRIBED, by: UserId | None = None) -> AuditEntry:
    """Return something that was done."""
    return of_subscription(deed, new_uuid(), by_request(by or a_person()), ["url"])


def an_attempt(by: UserId, seconds: float = 0, name: str = "delete") -> AuditEntry:
    """Return an attempt that was denied, so many seconds after ``NOW``."""
    return AuditEntry(
        deed=Deed.ATTEMPTED,
        outcome=Outcome.DENIED,
        at=NOW + timedelta(seconds=seconds),
        by=by,
        names=(name,),
    )


class AuditContract(OfStore):
    """What was done is written down. Override ``settle`` where links are made later."""

    @pytest.fixture
    def settle(self) -> Settle:
        """Return what sees to it that all that is committed is chained."""

        async def at_once() -> None:
            pass

        return at_once

    async def test_every_change_of_an_event_has_one_entry_that_says_which_fields(
        self, store: Store, settle: Settle
    ) -> None:
        event, him = an_event(), a_person()
        changed = evolve(retitled(event, "By him"), cause=by_request(him))
        assert changed.after is not None
        off = move(
            changed.after,
            Status.CANCELLED,
            cause=by_request(him, as_admin=True),
            message_id=a_message_id(),
        )
        await save(store, arrival_of(event), changed)
        await save(store, off)
        await settle()
        of_him = AuditEntry(
            deed=Deed.UPDATED,
            at=NOW,
            by=him,
            request_id="from-here",
            event_id=event.id,
            event_version=2,
            names=("title",),
        )
        assert await trail_of(store, event.tenant_id) == [
            Chained(
                1,
                AuditEntry(
                    deed=Deed.CREATED,
                    at=NOW,
                    by=event.created_by,
                    event_id=event.id,
                    event_version=1,
                ),
            ),
            Chained(2, of_him),
            Chained(
                3,
                evolve(
                    of_him,
                    deed=Deed.CANCELLED,
                    event_version=3,
                    names=(),
                    as_admin=True,
                ),
            ),
        ]

    async def test_what_is_not_committed_was_never_done(
        self, store: Store, settle: Settle
    ) -> None:
        event = an_event()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.events.save(retitled(event, "Never"))
            await uow.audit.write(an_entry())
            await uow.audit.count(an_attempt(a_person()))
        await settle()
        async with store.unit_of_work(event.tenant_id) as uow:
            assert not await uow.audit.close_minutes(before=NOW + timedelta(days=1))
        [only] = await trail_of(store, event.tenant_id)
        assert only.entry.deed is Deed.CREATED

    async def test_roles_that_are_given_and_taken_have_an_entry_each(
        self, store: Store, settle: Settle
    ) -> None:
        her, team = a_person(), a_team()
        gone = a_grant(a_person(), Role.CHECKIN)
        event = an_event(grants=(gone,))
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            hers = a_grant(her, Role.EDITOR)
            await shared(uow, event, hers, evolve(a_grant(her), holder=team))
            before = await uow.roles.claim(event.id)
            assert before is not None
            after = before.taken(gone.holder)
            await uow.roles.save(Change(before, after, by_request(her)))
            await uow.commit()
        await settle()
        told = [
            (e.deed, e.whom, e.subject_id, e.names, e.event_id)
            for e in [one.entry for one in await trail_of(store, event.tenant_id)]
        ]
        assert told[0][0] is Deed.CREATED
        assert set(told[1:3]) == {
            (Deed.ROLE_GIVEN, her, None, ("editor",), event.id),
            (Deed.ROLE_GIVEN, None, team.id, ("viewer",), event.id),
        }
        assert told[3:] == [
            (Deed.ROLE_TAKEN, gone.holder, None, ("checkin",), event.id)
        ]

    async def test_an_answer_for_somebody_else_and_a_forced_seat_have_an_entry(
        self, store: Store, settle: Settle
    ) -> None:
        event = an_event(signup=Signup(capacity=1))
        him, her = a_person(), a_person()
        await put(store, event)
        for who, by, force in ((him, him, False), (her, him, True)):
            async with store.unit_of_work(event.tenant_id) as uow:
                roster = await uow.rosters.claim(event.id, event.occurrence, who)
                assert roster is not None
                change = roster.answer(
                    event,
                    who,
                    Answer.GOING,
                    force=force,
                    cause=by_request(by),
                    message_id=a_message_id(),
                )
                await uow.rosters.save(change)
                await uow.commit()
        await settle()
        entries = [one.entry for one in await trail_of(store, event.tenant_id)]
        assert [(e.deed, e.by, e.whom, e.occurrence) for e in entries[1:]] == [
            (Deed.ANSWERED_FOR, him, her, event.occurrence),
            (Deed.SEAT_FORCED, him, her, event.occurrence),
        ]

    async def test_a_mark_that_is_taken_back_has_an_entry_and_its_making_none(
        self, store: Store, settle: Settle
    ) -> None:
        event, her, him = an_event(), a_person(), a_person()
        await put(store, event)
        there = (await marked(store, event, her, by=him)).after
        async with store.unit_of_work(event.tenant_id) as uow:
            undone = undo_attendance(
                event, there, by=him, cause=by_request(him), message_id=a_message_id()
            )
            await uow.attendance.save(undone)
            await uow.commit()
        await settle()
        _, only = await trail_of(store, event.tenant_id)
        assert (only.entry.deed, only.entry.by, only.entry.whom) == (
            Deed.MARK_UNDONE,
            him,
            her,
        )

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

    async def test_a_page_has_what_is_asked_for_and_nothing_else(
        self, store: Store, settle: Settle
    ) -> None:
        event, her, him = an_event(), a_person(), a_person()
        entries = [
            an_entry(Deed.SUBSCRIBED, her),
            evolve(an_entry(Deed.RESECRETED, him), at=NOW + timedelta(hours=1)),
            evolve(an_entry(Deed.MARK_UNDONE, him), whom=her, event_id=event.id),
            evolve(an_attempt(him), at=NOW + timedelta(hours=2)),
        ]
        await written(store, event.tenant_id, *entries)
        await settle()
        later = NOW + timedelta(hours=1)
        for query, positions in (
            (AuditQuery(), [4, 3, 2, 1]),
            (AuditQuery(person=her), [3, 1]),
            (AuditQuery(person=him, before=4), [3, 2]),
            (AuditQuery(deeds=frozenset({Deed.SUBSCRIBED, Deed.ATTEMPTED})), [4, 1]),
            (AuditQuery(outcome=Outcome.DENIED), [4]),
            (AuditQuery(event_id=event.id), [3]),
            (AuditQuery(since=later), [4, 2]),
            (AuditQuery(until=later), [3, 2, 1]),
            (AuditQuery(since=later, until=later), [2]),
            (AuditQuery(limit=2), [4, 3]),
            (AuditQuery(before=3, limit=1), [2]),
            (AuditQuery(person=a_person()), []),
        ):
            async with store.unit_of_work(event.tenant_id) as uow:
                page = await uow.audit.page(query)
            assert [one.position for one in page] == positions, query

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
