from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events_core.domain.schedule import Schedule, TimeWindow, instant
from events_core.errors import Invalid, InvalidFields, InvalidTimeRange
from events_core.testing.strategies import hostile_texts, schedules, walls, zones

BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)


def at(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestInstants:
    def test_seven_in_the_evening_stays_so_when_the_clocks_change(self) -> None:
        winter = Schedule.of(at("2027-03-27T19:00"), zone=BERLIN)
        summer = winter.moved(starts=at("2027-03-28T19:00"))
        assert winter.starts_at == utc("2027-03-27T18:00")
        assert summer.starts_at == utc("2027-03-28T17:00")

    def test_a_skipped_time_is_read_with_the_offset_before(self) -> None:
        skipped = Schedule.of(at("2027-03-28T02:30"), zone=BERLIN)
        assert skipped.starts_at == utc("2027-03-28T01:30")  # shown as 03:30

    def test_a_skipped_time_has_no_second_reading(self) -> None:
        first, second = (
            Schedule.of(at("2027-03-28T02:30", fold=fold), zone=BERLIN)
            for fold in (0, 1)
        )
        assert first == second
        assert first.starts_at == second.starts_at

    def test_a_time_that_comes_twice_is_the_first(self) -> None:
        twice = Schedule.of(at("2027-10-31T02:30"), zone=BERLIN)
        assert twice.starts_at == utc("2027-10-31T00:30")

    def test_given_as_the_instant_of_the_second_it_is_the_second(self) -> None:
        second = Schedule.of(utc("2027-10-31T01:30"), zone=BERLIN)
        assert second.starts == at("2027-10-31T02:30")
        assert second.starts_at == utc("2027-10-31T01:30")

    def test_the_two_readings_are_different_schedules(self) -> None:
        first = Schedule.of(at("2027-10-31T02:30"), zone=BERLIN)
        second = Schedule.of(at("2027-10-31T02:30", fold=1), zone=BERLIN)
        assert first != second
        assert second.starts_at - first.starts_at == HOUR

    def test_elsewhere_a_second_reading_means_nothing(self) -> None:
        first = Schedule.of(at("2027-06-01T02:30"), zone=BERLIN)
        assert first == Schedule.of(at("2027-06-01T02:30", fold=1), zone=BERLIN)

    def test_a_naive_time_is_wall_time_and_an_aware_one_an_instant(self) -> None:
        there = timezone(timedelta(hours=-5))
        mixed = Schedule.of(
            at("2027-06-01T19:00"),
            at("2027-06-01T14:00").replace(tzinfo=there),
            zone=BERLIN,
        )
        assert mixed.ends == at("2027-06-01T21:00")
        assert mixed.ends_at == utc("2027-06-01T19:00")

    def test_times_are_kept_to_the_second(self) -> None:
        schedule = Schedule.of(at("2027-06-01T19:00:05.999999"))
        assert schedule.starts_at == utc("2027-06-01T19:00:05")

    @given(zones(), walls())
    def test_an_instant_comes_back_as_it_was(self, zone: str, wall: datetime) -> None:
        moment = wall.replace(tzinfo=UTC, fold=0)
        assert Schedule.of(moment, zone=zone).starts_at == moment

    @given(schedules())
    def test_a_schedule_made_of_its_own_times_is_the_same(self, one: Schedule) -> None:
        again = Schedule.of(one.starts, one.ends, zone=one.zone, all_day=one.all_day)
        assert again == one


class TestRanges:
    @pytest.mark.parametrize("ends", ["2027-06-01T19:00", "2027-06-01T18:59:59"])
    def test_the_end_is_after_the_start(self, ends: str) -> None:
        with pytest.raises(InvalidTimeRange):
            Schedule.of(at("2027-06-01T19:00"), at(ends))

    def test_instants_decide_and_not_what_clocks_show(self) -> None:
        start = at("2027-10-31T02:45")
        shown_earlier = at("2027-10-31T02:15", fold=1)
        schedule = Schedule.of(start, shown_earlier, zone=BERLIN)
        assert schedule.ends_at
        assert schedule.ends_at - schedule.starts_at == HOUR / 2
        with pytest.raises(InvalidTimeRange):  # 03:30 to 03:15
            Schedule.of(at("2027-03-28T02:30"), at("2027-03-28T03:15"), zone=BERLIN)

    def test_an_event_lasts_400_days_at_most(self) -> None:
        start = at("2027-06-01T19:00")
        longest = start + timedelta(days=400)
        assert Schedule.of(start, longest).ends == longest
        with pytest.raises(InvalidFields) as refused:
            Schedule.of(start, longest + timedelta(seconds=1))
        assert set(refused.value.fields) == {"ends_at"}

    @pytest.mark.parametrize(
        ("zone", "wall"),
        [
            ("UTC", "1969-12-31T23:59:59"),
            ("UTC", "2200-01-01T00:00"),
            ("Asia/Tokyo", "1970-01-01T05:00"),  # 1969 in UTC
            ("America/New_York", "2199-12-31T23:00"),  # 2200 in UTC
            ("UTC", "0001-01-01T00:00"),
            ("UTC", "9999-12-31T23:59"),
        ],
    )
    def test_the_years_are_1970_to_2199(self, zone: str, wall: str) -> None:
        with pytest.raises(InvalidFields) as refused:
            Schedule.of(at(wall), zone=zone)
        assert set(refused.value.fields) == {"starts_at"}

    @given(
        starts=st.datetimes(timezones=st.none() | st.timezones()),
        ends=st.none() | st.datetimes(timezones=st.none() | st.just(UTC)),
        zone=zones(),
        all_day=st.booleans(),
    )
    def test_any_times_are_a_schedule_or_invalid(
        self, starts: datetime, ends: datetime | None, zone: str, *, all_day: bool
    ) -> None:
        try:
            schedule = Schedule.of(starts, ends, zone=zone, all_day=all_day)
        except Invalid:
            return
        assert schedule.lasts_until >= schedule.starts_at
        assert 1970 <= schedule.starts_at.year <= 2199

    @pytest.mark.parametrize("extreme", [datetime.min, datetime.max])
    @pytest.mark.parametrize("hours", [-23, 0, 23])
    def test_the_ends_of_the_calendar_are_refused_and_break_nothing(
        self, extreme: datetime, hours: int
    ) -> None:
        zone: tzinfo = timezone(timedelta(hours=hours))
        for moment in (extreme, extreme.replace(tzinfo=zone)):
            with pytest.raises(InvalidFields):
                Schedule.of(moment, zone="Pacific/Kiritimati")

    @given(hostile_texts())
    def test_only_a_zone_is_a_zone(self, text: str) -> None:
        with pytest.raises(InvalidFields) as refused:
            Schedule.of(at("2027-06-01T19:00"), zone=text)
        assert set(refused.value.fields) == {"time_zone"}


class TestAllDay:
    @pytest.mark.parametrize(
        ("starts", "ends", "broken"),
        [
            ("1970-01-01T12:00", None, "starts_at"),  # from a midnight in 1969, UTC
            ("2199-12-31T12:00", "2199-12-31T13:00", "ends_at"),  # to one in 2200
        ],
    )
    def test_its_midnights_are_in_those_years_too(
        self, starts: str, ends: str | None, broken: str
    ) -> None:
        last = None if ends is None else at(ends)
        with pytest.raises(InvalidFields) as refused:
            Schedule.of(at(starts), last, zone="Asia/Tokyo", all_day=True)
        assert set(refused.value.fields) == {broken}

    def test_its_times_are_the_midnights_around(self) -> None:
        schedule = Schedule.of(
            at("2027-06-01T10:00"), at("2027-06-02T10:00"), zone=BERLIN, all_day=True
        )
        assert schedule.starts == at("2027-06-01T00:00")
        assert schedule.ends == at("2027-06-03T00:00")

    def test_a_midnight_is_an_end_already(self) -> None:
        schedule = Schedule.of(
            at("2027-06-01T00:00"), at("2027-06-02T00:00"), all_day=True
        )
        assert schedule.ends == at("2027-06-02T00:00")

    def test_without_an_end_it_lasts_until_the_end_of_its_day(self) -> None:
        short = Schedule.of(at("2027-03-28T12:00"), zone=BERLIN, all_day=True)
        assert short.lasts_until - short.starts_at == 23 * HOUR
        long = Schedule.of(at("2027-10-31T12:00"), zone=BERLIN, all_day=True)
        assert long.lasts_until - long.starts_at == 25 * HOUR

    def test_with_a_time_and_without_an_end_an_event_lasts_until_its_start(
        self,
    ) -> None:
        schedule = Schedule.of(at("2027-06-01T10:00"))
        assert schedule.lasts_until == schedule.starts_at

    def test_moving_it_keeps_how_many_days_it_has(self) -> None:
        day = Schedule.of(at("2027-06-01T00:00"), at("2027-06-02T00:00"), all_day=True)
        moved = day.moved(starts=at("2027-06-08T10:00"))
        assert moved.starts == at("2027-06-08T00:00")
        assert moved.ends == at("2027-06-09T00:00")


class TestMoving:
    evening = Schedule.of(at("2027-06-01T19:00"), at("2027-06-01T21:00"), zone=BERLIN)

    def test_a_new_zone_keeps_what_the_clocks_show(self) -> None:
        moved = self.evening.moved(zone="America/New_York")
        assert (moved.starts, moved.ends) == (self.evening.starts, self.evening.ends)
        assert moved.starts_at == utc("2027-06-01T23:00")

    def test_a_new_start_takes_the_end_along(self) -> None:
        moved = self.evening.moved(starts=at("2027-06-08T20:15"))
        assert moved.ends == at("2027-06-08T22:15")

    def test_it_takes_the_end_along_by_what_the_clocks_show(self) -> None:
        night = Schedule.of(at("2027-03-26T23:00"), at("2027-03-27T05:00"), zone=BERLIN)
        moved = night.moved(starts=at("2027-03-27T23:00"))
        assert moved.ends == at("2027-03-28T05:00")
        assert moved.ends_at
        assert moved.ends_at - moved.starts_at == 5 * HOUR

    def test_a_new_start_in_a_new_zone_is_read_there(self) -> None:
        moved = self.evening.moved(starts=utc("2027-06-01T12:00"), zone="Asia/Tokyo")
        assert moved.starts == at("2027-06-01T21:00")
        assert moved.ends == at("2027-06-01T23:00")

    def test_a_new_end_moves_nothing_else(self) -> None:
        moved = self.evening.moved(ends=utc("2027-06-01T20:00"))
        assert (moved.starts, moved.ends) == (
            self.evening.starts,
            at("2027-06-01T22:00"),
        )

    def test_moved_to_the_instant_it_is_shown_at_it_keeps_its_end(self) -> None:
        skipped = Schedule.of(
            at("2027-03-28T02:30"), at("2027-03-28T05:00"), zone=BERLIN
        )
        assert skipped.moved(starts=utc("2027-03-28T01:30")) == skipped

    def test_moved_to_its_second_reading_it_keeps_what_its_end_shows(self) -> None:
        first = Schedule.of(
            at("2027-10-31T02:30"), at("2027-10-31T02:45", fold=1), zone=BERLIN
        )
        moved = first.moved(starts=utc("2027-10-31T01:30"))
        assert moved.ends_at == first.ends_at

    def test_an_end_can_be_taken_away(self) -> None:
        assert self.evening.moved(without_end=True).ends is None

    def test_the_end_must_still_be_after_the_start(self) -> None:
        with pytest.raises(InvalidTimeRange):
            self.evening.moved(ends=at("2027-06-01T18:00"))

    @given(schedules())
    def test_moved_to_where_it_is_it_stays(self, one: Schedule) -> None:
        assert one.moved() == one
        assert one.moved(starts=one.starts) == one
        assert one.moved(starts=one.starts_at, zone=one.zone) == one

    @given(schedules(), walls())
    def test_a_new_start_keeps_how_long_the_clocks_show(
        self, one: Schedule, start: datetime
    ) -> None:
        assume(one.ends is not None)
        try:
            moved = one.moved(starts=start)
        except Invalid:
            return  # a clock change in between, or the end of time
        assert moved.ends is not None
        assert one.ends is not None
        assert moved.ends - moved.starts == one.ends - one.starts


class TestKeys:
    def test_a_key_is_the_start_as_wall_time(self) -> None:
        assert (
            Schedule.of(at("2027-03-21T19:00"), zone=BERLIN).key == "2027-03-21T19:00"
        )
        assert Schedule.of(at("2027-03-21T19:00:07")).key == "2027-03-21T19:00:07"


class TestWindows:
    start, end = utc("2027-06-01T10:00"), utc("2027-06-01T12:00")

    @pytest.mark.parametrize(
        ("starts", "lasts", "is_in"),
        [
            (8, 9, False),
            (8, 10, True),
            (8, 13, True),
            (10, 10, True),
            (11, 11, True),
            (12, 12, True),
            (12, 13, True),
            (13, 13, False),
        ],
    )
    def test_what_overlaps_it_is_in_it_bounds_included(
        self, starts: int, lasts: int, *, is_in: bool
    ) -> None:
        assert is_in is TimeWindow(self.start, self.end).overlaps(
            starts_at=self.start.replace(hour=starts),
            lasts_until=self.start.replace(hour=lasts),
        )

    def test_an_open_bound_lets_everything_in(self) -> None:
        early, late = utc("1970-01-01T00:00"), utc("2199-01-01T00:00")
        assert TimeWindow().overlaps(starts_at=early, lasts_until=early)
        since, until = TimeWindow(start=self.start), TimeWindow(end=self.end)
        assert since.overlaps(starts_at=late, lasts_until=late)
        assert not since.overlaps(starts_at=early, lasts_until=early)
        assert until.overlaps(starts_at=early, lasts_until=early)
        assert not until.overlaps(starts_at=late, lasts_until=late)


def test_an_instant_is_in_utc() -> None:
    assert instant(at("2027-06-01T19:00"), BERLIN).tzinfo is UTC
