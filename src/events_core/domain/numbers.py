"""What became of those who answered, in numbers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from attrs import field, frozen

from events_core.domain.answers import Side, Tally
from events_core.domain.details import EventType
from events_core.domain.identity import EventId, OccurrenceKey

#: How many came of those on each side; None stands for no answer.
Came = Mapping[Side | None, int]


@frozen(kw_only=True)
class Numbers:
    """The answers to some occurrences, and who came.

    Who came had a place, or had said no (``said_no_but_came``), or is one of the
    ``walk_ins``. ``no_shows`` had a place and did not come: nobody before it is over.
    """

    tally: Tally = Tally()
    came: int = 0
    no_shows: int = 0
    walk_ins: int = 0
    said_no_but_came: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        """Return the numbers of the occurrences of both."""
        return Numbers(
            tally=self.tally + other.tally,
            came=self.came + other.came,
            no_shows=self.no_shows + other.no_shows,
            walk_ins=self.walk_ins + other.walk_ins,
            said_no_but_came=self.said_no_but_came + other.said_no_but_came,
        )


def numbers_of(tally: Tally, came: Came, *, is_over: bool) -> Numbers:
    """Return the numbers of an occurrence from what was answered and who came."""
    in_all, placed = sum(came.values()), came.get(Side.CONFIRMED, 0)
    said_no = came.get(Side.NOT_GOING, 0)
    return Numbers(
        tally=tally,
        came=in_all,
        no_shows=max(0, tally.going - placed) if is_over else 0,
        walk_ins=in_all - placed - said_no,
        said_no_but_came=said_no,
    )


@frozen(kw_only=True)
class Counted:
    """One occurrence, as much as is counted of it. ``capacity`` None is no limit."""

    event_id: EventId
    occurrence: OccurrenceKey
    title: str
    event_type: EventType
    starts_at: datetime
    lasts_until: datetime
    capacity: int | None
    tally: Tally
    came: Came = field(hash=False)

    def numbers(self, at: datetime) -> Numbers:
        """Return its numbers at a moment."""
        return numbers_of(self.tally, self.came, is_over=self.lasts_until <= at)


class By(StrEnum):
    """By what occurrences are summed up. A week begins on Monday (ISO 8601)."""

    OCCURRENCE = "occurrence"
    EVENT_TYPE = "event_type"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


#: What a line is about; a period by its first day.
Key = Counted | EventType | date


@frozen
class Line:
    """The numbers of some occurrences that have something in common."""

    key: Key
    occurrences: int
    numbers: Numbers


def summed_up(
    counted: Iterable[Counted], by: By, *, zone: str, at: datetime
) -> tuple[Line, ...]:
    """Return a line for each thing that some of the occurrences have in common.

    Types of events in the order of ``EventType``, else by time; an occurrence is in
    the period in which it starts in the zone. Every occurrence is in one line.
    """
    lines: defaultdict[Key, list[Numbers]] = defaultdict(list)
    for one in sorted(counted, key=lambda c: (c.starts_at, c.event_id, c.occurrence)):
        lines[_key(one, by, zone)].append(one.numbers(at))
    keys: Iterable[Key] = lines
    if by is By.EVENT_TYPE:
        keys = (kind for kind in EventType if kind in lines)
    return tuple(
        Line(key, len(lines[key]), sum(lines[key], start=Numbers())) for key in keys
    )


def _key(one: Counted, by: By, zone: str) -> Key:
    if by is By.OCCURRENCE:
        return one
    if by is By.EVENT_TYPE:
        return one.event_type
    day = one.starts_at.astimezone(ZoneInfo(zone)).date()
    if by is By.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by is By.MONTH else day
