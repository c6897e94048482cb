"""The demo's world: who lives in it, where they belong, and what they plan.

Ids are made from names, so that every demo has the same ones and nothing is made
twice.
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from attrs import field, frozen

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

SCOPES: dict[str, Scope] = {
    "tenant": Scope.of_tenant(TENANT_ID),
    "chess": Scope(ScopeKind.COMMUNITY, _id("chess")),
    "hikers": Scope(ScopeKind.COMMUNITY, _id("hikers")),
    "readers": Scope(ScopeKind.COMMUNITY, _id("readers")),
    "football": Scope(ScopeKind.TEAM, _id("football")),
    "robots": Scope(ScopeKind.TEAM, _id("robots")),
}

PEOPLE: dict[str, UserId] = {
    name: UserId(_id(f"person:{name}"))
    for name in ("anna", "boris", "chen", "dasha", "emre", "fatima", "grigori", "hana")
}

MEMBERS: dict[Scope, tuple[str, ...]] = {
    SCOPES["chess"]: ("anna", "boris", "dasha", "grigori"),
    SCOPES["hikers"]: ("anna", "chen", "emre", "hana", "fatima"),
    SCOPES["readers"]: ("boris", "dasha", "fatima", "grigori"),
    SCOPES["football"]: ("boris", "chen", "emre", "grigori"),
    SCOPES["robots"]: ("anna", "chen", "hana"),
}

#: Who may plan where; everybody else can look, answer and come.
ORGANIZERS: dict[str, tuple[Scope, ...]] = {
    "anna": (SCOPES["tenant"],),
    "boris": (SCOPES["chess"], SCOPES["football"]),
    "chen": (SCOPES["hikers"], SCOPES["robots"]),
    "dasha": (SCOPES["readers"],),
}


@frozen
class Planned:
    """An event to create, and who creates it."""

    by: str
    command: CreateEvent


def _weekday(name: str) -> int:
    names = "monday tuesday wednesday thursday friday saturday sunday"
    return names.split().index(name)


@frozen(kw_only=True)
class _Habit:
    """Something that takes place every week, or every other: see ``demo_week.toml``."""

    title: str
    weekday: int = field(converter=_weekday)
    at: time
    minutes: int | None = None
    zone: str = "Europe/Berlin"
    kind: EventType = field(default=EventType.MEETUP, converter=EventType)
    visibility: Visibility = field(default=Visibility.PUBLIC, converter=Visibility)
    status: Status = field(default=Status.PUBLISHED, converter=Status)
    place: str | None = None
    url: str | None = None
    text: str | None = None
    every: int = 1
    all_day: bool = False
    places: int | None = None


#: An event whose id is the same in every demo, to try things on.
CHESS_IN_THE_PARK = EventId(UUID("01900000-0000-7000-8000-00000000c4e5"))


def plans(today: date) -> Iterator[Planned]:
    """Yield what the demo's people plan for the coming weeks, from today on."""
    for number, (by, scope, habit) in enumerate(_habits()):
        first = today + timedelta(days=(habit.weekday - today.weekday()) % 7)
        for week in range(0, WEEKS, habit.every):
            day = first + timedelta(weeks=week)
            yield Planned(by, _created(number, scope, habit, day))


def _habits() -> Iterator[tuple[str, Scope, _Habit]]:
    week = files(__package__).joinpath("demo_week.toml").read_text("utf-8")
    for by, places in tomllib.loads(week).items():
        for place, habits in places.items():
            for habit in habits:
                yield by, SCOPES[place], _Habit(**habit)


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


def _created(number: int, scope: Scope, habit: _Habit, day: date) -> CreateEvent:
    starts = datetime.combine(day, habit.at)
    minutes = habit.minutes
    return CreateEvent(
        id=_event_id(number, starts.replace(tzinfo=ZoneInfo(habit.zone))),
        scope=scope,
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
    )


def _event_id(number: int, starts: datetime) -> EventId:
    """Return a UUID of version 7 (RFC 9562, 5.7) that is the same every time."""
    milliseconds = int(starts.astimezone(UTC).timestamp() * 1000)
    tail = _id(f"event:{number}").int & ((1 << 62) - 1)
    return EventId(UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | tail))
