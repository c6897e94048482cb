"""Times as the wire spells them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.http.codec.times import first_moment, last_moment, moment, stamp

zones = st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m)))


@given(st.datetimes(timezones=st.none() | zones))
def test_a_time_is_read_as_it_was_written(when: datetime) -> None:
    assert moment(when.isoformat()) == when
    assert moment(when.isoformat().lower()) == when


@given(st.datetimes(timezones=st.just(UTC)))
def test_z_is_utc(when: datetime) -> None:
    assert moment(when.isoformat().replace("+00:00", "z")) == when


@pytest.mark.parametrize(
    "text",
    ["2027-02-29T10:00:00Z", "0000-01-01T00:00:00Z", "2026-12-31T23:59:60Z"],
)
def test_a_time_that_there_is_not_is_no_crash(text: str) -> None:
    for read in (moment, first_moment, last_moment):
        with pytest.raises(ValueError, match="that there is"):
            read(text)


@given(st.datetimes(timezones=zones))
@example(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))))
@example(datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))))
def test_bounds_are_in_utc_and_never_overflow(when: datetime) -> None:
    first, last = first_moment(when.isoformat()), last_moment(when.isoformat())

    assert first == last
    assert first.tzinfo is UTC
    if 1 < when.year < 9999:
        assert first == when


@given(st.dates())
def test_a_date_is_all_of_its_day(day: date) -> None:
    first, last = first_moment(day.isoformat()), last_moment(day.isoformat())

    assert first.isoformat() == f"{day}T00:00:00+00:00"
    assert last - first == timedelta(days=1) - timedelta.resolution


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)))
def test_an_instant_is_written_in_milliseconds_at_the_most(when: datetime) -> None:
    written = stamp(when)
    if isinstance(written, str):
        assert len(written) == len("2027-03-01T10:00:00.123Z")
        written = moment(written)
    assert written is not None
    assert timedelta(0) <= when - written < timedelta(milliseconds=1)
