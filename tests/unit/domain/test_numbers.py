"""Numbers add up, however they are parted."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.answers import Side, Tally
from events_core.domain.details import EventType
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.domain.numbers import (
    By,
    Counted,
    Numbers,
    numbers_of,
    summed_up,
)
from events_core.testing.builders import NOW, new_uuid

HOUR = timedelta(hours=1)
counts = st.integers(0, 9)
tallies = st.builds(Tally, counts, counts, counts, counts, counts)


def counted(
    starts_at: datetime,
    *,
    kind: EventType = EventType.GAME,
    tally: Tally | None = None,
    came: dict[Side | None, int] | None = None,
) -> Counted:
    return Counted(
        event_id=EventId(new_uuid()),
        occurrence=OccurrenceKey("2027-03-21T19:00"),
        title="Chess",
        event_type=kind,
        starts_at=starts_at,
        lasts_until=starts_at + HOUR,
        capacity=None,
        tally=tally or Tally(),
        came=came or {},
    )


all_counted = st.builds(
    counted,
    st.datetimes(datetime(2027, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    kind=st.sampled_from(EventType),
    tally=tallies,
    came=st.dictionaries(st.none() | st.sampled_from(Side), counts),
)


@given(tallies, st.dictionaries(st.none() | st.sampled_from(Side), counts))
def test_whoever_came_is_counted_once(
    tally: Tally, came: dict[Side | None, int]
) -> None:
    numbers = numbers_of(tally, came, is_over=True)
    placed = came.get(Side.CONFIRMED, 0)
    assert numbers.came == placed + numbers.walk_ins + numbers.said_no_but_came
    assert numbers.no_shows == max(0, tally.going - placed)
    assert numbers_of(tally, came, is_over=False).no_shows == 0


@given(st.lists(all_counted, max_size=8), st.sampled_from(By))
def test_the_lines_have_everything_once(occurrences: list[Counted], by: By) -> None:
    lines = summed_up(occurrences, by, zone="Asia/Tokyo", at=NOW)
    assert sum(line.occurrences for line in lines) == len(occurrences)
    assert len({line.key for line in lines if by is not By.OCCURRENCE}) in {
        len(lines),
        0,
    }
    told: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    for line in lines:
        told.update(_flat(line.numbers))
    for one in occurrences:
        expected.update(_flat(one.numbers(NOW)))
    assert told == expected


def _flat(numbers: Numbers) -> dict[str, int]:
    told = asdict(numbers)
    return {**told.pop("tally"), **told}


# The clocks of Berlin went forward on 2027-03-28: Sunday began at 23:00 UTC, Monday
# at 22:00.
@pytest.mark.parametrize(
    ("by", "starts_at", "first_day"),
    [
        (By.DAY, datetime(2027, 3, 27, 22, 59, tzinfo=UTC), date(2027, 3, 27)),
        (By.DAY, datetime(2027, 3, 27, 23, 0, tzinfo=UTC), date(2027, 3, 28)),
        (By.DAY, datetime(2027, 3, 28, 21, 59, tzinfo=UTC), date(2027, 3, 28)),
        (By.DAY, datetime(2027, 3, 28, 22, 0, tzinfo=UTC), date(2027, 3, 29)),
        (By.WEEK, datetime(2027, 3, 28, 21, 59, tzinfo=UTC), date(2027, 3, 22)),
        (By.WEEK, datetime(2027, 3, 28, 22, 0, tzinfo=UTC), date(2027, 3, 29)),
        (By.MONTH, datetime(2027, 3, 31, 21, 59, tzinfo=UTC), date(2027, 3, 1)),
        (By.MONTH, datetime(2027, 3, 31, 22, 0, tzinfo=UTC), date(2027, 4, 1)),
    ],
)
def test_a_period_begins_where_its_zone_says(
    by: By, starts_at: datetime, first_day: date
) -> None:
    [line] = summed_up([counted(starts_at)], by, zone="Europe/Berlin", at=NOW)
    assert line.key == first_day


def test_types_come_in_their_own_order_and_periods_in_time() -> None:
    late, early = counted(NOW + HOUR), counted(NOW, kind=EventType.OTHER)
    sorts = summed_up([early, late], By.EVENT_TYPE, zone="UTC", at=NOW)
    assert [line.key for line in sorts] == [EventType.GAME, EventType.OTHER]
    times = summed_up([late, early], By.OCCURRENCE, zone="UTC", at=NOW)
    assert [line.key for line in times] == [early, late]
