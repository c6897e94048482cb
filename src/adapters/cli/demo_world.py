"""The demo's world: who lives in it, where they belong, and what they plan.

Ids are made from names, so that every demo has the same ones and nothing is made
twice.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from attrs import frozen

from events_core import (
    CreateEvent,
    EventId,
    EventType,
    Scope,
    ScopeKind,
    Status,
    TenantId,
    UserId,
    Visibility,
    Waitlist,
)

WEEKS = 13


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"urn:events-core:demo:{name}")


TENANT_SLUG = "demo"
TENANT_ID = TenantId(_id("tenant"))
TENANT = Scope.of_tenant(TENANT_ID)

CHESS = Scope(ScopeKind.COMMUNITY, _id("chess"))
HIKERS = Scope(ScopeKind.COMMUNITY, _id("hikers"))
READERS = Scope(ScopeKind.COMMUNITY, _id("readers"))
FOOTBALL = Scope(ScopeKind.TEAM, _id("football"))
ROBOTS = Scope(ScopeKind.TEAM, _id("robots"))

PEOPLE: dict[str, UserId] = {
    name: UserId(_id(f"person:{name}"))
    for name in ("anna", "boris", "chen", "dasha", "emre", "fatima", "grigori", "hana")
}

MEMBERS: dict[Scope, tuple[str, ...]] = {
    CHESS: ("anna", "boris", "dasha", "grigori"),
    HIKERS: ("anna", "chen", "emre", "hana", "fatima"),
    READERS: ("boris", "dasha", "fatima", "grigori"),
    FOOTBALL: ("boris", "chen", "emre", "grigori"),
    ROBOTS: ("anna", "chen", "hana"),
}

#: Who may plan where; everybody else can look, answer and come.
ORGANIZERS: dict[str, tuple[Scope, ...]] = {
    "anna": (TENANT,),
    "boris": (CHESS, FOOTBALL),
    "chen": (HIKERS, ROBOTS),
    "dasha": (READERS,),
}


@frozen
class Planned:
    """An event to create, and who creates it."""

    by: str
    command: CreateEvent


@frozen(kw_only=True)
class _Habit:
    """Something that takes place every week, or every other."""

    by: str
    scope: Scope
    title: str
    weekday: int
    at: time
    minutes: int | None
    zone: str = "Europe/Berlin"
    kind: EventType = EventType.MEETUP
    visibility: Visibility = Visibility.PUBLIC
    status: Status = Status.PUBLISHED
    place: str | None = None
    url: str | None = None
    text: str | None = None
    every: int = 1
    all_day: bool = False
    places: int | None = None


_MOSCOW = "Europe/Moscow"
_TEAM = Visibility.TEAM
_COMMUNITY = Visibility.COMMUNITY

_HABITS = (
    _Habit(
        by="anna",
        scope=TENANT,
        title="Open house: coffee and questions",
        weekday=0,
        at=time(9, 30),
        minutes=60,
        kind=EventType.SOCIAL,
        place="The kitchen, ground floor",
        text="Bring a question, take a bun.\nEverybody is welcome.",
    ),
    _Habit(
        by="anna",
        scope=TENANT,
        title="Английский за завтраком",
        weekday=1,
        at=time(8, 30),
        minutes=45,
        zone=_MOSCOW,
        place="Кафе «Ёлка»",
        text="Говорим только по-английски. Ошибаться можно.",
    ),
    _Habit(
        by="anna",
        scope=TENANT,
        title="Lunchtime run",
        weekday=2,
        at=time(12, 15),
        minutes=40,
        kind=EventType.TRAINING,
    ),
    _Habit(
        by="anna",
        scope=TENANT,
        title="Настольные игры",
        weekday=4,
        at=time(19),
        minutes=240,
        zone=_MOSCOW,
        kind=EventType.GAME,
        place="Антикафе на Лесной",
    ),
    _Habit(
        by="anna",
        scope=TENANT,
        title="Webinar: what is new this month",
        weekday=3,
        at=time(16),
        minutes=50,
        kind=EventType.WEBINAR,
        url="https://meet.example.org/whats-new",
        every=4,
    ),
    _Habit(
        by="anna",
        scope=TENANT,
        title="Park clean-up",
        weekday=5,
        at=time(10),
        minutes=180,
        kind=EventType.VOLUNTEERING,
        place="Meet at the north gate",
        every=2,
    ),
    _Habit(
        by="anna",
        scope=TENANT,
        title="Quiet day: no meetings",
        weekday=4,
        at=time(),
        minutes=None,
        kind=EventType.OTHER,
        all_day=True,
    ),
    _Habit(
        by="anna",
        scope=TENANT,
        title="Summer fair (not announced yet)",
        weekday=6,
        at=time(12),
        minutes=300,
        kind=EventType.CONFERENCE,
        status=Status.DRAFT,
        every=4,
    ),
    _Habit(
        by="anna",
        scope=TENANT,
        title="Anna's planning hour",
        weekday=0,
        at=time(8),
        minutes=60,
        kind=EventType.MEETING,
        visibility=Visibility.PRIVATE,
    ),
    _Habit(
        by="boris",
        scope=CHESS,
        title="Шахматный вечер",
        weekday=1,
        at=time(19),
        minutes=180,
        zone=_MOSCOW,
        kind=EventType.GAME,
        visibility=_COMMUNITY,
        place="Клуб, второй этаж",
    ),
    _Habit(
        by="boris",
        scope=CHESS,
        title="Blitz for everybody",
        weekday=3,
        at=time(18, 30),
        minutes=120,
        kind=EventType.TOURNAMENT,
        place="Library, room 2",
        places=2,
    ),
    _Habit(
        by="boris",
        scope=CHESS,
        title="Разбор партий",
        weekday=6,
        at=time(15),
        minutes=90,
        zone=_MOSCOW,
        kind=EventType.WORKSHOP,
        visibility=_COMMUNITY,
    ),
    _Habit(
        by="boris",
        scope=FOOTBALL,
        title="Training",
        weekday=1,
        at=time(20),
        minutes=90,
        kind=EventType.TRAINING,
        visibility=_TEAM,
        place="Pitch 3",
    ),
    _Habit(
        by="boris",
        scope=FOOTBALL,
        title="Training",
        weekday=3,
        at=time(20),
        minutes=90,
        kind=EventType.TRAINING,
        visibility=_TEAM,
        place="Pitch 3",
    ),
    _Habit(
        by="boris",
        scope=FOOTBALL,
        title="Home match",
        weekday=6,
        at=time(11),
        minutes=105,
        kind=EventType.GAME,
        place="Pitch 1",
        every=2,
    ),
    _Habit(
        by="chen",
        scope=HIKERS,
        title="Saturday walk",
        weekday=5,
        at=time(9),
        minutes=360,
        kind=EventType.SOCIAL,
        visibility=_COMMUNITY,
        place="Station, main entrance",
    ),
    _Habit(
        by="chen",
        scope=HIKERS,
        title="Поход выходного дня",
        weekday=5,
        at=time(),
        minutes=24 * 60 * 2,
        zone=_MOSCOW,
        kind=EventType.SOCIAL,
        every=4,
        all_day=True,
    ),
    _Habit(
        by="chen",
        scope=HIKERS,
        title="Map reading for beginners",
        weekday=2,
        at=time(18),
        minutes=120,
        kind=EventType.WORKSHOP,
        every=2,
        places=2,
    ),
    _Habit(
        by="chen",
        scope=ROBOTS,
        title="Build night",
        weekday=2,
        at=time(18, 30),
        minutes=150,
        kind=EventType.WORKSHOP,
        visibility=_TEAM,
        place="Lab 4",
    ),
    _Habit(
        by="chen",
        scope=ROBOTS,
        title="Stand-up",
        weekday=0,
        at=time(17),
        minutes=15,
        kind=EventType.MEETING,
        visibility=_TEAM,
        url="https://meet.example.org/robots",
    ),
    _Habit(
        by="chen",
        scope=ROBOTS,
        title="Demo day",
        weekday=4,
        at=time(15),
        minutes=60,
        every=4,
    ),
    _Habit(
        by="dasha",
        scope=READERS,
        title="Книжный клуб",
        weekday=2,
        at=time(19, 30),
        minutes=120,
        zone=_MOSCOW,
        visibility=_COMMUNITY,
        place="Библиотека, читальный зал",
    ),
    _Habit(
        by="dasha",
        scope=READERS,
        title="Poetry, read aloud",
        weekday=4,
        at=time(20),
        minutes=None,
    ),
    _Habit(
        by="dasha",
        scope=READERS,
        title="Вслух для детей",
        weekday=5,
        at=time(11),
        minutes=60,
        zone=_MOSCOW,
        kind=EventType.VOLUNTEERING,
    ),
)

#: An event whose id is the same in every demo, to try things on.
CHESS_IN_THE_PARK = EventId(UUID("01900000-0000-7000-8000-00000000c4e5"))


def plans(today: date) -> Iterator[Planned]:
    """Yield what the demo's people plan for the coming weeks, from today on."""
    for number, habit in enumerate(_HABITS):
        first = today + timedelta(days=(habit.weekday - today.weekday()) % 7)
        for week in range(0, WEEKS, habit.every):
            yield _planned(number, habit, first + timedelta(weeks=week))


def chess_in_the_park(today: date) -> Planned:
    """Return the event with the well-known id: a public one, three weeks from today."""
    at = datetime.combine(today + timedelta(weeks=3), time(18))
    return Planned(
        "anna",
        CreateEvent(
            id=CHESS_IN_THE_PARK,
            title="Chess in the park",
            starts_at=at,
            ends_at=at + timedelta(hours=3),
            time_zone="Europe/Berlin",
            event_type=EventType.GAME,
            location_text="By the fountain",
        ),
    )


def _planned(number: int, habit: _Habit, day: date) -> Planned:
    starts = datetime.combine(day, habit.at)
    minutes = habit.minutes
    return Planned(
        habit.by,
        CreateEvent(
            id=_event_id(number, starts.replace(tzinfo=ZoneInfo(habit.zone))),
            scope=habit.scope,
            title=habit.title,
            description=habit.text,
            event_type=habit.kind,
            starts_at=starts,
            ends_at=None if minutes is None else starts + timedelta(minutes=minutes),
            time_zone=habit.zone,
            all_day=habit.all_day,
            visibility=habit.visibility,
            status=habit.status,
            location_text=habit.place,
            location_url=habit.url,
            capacity=habit.places,
            waitlist=Waitlist.AUTOMATIC if habit.places else Waitlist.NONE,
        ),
    )


def _event_id(number: int, starts: datetime) -> EventId:
    """Return a UUID of version 7 (RFC 9562, 5.7) that is the same every time."""
    milliseconds = int(starts.astimezone(UTC).timestamp() * 1000)
    tail = _id(f"event:{number}").int & ((1 << 62) - 1)
    return EventId(UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | tail))
