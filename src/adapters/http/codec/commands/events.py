"""Events: new ones, changed ones, and which of them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from adapters.http.codec.times import first_moment, last_moment, moment
from adapters.http.errors import Malformed
from adapters.http.spelling import snake_case
from events_core import (
    Answer,
    CreateEvent,
    CreateEvents,
    EventId,
    EventType,
    Geo,
    ListEvents,
    Revision,
    Scope,
    ScopeKind,
    Status,
    TimeWindow,
    Visibility,
    Waitlist,
)
from events_core.domain.text import FieldProblems
from events_core.errors import InvalidFields

T = TypeVar("T")

_Reader = Callable[[Any], Any]


def _as_it_is(value: T) -> T:
    return value


def _geo(value: Mapping[str, Any]) -> Geo:
    return Geo(lat=float(value["lat"]), lng=float(value["lng"]))


#: The fields of an event that can be given and changed, and how each is read.
FIELDS: Mapping[str, _Reader] = {
    "title": _as_it_is,
    "description": _as_it_is,
    "eventType": EventType,
    "visibility": Visibility,
    "startsAt": moment,
    "endsAt": moment,
    "timeZone": _as_it_is,
    "allDay": _as_it_is,
    "locationText": _as_it_is,
    "locationUrl": _as_it_is,
    "locationGeo": _geo,
    "gameId": _as_it_is,
    "metadata": _as_it_is,
    "capacity": _as_it_is,
    "waitlist": Waitlist,
    "guestsPerAnswer": _as_it_is,
    "signupOpensAt": moment,
    "signupDeadline": moment,
    "walkIns": _as_it_is,
}

#: Of those, the ones an event always has: null in a change leaves them alone.
_ALWAYS_THERE = frozenset(
    {
        "title",
        "startsAt",
        "visibility",
        "timeZone",
        "eventType",
        "allDay",
        "waitlist",
        "guestsPerAnswer",
        "walkIns",
    }
)

_ANSWERS: Mapping[str, Answer | None] = {**{a.value: a for a in Answer}, "none": None}


def create_event(body: Mapping[str, Any], *, seed: UUID) -> CreateEvent:
    """Read a new event; null is as if it were not there.

    Raises:
        InvalidFields: a time that there is not, or a community or team without id.
    """
    given = {name: value for name, value in body.items() if value is not None}
    return CreateEvent(
        id=EventId(seed),
        scope=scope_of_new(given),
        status=Status(given.get("status", Status.PUBLISHED)),
        **_read(given),
    )


def create_events(body: Mapping[str, Any], *, seed: UUID) -> CreateEvents:
    """Read several new events; the same seed gives each the same id again."""
    events: list[CreateEvent | InvalidFields] = []
    for number, each in enumerate(body["events"]):
        try:
            events.append(create_event(each, seed=_seed_of(seed, number)))
        except InvalidFields as invalid:
            events.append(invalid)
    return CreateEvents(events=events)


def _seed_of(seed: UUID, number: int) -> UUID:
    """Return an id of the same time (RFC 9562, 5.7) that nobody else could choose."""
    rest = sha256(seed.bytes + number.to_bytes(4)).digest()[:8]
    return UUID(bytes=seed.bytes[:8] + bytes([rest[0] & 0x3F | 0x80]) + rest[1:])


def scope_of_new(body: Mapping[str, Any]) -> Scope | None:
    """Read the scope a new event is to have, None for the whole tenant.

    Raises:
        InvalidFields: a community or team without id.
    """
    kind = ScopeKind(body.get("scopeType") or ScopeKind.TENANT)
    if body.get("scopeId") is not None:
        return Scope(kind, UUID(body["scopeId"]))
    if kind is ScopeKind.TENANT:
        return None
    raise InvalidFields({"scope_id": (f"is required with {kind.value}",)})


def revision(body: Mapping[str, Any]) -> Revision:
    """Read a change: what is null is cleared, or left alone where it cannot be.

    Raises:
        InvalidFields: a time that there is not.
    """
    given = {
        name: value
        for name, value in body.items()
        if value is not None or name not in _ALWAYS_THERE
    }
    return Revision(**_read(given))


def list_events(query: Mapping[str, Any]) -> ListEvents:
    """Read the question of a list; its cursor is read elsewhere.

    Raises:
        Malformed: a bound that is no time, or ``scope_id`` alone.
    """
    scope, kind = scope_asked(query)
    return ListEvents(
        window=TimeWindow(
            _bound("from", query, first_moment), _bound("to", query, last_moment)
        ),
        scope=scope,
        scope_kind=kind,
        visibilities=_any_of(query.get("visibility"), Visibility),
        statuses=_any_of(query.get("status"), Status),
        event_types=_any_of(query.get("eventType"), EventType),
        my_answers=_any_of(query.get("rsvp"), _ANSWERS.__getitem__),
        mine=query.get("mine", False),
        search=query.get("q"),
        limit=query.get("limit", 100),
        offset=query.get("offset", 0),
        count=query.get("total", True),
    )


def scope_asked(
    query: Mapping[str, Any],
) -> tuple[Scope | None, ScopeKind | None]:
    """Read the scope a question is about, and its kind where that alone is given.

    Raises:
        Malformed: an id without a kind.
    """
    kind, scope_id = query.get("scopeType"), query.get("scopeId")
    if kind is None:
        if scope_id is not None:
            raise Malformed("scope_id", "goes with scope_type only")
        return None, None
    if scope_id is None:
        return None, ScopeKind(kind)
    return Scope(ScopeKind(kind), UUID(scope_id)), None


def _read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an event by the names commands have for them."""
    problems = FieldProblems()
    values = {}
    for name in given.keys() & FIELDS.keys():
        field, value = snake_case(name), given[name]
        if value is not None:
            value = problems.checked(field, partial(FIELDS[name], value), None)
        values[field] = value
    problems.raise_if_any()
    return values


def _bound(
    name: str, query: Mapping[str, Any], read: Callable[[str], datetime]
) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return read(text)
    except ValueError as problem:
        raise Malformed(name, str(problem)) from None


def _any_of(values: list[str] | None, read: Callable[[str], T]) -> frozenset[T] | None:
    return None if values is None else frozenset(map(read, values))
