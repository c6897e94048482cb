"""The audit trail: written with every change, chained, and true after an erasure."""

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
    of_subscription,
)
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


class OfTrail(OfStore):
    """What a suite of the audit trail stands on."""

    @pytest.fixture
    def settle(self) -> Settle:
        """Return what sees to it that all that is committed is chained."""

        async def at_once() -> None:
            pass

        return at_once


class AuditContract(OfTrail):
    """What was done is written down. Override ``settle`` where links are made later."""

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
