"""Windows: which occurrences a span of time has."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from events_core.domain.predicate import Everything
from events_core.domain.roles import Bearer
from events_core.domain.schedule import TimeWindow
from events_core.ports.store import PageQuery, Store
from events_core.testing.builders import a_person, a_schedule, an_event
from events_core.testing.contracts.store.factory import OfStore, page_of, put
from events_core.testing.contracts.store.pages import START

SECOND = timedelta(seconds=1)


class WindowsContract(OfStore):
    """What overlaps a window is in it, bounds included, however long it lasts."""

    @pytest.mark.parametrize(
        ("window", "is_in"),
        [
            (TimeWindow(), True),
            (TimeWindow(start=START + timedelta(hours=2)), True),
            (TimeWindow(start=START + timedelta(hours=2) + SECOND), False),
            (TimeWindow(end=START), True),
            (TimeWindow(end=START - SECOND), False),
            (TimeWindow(START + SECOND, START + SECOND), True),
            (TimeWindow(START - timedelta(days=1), START - SECOND), False),
            (TimeWindow(datetime(1, 1, 1, tzinfo=UTC), START), True),
            (TimeWindow(START, datetime(9999, 12, 31, tzinfo=UTC)), True),
        ],
    )
    async def test_a_window_has_what_overlaps_it_bounds_included(
        self, store: Store, window: TimeWindow, *, is_in: bool
    ) -> None:
        event = an_event(schedule=a_schedule(hours=2))
        await put(store, event)
        query = PageQuery(where=Everything(), reader=Bearer(a_person()), window=window)
        assert (await page_of(store, event.tenant_id, query)).total == is_in

    @pytest.mark.parametrize("days", [1, 31, 32, 399])
    async def test_a_long_event_is_found_on_its_last_day(
        self, store: Store, days: int
    ) -> None:
        event = an_event(schedule=a_schedule(hours=24 * days))
        await put(store, event)
        last = START + timedelta(days=days)
        query = PageQuery(
            where=Everything(), reader=Bearer(a_person()), window=TimeWindow(last, last)
        )
        assert (await page_of(store, event.tenant_id, query)).total == 1

    async def test_without_an_end_an_event_lasts_until_its_start(
        self, store: Store
    ) -> None:
        event = an_event(schedule=a_schedule(hours=None))
        await put(store, event)
        query = PageQuery(where=Everything(), reader=Bearer(a_person()))
        for start, expected in ((START, 1), (START + SECOND, 0)):
            query = evolve(query, window=TimeWindow(start=start))
            assert (await page_of(store, event.tenant_id, query)).total == expected

    async def test_an_all_day_event_lasts_until_the_end_of_its_day_in_its_zone(
        self, store: Store
    ) -> None:
        event = an_event(schedule=a_schedule(all_day=True, zone="America/New_York"))
        await put(store, event)
        end = datetime(2027, 3, 22, 4, tzinfo=UTC)
        query = PageQuery(where=Everything(), reader=Bearer(a_person()))
        for start, expected in ((end, 1), (end + SECOND, 0)):
            query = evolve(query, window=TimeWindow(start=start))
            assert (await page_of(store, event.tenant_id, query)).total == expected
