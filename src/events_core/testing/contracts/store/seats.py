"""Seats: a ledger that adds up, a line in order, and never one seat too many."""

import asyncio
from collections import Counter

from attrs import evolve

from events_core.domain.answers import Admission, Answer, Rsvp, Side, Tally
from events_core.domain.event import Event
from events_core.domain.identity import UserId
from events_core.domain.predicate import Everything
from events_core.domain.roster import Roster
from events_core.domain.signup import Signup, Waitlist
from events_core.errors import CapacityFull
from events_core.ports.store import Entries, Store
from events_core.testing.builders import (
    NOW,
    a_cause,
    a_message_id,
    a_person,
    an_event,
    step_between,
)
from events_core.testing.contracts.store.factory import (
    OfStore,
    answered,
    put,
    read,
    roster_of,
    save,
)


def an_event_with(capacity: int | None, waitlist: Waitlist) -> Event:
    """Return an event with so many seats, and up to three guests an answer."""
    terms = Signup(capacity=capacity, waitlist=waitlist, guests_per_answer=3)
    return an_event(signup=terms)


async def ledger_of(store: Store, event: Event) -> Entries:
    """Return the whole ledger."""
    async with store.unit_of_work(event.tenant_id) as uow:
        return await uow.record.movements(event.id, event.occurrence, limit=1_000)


async def line_of(store: Store, event: Event, largest: int | None = None) -> list[int]:
    """Return the sizes of the parties that wait, in order, as the store tells them."""
    async with store.unit_of_work(event.tenant_id) as uow:
        line = await uow.rosters.first_waiting(
            event.id, event.occurrence, limit=1_000, largest=largest
        )
        places = [await uow.rosters.position(rsvp) for rsvp in line]
    assert largest is not None or places == [*range(1, len(line) + 1)]
    return [rsvp.party for rsvp in line]


async def listed(
    store: Store,
    event: Event,
    sides: frozenset[Side] = frozenset(Side),
    *,
    limit: int = 1_000,
    offset: int = 0,
) -> tuple[Rsvp, ...]:
    """Return a page of answers."""
    async with store.unit_of_work(event.tenant_id) as uow:
        return await uow.rosters.page(
            event.id, event.occurrence, sides, limit=limit, offset=offset
        )


class SeatsContract(OfStore):
    """How many seats are taken is what the ledger says."""

    async def test_the_ledger_has_every_movement_and_adds_up(
        self, store: Store
    ) -> None:
        event, her, him = (
            an_event_with(9, Waitlist.AUTOMATIC),
            a_person(),
            a_person(),
        )
        await put(store, event)
        await answered(store, event, her, Answer.GOING, 2)
        await answered(store, event, him, Answer.GOING)
        await answered(store, event, her, Answer.GOING, 1)
        await answered(store, event, him, None)
        entries = await ledger_of(store, event)
        told = [(e.movement.user_id, e.movement.seats, e.taken) for e in entries.items]
        assert told == [(her, 3, 3), (him, 1, 4), (her, -1, 3), (him, -1, 2)]
        assert [entry.number for entry in entries.items] == [1, 2, 3, 4]
        assert entries.total == 4
        async with store.unit_of_work(event.tenant_id) as uow:
            part = await uow.record.movements(
                event.id, event.occurrence, limit=2, offset=1
            )
        assert part == Entries(entries.items[1:3], 4)
        assert (await roster_of(store, event, her)).tally == Tally(going=1, seats=2)

    async def test_answers_are_listed_by_side_and_turn(self, store: Store) -> None:
        event, elsewhere = an_event_with(2, Waitlist.AUTOMATIC), an_event()
        for one in (event, elsewhere):
            await put(store, one)
        await answered(store, elsewhere, a_person(), Answer.GOING)
        people = [a_person() for _ in range(7)]
        said = (
            (5, Answer.NOT_GOING),
            (6, Answer.INTERESTED),
            (4, Answer.INTERESTED),
            *((who, Answer.GOING) for who in (3, 0, 2, 1)),
        )
        for who, answer in said:
            await answered(store, event, people[who], answer)
        named = {person: number for number, person in enumerate(people)}
        sides = [(named[r.user_id], r.side) for r in await listed(store, event)]
        assert [who for who, _ in sides][:4] == [3, 0, 2, 1]
        assert [side for _, side in sides] == [
            *[Side.CONFIRMED] * 2,
            *[Side.WAITLISTED] * 2,
            *[Side.INTERESTED] * 2,
            Side.NOT_GOING,
        ]
        whole = await listed(store, event)
        interested = [rsvp for rsvp in whole if rsvp.side is Side.INTERESTED]
        assert interested == sorted(interested, key=lambda r: (r.created_at, r.user_id))
        for offset in range(8):
            part = await listed(store, event, limit=2, offset=offset)
            assert part == whole[offset : offset + 2]
        some = frozenset({Side.NOT_GOING, Side.WAITLISTED})
        assert await listed(store, event, some) == tuple(
            rsvp for rsvp in whole if rsvp.side in some
        )
        tally = (await roster_of(store, event, people[0])).tally
        assert tally.on(some) == 3
        assert await listed(store, event, frozenset()) == ()

    async def test_what_is_undone_moves_no_seat(self, store: Store) -> None:
        event, her = an_event_with(9, Waitlist.NONE), a_person()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            roster = await uow.rosters.claim(event.id, event.occurrence, her)
            assert roster is not None
            change = roster.answer(
                event, her, Answer.GOING, cause=a_cause(), message_id=a_message_id()
            )
            await uow.rosters.save(change)
            inside = await uow.record.movements(event.id, event.occurrence, limit=9)
            assert inside.total == 1
        assert await ledger_of(store, event) == Entries((), 0)

    async def test_those_who_wait_stand_in_line(self, store: Store) -> None:
        event = an_event_with(1, Waitlist.AUTOMATIC)
        await put(store, event)
        for guests in (0, 0, 0):
            await answered(store, event, a_person(), Answer.GOING, guests)
        more = evolve(event, signup=evolve(event.signup, capacity=4), version=2)
        await save(store, step_between(event, more))
        for guests in (3, 0, 1):
            await answered(store, more, a_person(), Answer.GOING, guests)
        assert await line_of(store, more) == [1, 1, 4, 1, 2]
        assert await line_of(store, more, largest=2) == [1, 1, 1, 2]
        async with store.unit_of_work(event.tenant_id) as uow:
            [first] = await uow.rosters.first_waiting(
                event.id, event.occurrence, limit=1
            )
            assert await uow.rosters.position(first) == 1

    async def test_who_got_a_seat_last_is_told_first(self, store: Store) -> None:
        event, people = (
            an_event_with(None, Waitlist.NONE),
            [a_person() for _ in range(4)],
        )
        await put(store, event)
        for who in people:
            await answered(store, event, who, Answer.GOING)
        await answered(store, event, people[0], None)
        await answered(store, event, people[0], Answer.GOING, 1)
        await answered(store, event, people[1], Answer.GOING, 1)
        async with store.unit_of_work(event.tenant_id) as uow:
            last = await uow.rosters.last_confirmed(event.id, event.occurrence, limit=3)
        assert [one.user_id for one in last] == [people[0], people[3], people[2]]

    async def test_a_claim_tells_the_version_the_event_is_at(
        self, store: Store
    ) -> None:
        event = an_event_with(5, Waitlist.NONE)
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            before = await uow.events.get(event.id, Everything())
            assert before == event
            fewer = evolve(event, signup=evolve(event.signup, capacity=2), version=2)
            await save(store, step_between(event, fewer))
            roster = await uow.rosters.claim(event.id, event.occurrence)
            assert roster is not None
            assert roster.event_version == 2
            assert await uow.events.get(event.id, Everything()) == fewer

    async def test_one_save_moves_many(self, store: Store) -> None:
        event, people = (
            an_event_with(2, Waitlist.MANUAL),
            [a_person() for _ in range(4)],
        )
        await put(store, event)
        for who in people:
            await answered(store, event, who, Answer.GOING)
        async with store.unit_of_work(event.tenant_id) as uow:
            roster = await uow.rosters.claim(event.id, event.occurrence, *people)
            assert roster is not None
            change = roster.withdraw(
                event, people[0], cause=a_cause(), message_id=a_message_id()
            )
            for who in people[2:]:
                assert change.after is not None
                change = change.then(
                    change.after.promote(
                        event,
                        who,
                        force=True,
                        cause=a_cause(),
                        message_id=a_message_id(),
                    )
                )
            await uow.rosters.save(change)
            await uow.commit()
        async with store.unit_of_work(event.tenant_id) as uow:
            stored = await uow.rosters.claim(event.id, event.occurrence, *people)
        assert stored == change.after
        assert isinstance(stored, Roster)
        assert stored.tally == Tally(going=3, seats=3)
        taken = [entry.taken for entry in (await ledger_of(store, event)).items]
        assert taken == [1, 2, 1, 2, 3]

    async def test_of_five_hundred_at_once_twenty_get_the_seats_and_the_rest_a_place(
        self, store: Store
    ) -> None:
        event = an_event_with(20, Waitlist.AUTOMATIC)
        await put(store, event)
        people = [a_person() for _ in range(500)]
        await asyncio.gather(
            *(answered(store, event, who, Answer.GOING) for who in people)
        )
        await self.check_all_is_one(store, event, people, Tally(0, 20, 0, 480, 20))

    async def test_of_many_at_once_those_beyond_the_last_seat_are_refused(
        self, store: Store
    ) -> None:
        event = an_event_with(20, Waitlist.NONE)
        await put(store, event)
        people = [a_person() for _ in range(100)]
        outcomes = await asyncio.gather(
            *(answered(store, event, who, Answer.GOING) for who in people),
            return_exceptions=True,
        )
        kinds = Counter(type(outcome) for outcome in outcomes)
        assert kinds == {Roster: 20, CapacityFull: 80}
        await self.check_all_is_one(store, event, people, Tally(going=20, seats=20))

    async def check_all_is_one(
        self, store: Store, event: Event, people: list[UserId], tally: Tally
    ) -> None:
        async with store.unit_of_work(event.tenant_id) as uow:
            roster = await uow.rosters.claim(event.id, event.occurrence, *people)
        assert roster is not None
        assert roster.tally == tally
        admitted = Counter(rsvp.admission for rsvp in roster.rsvps.values())
        assert admitted[Admission.CONFIRMED] == tally.going
        assert admitted[Admission.WAITLISTED] == tally.waiting
        assert sum(rsvp.seats for rsvp in roster.rsvps.values()) == tally.seats
        entries = await ledger_of(store, event)
        assert sum(entry.movement.seats for entry in entries.items) == tally.seats
        assert len(await line_of(store, event)) == tally.waiting

    async def test_a_person_who_is_erased_gives_up_her_seats_and_leaves_no_name(
        self, store: Store
    ) -> None:
        event, her, him = (
            an_event_with(2, Waitlist.AUTOMATIC),
            a_person(),
            a_person(),
        )
        await put(store, event)
        await answered(store, event, her, Answer.GOING, 1)
        await answered(store, event, him, Answer.GOING)
        async with store.unit_of_work(event.tenant_id) as uow:
            erased = await uow.persons.erase(her, at=NOW)
            assert erased.given_up == ((event.id, event.occurrence),)
            roster = await uow.rosters.claim(event.id, event.occurrence, her, him)
            assert roster is not None
            assert (set(roster.rsvps), roster.tally) == ({him}, Tally(waiting=1))
            await uow.commit()
        items = (await ledger_of(store, event)).items
        assert [entry.taken for entry in items] == [2, 0]
        assert {entry.movement.user_id for entry in items} == {None}
        async with store.unit_of_work(event.tenant_id) as uow:
            again = await uow.persons.erase(her, at=NOW)
        assert (again.given_up, set(again.counts.values())) == ((), {0})

    async def test_who_answered_for_others_is_erased_there_too(
        self, store: Store
    ) -> None:
        event, her, manager = an_event_with(9, Waitlist.NONE), a_person(), a_person()
        await put(store, event)
        async with store.unit_of_work(event.tenant_id) as uow:
            roster = await uow.rosters.claim(event.id, event.occurrence, her)
            assert roster is not None
            change = roster.answer(
                event,
                her,
                Answer.GOING,
                cause=a_cause(manager),
                message_id=a_message_id(),
            )
            await uow.rosters.save(change)
            await uow.commit()
        async with store.unit_of_work(event.tenant_id) as uow:
            await uow.persons.erase(manager, at=NOW)
            await uow.commit()
        [rsvp] = (await roster_of(store, event, her)).rsvps.values()
        assert rsvp.given_by is None
        [entry] = (await ledger_of(store, event)).items
        assert (entry.movement.user_id, entry.movement.by) == (her, None)
        assert await read(store, event) == event
