"""Persons: all that is kept about one, to have or to have gone."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.answers import Answer, Rsvp, Tally
from events_core.domain.change import Cause
from events_core.domain.event import Event
from events_core.domain.identity import EventId, UserId
from events_core.domain.permissions import Role
from events_core.domain.signup import Signup
from events_core.errors import ConcurrentChange
from events_core.ports.store import PersonalData, Store
from events_core.testing.builders import (
    NOW,
    a_cause,
    a_grant,
    a_message_id,
    a_person,
    an_event,
    arrival_of,
)
from events_core.testing.contracts.store.claims import SOON, begun, is_waiting
from events_core.testing.contracts.store.events import open_form_of
from events_core.testing.contracts.store.factory import (
    PROPERTY,
    MakeStore,
    OfStore,
    answer,
    answered,
    in_a_tenant,
    in_order,
    marked,
    only,
    put,
    read,
    retitled,
    roster_of,
    save,
    some_events,
)
from events_core.testing.strategies import PEOPLE, people
from events_core.wire import published_text, version_of

NOTHING = PersonalData((), (), (), (), (), (), ())


async def exported(store: Store, event: Event, user_id: UserId) -> PersonalData:
    """Return all that is kept about a person in the event's tenant."""
    async with store.unit_of_work(event.tenant_id) as uow:
        return await uow.persons.export(user_id)


async def erased(store: Store, event: Event, user_id: UserId) -> Mapping[str, int]:
    """Erase a person in the event's tenant; return the counts that are not zero."""
    async with store.unit_of_work(event.tenant_id) as uow:
        done = await uow.persons.erase(user_id, at=NOW)
        await uow.commit()
    return {name: number for name, number in done.counts.items() if number}


async def forced_in(
    store: Store, event: Event, user_id: UserId, *, by: UserId, reason: str
) -> Rsvp:
    """Answer for somebody who then has a seat, whoever else has; return the answer."""
    async with store.unit_of_work(event.tenant_id) as uow:
        roster = await uow.rosters.claim(event.id, event.occurrence, user_id)
        assert roster is not None
        change = roster.answer(
            event,
            user_id,
            Answer.GOING,
            force=True,
            cause=a_cause(by, reason=reason),
            message_id=a_message_id(),
        )
        await uow.rosters.save(change)
        await uow.commit()
    assert change.after is not None
    return only(change.after)


class PersonsContract(OfStore):
    """What is kept of somebody can be told, and can be forgotten."""

    async def test_of_a_stranger_nothing_is_kept(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        assert await exported(store, event, a_person()) == NOTHING
        assert await erased(store, event, a_person()) == {}

    async def test_export_has_everything_of_hers_and_nothing_of_others(
        self, store: Store
    ) -> None:
        her, him = a_person(), a_person()
        mine = an_event(created_by=her)
        shared = an_event(
            tenant_id=mine.tenant_id,
            created_by=him,
            grants=(a_grant(her, Role.EDITOR, by=him),),
        )
        others = an_event(tenant_id=mine.tenant_id, created_by=him)
        created = arrival_of(mine)
        await save(store, created, arrival_of(shared), arrival_of(others))
        renamed = retitled(shared, "By her")
        renamed = evolve(renamed, cause=Cause(her, NOW))
        await save(store, renamed)
        said = only(await answered(store, others, her, Answer.GOING))
        await answered(store, others, him, Answer.GOING)
        came = await marked(store, others, her, by=him)
        saw = await marked(store, others, him, by=her)
        await marked(store, shared, him, by=him)

        data = await exported(store, mine, her)

        assert data.events_created == (mine,)
        by_id = {event.id: in_order(event) for event in data.events_with_role}
        assert renamed.after is not None
        assert by_id == {mine.id: mine, shared.id: in_order(renamed.after)}
        assert data.rsvps == (said,)
        assert data.attendance == (came.after,)
        assert data.marked == (saw.after,)
        assert {version.event_id: version for version in data.versions} == {
            mine.id: version_of(created),
            shared.id: version_of(renamed),
        }
        told = [published_text(one) for c in (created, came, saw) for one in c.facts]
        assert set(told) < set(data.facts)
        assert len(data.facts) == 4
        assert all(str(her) in text for text in data.facts)

    async def test_her_answers_go_and_the_counts_with_them(self, store: Store) -> None:
        event, her, him = an_event(), a_person(), a_person()
        await put(store, event)
        await answered(store, event, her, Answer.GOING)
        await answered(store, event, him, Answer.GOING)
        counts = await erased(store, event, her)
        assert counts == {
            "rsvps_deleted": 1,
            "seats_redacted": 1,
            "outbox_scrubbed": 1,
        }
        roster = await roster_of(store, event, her)
        assert (roster.rsvps, roster.tally) == ({}, Tally(going=1, seats=1))
        assert (await roster_of(store, event, him)).rsvps

    async def test_counts_are_right_when_others_answer_meanwhile(
        self, store: Store
    ) -> None:
        event, her, him = an_event(), a_person(), a_person()
        await put(store, event)
        await answered(store, event, her, Answer.GOING)
        async with store.unit_of_work(event.tenant_id) as uow:
            await answer(uow, event, him, Answer.GOING)
            erasing = begun(erased(store, event, her))
            await is_waiting(erasing)
            await uow.commit()
        await asyncio.wait_for(erasing, SOON)
        roster = await roster_of(store, event, him)
        assert roster.rsvps
        assert roster.tally == Tally(going=1, seats=1)

    async def test_marks_of_her_go_and_marks_by_her_stay_without_her_name(
        self, store: Store
    ) -> None:
        event, her, him = an_event(), a_person(), a_person()
        await put(store, event)
        await marked(store, event, her, by=him)
        made = (await marked(store, event, him, by=her)).after
        assert made is not None
        counts = await erased(store, event, her)
        assert counts == {
            "attendance_deleted": 1,
            "attendance_marked_by_redacted": 1,
            "outbox_scrubbed": 2,
        }
        async with store.unit_of_work(event.tenant_id) as uow:
            find = uow.attendance.find
            assert await find(event.id, event.occurrence, her) is None
            kept = await find(event.id, event.occurrence, him)
            assert kept == evolve(made, marked_by=None)

    async def test_what_she_did_about_others_is_hers_to_have(
        self, store: Store
    ) -> None:
        her, him = a_person(), a_person()
        given_ = a_grant(him, Role.EDITOR, by=her)
        event = an_event(grants=(given_,), signup=Signup(capacity=1))
        await put(store, event)
        said = await forced_in(store, event, him, by=her, reason="He plays the organ")
        data = await exported(store, event, her)
        assert data.roles_given == ((event.id, given_),)
        assert data.answered_for == (said,)
        [(event_id, occurrence, line)] = data.movements
        assert (event_id, occurrence) == (event.id, event.occurrence)
        assert (line.user_id, line.by) == (him, her)
        [his] = (await exported(store, event, him)).movements
        assert his[2] == line

    async def test_an_erasure_that_is_undone_has_never_been(self, store: Store) -> None:
        event = an_event()
        her = event.created_by
        assert her is not None
        await put(store, event)
        await answered(store, event, her, Answer.GOING)
        kept = await exported(store, event, her)
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.persons.erase(her, at=NOW)
        assert await exported(store, event, her) == kept
        assert (await roster_of(store, event, her)).tally == Tally(going=1, seats=1)

    async def test_a_change_decided_before_does_not_bring_her_back(
        self, store: Store
    ) -> None:
        event = an_event()
        her = event.created_by
        assert her is not None
        await put(store, event)
        await erased(store, event, her)
        with suppress(ConcurrentChange):  # would be as good
            await save(store, evolve(retitled(event, "Late"), cause=a_cause()))
        assert (await exported(store, event, her)).events_created == ()
        assert (await exported(store, event, her)).events_with_role == ()

    @given(
        stored=in_a_tenant(lambda t: some_events(t, at_least=1, at_most=4)),
        said=st.lists(st.tuples(people(), st.sampled_from(Answer)), max_size=5),
        seen=st.lists(st.tuples(people(), people()), max_size=5),
        her=people(),
    )
    @PROPERTY
    async def test_erasing_leaves_nothing_of_her_and_all_of_others(
        self,
        make_store: MakeStore,
        stored: list[Event],
        said: list[tuple[UserId, Answer]],
        seen: list[tuple[UserId, UserId]],
        her: UserId,
    ) -> None:
        tenant_id = stored[0].tenant_id
        store = await make_store()
        await put(store, *stored)
        for number, (who, given_) in enumerate(said):
            event = open_form_of(stored[number % len(stored)])
            await answered(store, event, who, given_)
        for number, (who, by) in enumerate(seen):
            await marked(store, stored[number % len(stored)], who, by=by)
        others = [who for who in PEOPLE if who != her]
        before = {who: await exported(store, stored[0], who) for who in others}

        await erased(store, stored[0], her)

        assert await exported(store, stored[0], her) == NOTHING
        assert await erased(store, stored[0], her) == {}
        left = {event.id for event in stored if await read(store, event) is not None}
        for who in others:
            after = await exported(store, stored[0], who)
            assert _kept(after) == _expected(before[who], her, left)
        async with store.unit_of_work(tenant_id) as uow:
            for event in stored:
                for text in await uow.record.facts(event.id):
                    assert str(her) not in text


def _kept(data: PersonalData) -> tuple[object, ...]:
    """Return a person's data in an order, but for the record."""
    return (
        {event.id: in_order(event) for event in data.events_created},
        {event.id: in_order(event) for event in data.events_with_role},
        sorted(data.rsvps, key=lambda rsvp: rsvp.event_id),
        sorted(data.attendance, key=lambda mark: mark.event_id),
        sorted(data.marked, key=lambda mark: (mark.event_id, mark.user_id)),
    )


def _expected(
    data: PersonalData, her: UserId, left: Collection[EventId]
) -> tuple[object, ...]:
    """Return what of a person's data is to be left when somebody else is erased."""

    def without(event: Event) -> Event:
        return evolve(
            event,
            created_by=None if event.created_by == her else event.created_by,
            grants=tuple(
                evolve(g, granted_by=None if g.granted_by == her else g.granted_by)
                for g in event.grants
                if g.holder != her
            ),
        )

    return _kept(
        evolve(
            data,
            events_created=tuple(
                without(event) for event in data.events_created if event.id in left
            ),
            events_with_role=tuple(
                without(event) for event in data.events_with_role if event.id in left
            ),
            rsvps=tuple(rsvp for rsvp in data.rsvps if rsvp.event_id in left),
            attendance=tuple(
                evolve(m, marked_by=None if m.marked_by == her else m.marked_by)
                for m in data.attendance
                if m.event_id in left
            ),
            marked=tuple(
                m for m in data.marked if m.event_id in left and m.user_id != her
            ),
        )
    )
