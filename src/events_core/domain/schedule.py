"""When an event takes place: wall-clock times in a zone, and their instants.

An event at 19:00 stays at 19:00 when its zone's clock changes, so wall times and the
zone are what is kept; instants follow from them. What the clock change does to a wall
time is decided here, once:

- a time that is skipped is read with the offset before the gap (02:30 is shown as
  03:30; RFC 5545, 3.3.5);
- a time that comes twice is the first, unless it was given as the instant of the
  second; ``fold`` (PEP 495) keeps that apart.

An all-day event covers whole days of its zone. Times are kept to the second, the
finest a calendar file can say.
"""

from datetime import MAXYEAR, MINYEAR, UTC, datetime, time, timedelta
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from attrs import field, frozen

from events_core.domain.identity import OccurrenceKey
from events_core.errors import InvalidFields, InvalidTimeRange

LONGEST = timedelta(days=400)
FIRST_YEAR = 1970
LAST_YEAR = 2199


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def checked_zone(name: str) -> str:
    """Return the name of an IANA time zone, as it was given.

    Raises:
        ValueError: there is no such zone.
    """
    if name not in _zone_names():
        raise ValueError("must be the name of an IANA time zone")
    return name


def _wall_with_fold(wall: datetime | None) -> tuple[datetime, int] | None:
    # Two naive datetimes are equal whatever their fold; to us they are not.
    return None if wall is None else (wall, wall.fold)


@frozen
class Schedule:
    """The wall-clock times of one occurrence.

    ``starts`` and ``ends`` are naive. Without an end an event lasts until its start,
    an all-day event until the end of its day. Build it with ``of``.
    """

    starts: datetime = field(eq=_wall_with_fold)
    ends: datetime | None = field(eq=_wall_with_fold)
    zone: str
    all_day: bool = False

    @classmethod
    def of(
        cls,
        starts: datetime,
        ends: datetime | None = None,
        *,
        zone: str = "UTC",
        all_day: bool = False,
    ) -> Self:
        """Return the schedule, checked.

        A naive time is wall time in the zone, an aware one an instant that is
        turned into it. All-day times are brought to the midnights around them.

        Raises:
            InvalidFields: an unknown zone, a time outside the years 1970 to 2199,
                or more than 400 days.
            InvalidTimeRange: the end is not after the start.
        """
        try:
            checked_zone(zone)
        except ValueError as problem:
            raise InvalidFields({"time_zone": (str(problem),)}) from None
        first = _wall_time("starts_at", starts, zone)
        last = None if ends is None else _wall_time("ends_at", ends, zone)
        if all_day:
            first = _in_range("starts_at", _midnight_before(first), zone)
            if last is not None:
                last = _in_range("ends_at", _midnight_after(last), zone)
        schedule = cls(first, last, zone, all_day)
        if schedule.ends_at is not None:
            if schedule.ends_at <= schedule.starts_at:
                raise InvalidTimeRange
            if schedule.ends_at - schedule.starts_at > LONGEST:
                raise InvalidFields(
                    {"ends_at": (f"must be within {LONGEST.days} days of the start",)}
                )
        return schedule

    def moved(
        self,
        *,
        starts: datetime | None = None,
        ends: datetime | None = None,
        without_end: bool = False,
        zone: str | None = None,
        all_day: bool | None = None,
    ) -> Self:
        """Return the schedule with some of its parts changed, checked like ``of``.

        A new zone alone keeps the wall times. A new start alone takes the end
        along, by as much as the clocks show; the instant it starts at already is
        no new one. ``without_end`` takes the end away.
        """
        new_zone = self.zone if zone is None else zone
        new_all_day = self.all_day if all_day is None else all_day
        first, last = self.starts, self.ends
        if starts is not None:
            checked = self.of(starts, zone=new_zone, all_day=new_all_day).starts
            if instant(checked, new_zone) != instant(first, new_zone):
                if last is not None:
                    last = _shifted(last, checked - first)
                first = checked
        if ends is not None:
            last = ends
        return self.of(
            first,
            None if without_end else last,
            zone=new_zone,
            all_day=new_all_day,
        )

    @property
    def starts_at(self) -> datetime:
        """The instant it starts, in UTC."""
        return instant(self.starts, self.zone)

    @property
    def ends_at(self) -> datetime | None:
        """The instant it ends, in UTC; None where no end was given."""
        return None if self.ends is None else instant(self.ends, self.zone)

    @property
    def lasts_until(self) -> datetime:
        """The instant it is over, in UTC, whether or not an end was given."""
        if self.ends is not None:
            return instant(self.ends, self.zone)
        if self.all_day:
            return instant(_midnight_after(self.starts + _ONE_SECOND), self.zone)
        return self.starts_at

    @property
    def key(self) -> OccurrenceKey:
        """The key an occurrence gets that is created with this schedule."""
        return OccurrenceKey(
            self.starts.isoformat(
                timespec="seconds" if self.starts.second else "minutes"
            )
        )


@frozen
class TimeWindow:
    """A span of time; None is open. What overlaps it, bounds included, is in it."""

    start: datetime | None = None
    end: datetime | None = None

    def overlaps(self, *, starts_at: datetime, lasts_until: datetime) -> bool:
        """Tell whether something that lasts so long is in the window."""
        return (self.start is None or lasts_until >= self.start) and (
            self.end is None or starts_at <= self.end
        )


def instant(wall: datetime, zone: str) -> datetime:
    """Return the instant, in UTC, at which the zone's clocks show the wall time."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def instant_in(name: str, moment: datetime, zone: str) -> datetime:
    """Return the instant, in UTC, that a field of this name was given.

    A naive moment is wall time in the zone.

    Raises:
        InvalidFields: it is outside the years 1970 to 2199.
    """
    return instant(_wall_time(name, moment, zone), zone)


_ONE_SECOND = timedelta(seconds=1)
_OUT_OF_RANGE = f"must be in the years {FIRST_YEAR} to {LAST_YEAR}"


def _wall_time(name: str, moment: datetime, zone: str) -> datetime:
    moment = moment.replace(microsecond=0)
    # Near the ends of the calendar even changing the zone overflows.
    if not MINYEAR < moment.year < MAXYEAR:
        raise InvalidFields({name: (_OUT_OF_RANGE,)})
    if moment.tzinfo is not None:
        moment = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    elif moment.fold and instant(moment, zone) <= instant(moment.replace(fold=0), zone):
        moment = moment.replace(fold=0)  # it comes once, or is skipped
    return _in_range(name, moment, zone)


def _in_range(name: str, wall: datetime, zone: str) -> datetime:
    if not (
        FIRST_YEAR <= wall.year <= LAST_YEAR
        and FIRST_YEAR <= instant(wall, zone).year <= LAST_YEAR
    ):
        raise InvalidFields({name: (_OUT_OF_RANGE,)})
    return wall


def _shifted(wall: datetime, by: timedelta) -> datetime:
    return wall.replace(fold=0) + by if by else wall  # whose fold stays


def _midnight_before(wall: datetime) -> datetime:
    return datetime.combine(wall.date(), time())


def _midnight_after(wall: datetime) -> datetime:
    midnight = _midnight_before(wall)
    return midnight if midnight == wall else midnight + timedelta(days=1)
