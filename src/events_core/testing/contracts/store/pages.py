"""Lists: which occurrences, in which order, in which part, and how many in all."""

from collections.abc import Iterable
from datetime import UTC, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.answers import Answer, Side
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import EventId, TenantId, UserId
from events_core.domain.numbers import Counted
from events_core.domain.predicate import (
    Everything,
    Mentions,
    Predicate,
    StatusIn,
    holds,
)
from events_core.domain.roles import Bearer
from events_core.domain.schedule import TimeWindow
from events_core.domain.text import fold
from events_core.ports.store import Page, PageQuery, Store
from events_core.testing.builders import (
    EVENING,
    NOW,
    a_person,
    a_schedule,
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.store.events import open_form_of
from events_core.testing.contracts.store.factory import (
    PROPERTY,
    MakeStore,
    OfStore,
    answered,
    in_a_tenant,
    marked,
    page_of,
    put,
    save,
    some_events,
    unmarked,
)
from events_core.testing.strategies import people, predicates, windows

START = EVENING.replace(tzinfo=UTC)


async def walk(
    store: Store, tenant_id: TenantId, query: PageQuery, *, by: str
) -> list[Page]:
    """Return all pages of a list, walked by ``offset`` or by ``position``."""
    pages = [await page_of(store, tenant_id, query)]
    while (position := pages[-1].next) is not None:
        if by == "offset":
            query = evolve(query, offset=query.offset + query.limit)
        else:
            query = evolve(query, after=position, offset=0)
        pages.append(await page_of(store, tenant_id, query))
    return pages


def ids(*pages: Page) -> list[EventId]:
    """Return the ids on the pages, in their order."""
    return [item.id for page in pages for item in page.items]


def sorted_ids(events: Iterable[Event]) -> list[EventId]:
    """Return the ids in the order of a list."""
    return [
        event.id for event in sorted(events, key=lambda e: (e.schedule.starts_at, e.id))
    ]


def with_room_for_two(event: Event) -> Event:
    """Return the event, with a place for two at least."""
    capacity = event.signup.capacity
    terms = evolve(event.signup, capacity=capacity and max(2, capacity))
    return evolve(event, signup=terms)


class PagesContract(OfStore):
    """A list is exactly what matches, in order, however it is cut."""

    @given(
        drawn=in_a_tenant(
            lambda t: st.tuples(
                some_events(t, at_most=6), st.just(Everything()) | predicates(t)
            )
        ),
        said=st.lists(st.none() | st.sampled_from(Answer), min_size=6, max_size=6),
        query=st.builds(
            PageQuery,
            where=st.just(Everything()),
            reader=st.builds(Bearer, people()),
            window=st.just(TimeWindow()) | windows(),
            my_answers=st.none() | st.frozensets(st.none() | st.sampled_from(Answer)),
            limit=st.integers(1, 4),
        ),
    )
    @PROPERTY
    async def test_a_list_is_exactly_what_matches_in_order(
        self,
        make_store: MakeStore,
        drawn: tuple[list[Event], Predicate],
        said: list[Answer | None],
        query: PageQuery,
    ) -> None:
        stored, where = drawn
        query = evolve(query, where=where)
        tenant_id = stored[0].tenant_id if stored else a_tenant()
        answers = {event.id: one for event, one in zip(stored, said, strict=False)}
        store = await make_store()
        await put(store, *stored)
        for event in stored:
            await answered(
                store, open_form_of(event), query.reader.user_id, answers[event.id]
            )
        expected = sorted_ids(
            event
            for event in stored
            if event.deleted_at is None
            and holds(query.where, event)
            and query.window.overlaps(
                starts_at=event.schedule.starts_at,
                lasts_until=event.schedule.lasts_until,
            )
            and (query.my_answers is None or answers.get(event.id) in query.my_answers)
        )
        for by in ("offset", "position"):
            pages = await walk(store, tenant_id, query, by=by)
            assert ids(*pages) == expected
            assert {page.total for page in pages} == {len(expected)}
            assert all(len(page.items) == query.limit for page in pages[:-1])
            for item in (item for page in pages for item in page.items):
                assert item.my_answer == answers.get(item.id)

    async def test_the_order_is_start_then_id(self, store: Store) -> None:
        tenant_id = a_tenant()
        later = a_schedule(EVENING + timedelta(minutes=1))
        stored = [
            *(an_event(tenant_id=tenant_id, schedule=later) for _ in range(5)),
            *(an_event(tenant_id=tenant_id) for _ in range(5)),
        ]
        await put(store, *stored)
        query = PageQuery(where=Everything(), reader=Bearer(a_person()), limit=3)
        for by in ("offset", "position"):
            pages = await walk(store, tenant_id, query, by=by)
            assert ids(*pages) == sorted_ids(stored)

    async def test_an_empty_list_is_one_empty_page(self, store: Store) -> None:
        query = PageQuery(where=Everything(), reader=Bearer(a_person()))
        assert await page_of(store, a_tenant(), query) == Page((), 0, None)

    async def test_beyond_the_end_there_is_nothing_but_the_total(
        self, store: Store
    ) -> None:
        event = an_event()
        await put(store, event)
        query = PageQuery(where=Everything(), reader=Bearer(a_person()), offset=7)
        assert await page_of(store, event.tenant_id, query) == Page((), 1, None)

    async def test_the_last_page_when_full_says_it_is_the_last(
        self, store: Store
    ) -> None:
        tenant_id = a_tenant()
        await put(store, *(an_event(tenant_id=tenant_id) for _ in range(4)))
        query = PageQuery(where=Everything(), reader=Bearer(a_person()), limit=2)
        pages = await walk(store, tenant_id, query, by="position")
        assert [len(page.items) for page in pages] == [2, 2]

    async def test_without_count_there_is_no_total(self, store: Store) -> None:
        event = an_event()
        await put(store, event)
        query = PageQuery(where=Everything(), reader=Bearer(a_person()), count=False)
        page = await page_of(store, event.tenant_id, query)
        assert (ids(page), page.total) == ([event.id], None)

    async def test_a_position_holds_when_its_event_is_gone(self, store: Store) -> None:
        tenant_id, her = a_tenant(), a_person()
        times = [a_schedule(EVENING + timedelta(hours=hour)) for hour in range(3)]
        first, last = (
            an_event(tenant_id=tenant_id, schedule=at) for at in (times[0], times[2])
        )
        hers = an_event(
            tenant_id=tenant_id,
            created_by=her,
            visibility=Visibility.PRIVATE,
            schedule=times[1],
        )
        await put(store, first, hers, last)
        query = PageQuery(where=Everything(), reader=Bearer(her), limit=2)
        page = await page_of(store, tenant_id, query)
        assert ids(page) == [first.id, hers.id]
        async with store.unit_of_work(tenant_id) as uow:
            await uow.persons.erase(her, at=NOW)
            await uow.commit()
        following = await page_of(store, tenant_id, evolve(query, after=page.next))
        assert (ids(following), following.total) == ([last.id], 2)

    async def test_what_has_changed_is_listed_as_it_is_now(self, store: Store) -> None:
        before = an_event(schedule=a_schedule(), status=Status.DRAFT)
        after = evolve(
            before,
            schedule=a_schedule(EVENING + timedelta(days=30)),
            details=evolve(before.details, title="Another title"),
            status=Status.PUBLISHED,
            version=before.version + 1,
        )
        await save(store, arrival_of(before), step_between(before, after))
        for state, is_listed in ((before, False), (after, True)):
            start = state.schedule.starts_at
            for where, window in (
                (Everything(), TimeWindow(start, start)),
                (StatusIn(frozenset({state.status})), TimeWindow()),
                (Mentions(fold(state.details.title)), TimeWindow()),
            ):
                query = PageQuery(where=where, reader=Bearer(a_person()), window=window)
                page = await page_of(store, after.tenant_id, query)
                assert (ids(page), page.total) == ([after.id] * is_listed, is_listed)

    async def test_roles_and_answers_shown_are_the_readers_own(
        self, store: Store
    ) -> None:
        event, other = an_event(), a_person()
        her = event.created_by
        assert her is not None
        await put(store, event)
        await answered(store, event, her, Answer.GOING)
        await answered(store, event, other, Answer.NOT_GOING)

        async def seen_by(reader: UserId) -> tuple[object, ...]:
            query = PageQuery(where=Everything(), reader=Bearer(reader))
            [item] = (await page_of(store, event.tenant_id, query)).items
            return item.my_answer, [*map(str, item.my_roles)], item.tally.going

        assert await seen_by(her) == (Answer.GOING, ["owner"], 1)
        assert await seen_by(other) == (Answer.NOT_GOING, [], 1)
        assert await seen_by(a_person()) == (None, [], 1)

    @given(
        drawn=in_a_tenant(
            lambda t: st.tuples(
                some_events(t, at_most=5), st.just(Everything()) | predicates(t)
            )
        ),
        window=st.just(TimeWindow()) | windows(),
        said=st.lists(st.none() | st.sampled_from(Answer), min_size=5, max_size=5),
        limit=st.integers(1, 6),
    )
    @PROPERTY
    async def test_what_is_counted_is_that_of_what_matches(
        self,
        make_store: MakeStore,
        drawn: tuple[list[Event], Predicate],
        window: TimeWindow,
        said: list[Answer | None],
        limit: int,
    ) -> None:
        drawn_events, where = drawn
        stored = [with_room_for_two(event) for event in drawn_events]
        tenant_id = stored[0].tenant_id if stored else a_tenant()
        store = await make_store()
        await put(store, *stored)
        came: dict[EventId, dict[Side | None, int]] = {}
        for event, answer in zip(stored, said, strict=False):
            here, gone, other = a_person(), a_person(), a_person()
            for person in (gone, here):
                roster = await answered(store, open_form_of(event), person, answer)
                await marked(store, event, person, by=other)
            await unmarked(store, event, gone, by=other)
            side = roster.rsvps[here].side if answer else None
            came[event.id] = {side: 1}
        async with store.unit_of_work(tenant_id) as uow:
            found = await uow.events.counted(where, window, limit=limit)
        listed = await page_of(
            store,
            tenant_id,
            PageQuery(where=where, reader=Bearer(a_person()), window=window),
        )
        assert found == tuple(
            Counted(
                event_id=item.id,
                occurrence=item.occurrence,
                title=item.title,
                event_type=item.event_type,
                starts_at=item.starts_at,
                lasts_until=item.lasts_until,
                capacity=item.signup.capacity,
                tally=item.tally,
                came=came[item.id],
            )
            for item in listed.items[:limit]
        )
