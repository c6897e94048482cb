"""When: moments on a coarse grid, so that events and windows meet, and the extremes."""

from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from events_core.domain.schedule import Schedule, TimeWindow
from events_core.errors import InvalidFields, InvalidTimeRange
from events_core.testing.builders import EVENING

#: Zones with whole, half and quarter hours, with summer time in both halves of the
#: globe, of half an hour too, and backwards; one that once left out a day.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/Moscow",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)

#: Wall times about which some zone's clock is changed, and the ends of time.
_ODD_WALLS = (
    datetime(2027, 3, 28, 2, 30),  # left out in Berlin
    datetime(2027, 10, 31, 2, 30),  # twice in Berlin
    datetime(2027, 10, 31, 2, 30, fold=1),
    datetime(2027, 3, 14, 2, 30),  # left out in New York
    datetime(2027, 11, 7, 1, 30, fold=1),  # twice in New York
    datetime(2027, 4, 4, 1, 45, fold=1),  # twice on Lord Howe
    datetime(2011, 12, 30, 12, 0),  # left out on Samoa, the whole day
    datetime(1970, 1, 2, 0, 0),
    datetime(2199, 12, 30, 23, 59, 59),
)


@cache
def zones() -> SearchStrategy[str]:
    """Names of time zones."""
    return st.sampled_from(ZONES)


@cache
def walls() -> SearchStrategy[datetime]:
    """Wall times: mostly on the hour in one week, some where clocks are changed."""
    hours = st.integers(-84, 84)
    week = hours.map(lambda number: EVENING + timedelta(hours=number))
    return week | week | st.sampled_from(_ODD_WALLS)


@cache
def instants() -> SearchStrategy[datetime]:
    """Instants in UTC, where the events are."""
    return walls().map(lambda wall: wall.replace(fold=0, tzinfo=UTC))


@cache
def present_times() -> SearchStrategy[datetime]:
    """Instants at which something is done: about when the events are, to the µs."""
    middle = EVENING.replace(tzinfo=UTC)
    return st.timedeltas(-timedelta(days=12), timedelta(days=12)).map(
        lambda apart: middle + apart
    )


@cache
@composite
def schedules(draw: DrawFn) -> Schedule:
    """Schedules: short and long, without an end, all day, in many zones."""
    starts = draw(walls())
    duration = draw(
        st.none()
        | st.integers(1, 8).map(lambda hours: timedelta(hours=hours))
        | st.sampled_from(
            (
                timedelta(seconds=1),
                timedelta(days=3),
                timedelta(hours=744),
                timedelta(hours=746),
                timedelta(days=399),
            )
        )
    )
    zone, all_day = draw(zones()), draw(st.sampled_from((False, False, False, True)))
    try:
        ends = None if duration is None else starts + duration
        return Schedule.of(starts, ends, zone=zone, all_day=all_day)
    except (InvalidFields, InvalidTimeRange):
        # A clock change ate the duration, or it is past the end of time.
        return Schedule.of(starts.replace(fold=0), zone=zone, all_day=all_day)


@cache
def windows() -> SearchStrategy[TimeWindow]:
    """Spans of time about when the events are; open ones, empty ones, upside down."""
    bounds = st.none() | instants()
    return st.builds(TimeWindow, bounds, bounds)
