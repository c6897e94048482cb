"""Events, and what becomes of them."""

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache

from attrs import fields
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from events_core.domain.actors import Via
from events_core.domain.change import Cause
from events_core.domain.details import Details, EventType, Geo
from events_core.domain.event import Event
from events_core.domain.exposure import Exposure, Status, Visibility
from events_core.domain.identity import Scope, ScopeKind, TenantId, UserId
from events_core.domain.permissions import Role
from events_core.domain.revision import Revision
from events_core.domain.roles import Grant
from events_core.domain.schedule import FIRST_YEAR, Schedule
from events_core.domain.signup import MOST_GUESTS, MOST_SEATS, Signup, Waitlist
from events_core.testing.strategies.identities import (
    COMMUNITIES,
    TEAMS,
    TENANT,
    event_ids,
    people,
    scopes,
)
from events_core.testing.strategies.texts import (
    WORDS,
    comments,
    descriptions,
    game_ids,
    json_objects,
    location_texts,
    titles,
    web_addresses,
)
from events_core.testing.strategies.times import present_times, schedules, walls, zones


@cache
def places_on_earth() -> SearchStrategy[Geo]:
    """Coordinates, the poles and the date line too."""
    return st.builds(Geo, lat=st.floats(-90, 90), lng=st.floats(-180, 180))


@cache
def details() -> SearchStrategy[Details]:
    """What events are about."""
    return st.builds(
        Details.of,
        title=titles(),
        description=st.none() | descriptions(),
        event_type=st.sampled_from(EventType),
        location_text=st.none() | location_texts(),
        location_url=st.none() | web_addresses(),
        location_geo=st.none() | places_on_earth(),
        game_id=st.none() | game_ids(),
        metadata=st.none() | json_objects(),
    )


@cache
def plain_details() -> SearchStrategy[Details]:
    """What events are about, quickly drawn: a title, a place, a type."""
    return st.builds(
        Details.of,
        title=st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join),
        event_type=st.sampled_from(EventType),
        location_text=st.none() | st.sampled_from(WORDS),
    )


@lru_cache
def visibilities(scope: Scope) -> SearchStrategy[Visibility]:
    """The visibilities that are possible in a scope."""
    of_members = {
        ScopeKind.TENANT: [],
        ScopeKind.COMMUNITY: [Visibility.COMMUNITY],
        ScopeKind.TEAM: [Visibility.TEAM],
    }
    often = [Visibility.PUBLIC, Visibility.PRIVATE, *of_members[scope.kind] * 2]
    return st.sampled_from(often)


@cache
def exposures() -> SearchStrategy[Exposure]:
    """A visibility and a status."""
    return st.builds(Exposure, st.sampled_from(Visibility), st.sampled_from(Status))


@lru_cache
@composite
def _grants(draw: DrawFn, creator: UserId | None) -> tuple[Grant, ...]:
    """Roles on an event: one a holder at most, the creator's own among them or not."""
    holders = people() | people() | st.sampled_from((*COMMUNITIES, *TEAMS))
    roles = draw(st.dictionaries(holders, st.sampled_from(Role), max_size=3))
    at = draw(present_times())
    lasting = st.none() | st.none() | st.integers(1, 12).map(timedelta)
    given = [
        Grant(
            who,
            role,
            since := at + timedelta(minutes=number),
            draw(st.none() | people()),
            expires_at=None if (lasts := draw(lasting)) is None else since + lasts,
        )
        for number, (who, role) in enumerate(roles.items())
        if who != creator
    ]
    if creator is not None and draw(st.sampled_from((True, True, True, False))):
        given.append(Grant(creator, Role.OWNER, at, by_creation=True))
    return tuple(given)


#: No moment before it is the first year's in every zone.
_FIRST = datetime(FIRST_YEAR, 1, 2, tzinfo=UTC)


@composite
def signups(draw: DrawFn, schedule: Schedule) -> Signup:
    """Terms on which an event of a schedule takes answers."""
    starts_at = schedule.starts_at
    deadline = draw(st.none() | st.sampled_from((0, 1, 3600)))
    if starts_at < _FIRST + timedelta(hours=1):
        deadline = None
    closes_at = starts_at - timedelta(seconds=deadline or 0)
    since_first = int((closes_at - _FIRST).total_seconds())
    opens = None
    if since_first > 0:
        opens = draw(st.none() | st.integers(1, min(since_first, 10**6)))
    return Signup(
        capacity=draw(st.none() | st.integers(1, 5) | st.just(MOST_SEATS)),
        waitlist=draw(st.sampled_from(Waitlist)),
        guests_per_answer=draw(st.integers(0, 3) | st.just(MOST_GUESTS)),
        opens_at=None if opens is None else closes_at - timedelta(seconds=opens),
        deadline=None if deadline is None else closes_at,
        walk_ins=draw(st.booleans()),
    )


@composite
def events(
    draw: DrawFn,
    tenant_id: TenantId = TENANT,
    *,
    about: SearchStrategy[Details] | None = None,
) -> Event:
    """Events in every state: drafts and deleted ones, with roles, and of the erased.

    ``about`` draws their details; ``plain_details()`` is quicker.
    """
    scope = draw(scopes(tenant_id))
    schedule = draw(schedules())
    creator = draw(st.none() | people() | people())
    created_at = draw(present_times())
    updated_at = draw(st.just(created_at) | present_times())
    return Event(
        id=draw(event_ids()),
        tenant_id=tenant_id,
        scope=scope,
        details=draw(details() if about is None else about),
        schedule=schedule,
        visibility=draw(visibilities(scope)),
        status=draw(st.sampled_from(Status)),
        created_by=creator,
        created_at=min(created_at, updated_at),
        updated_at=max(created_at, updated_at),
        signup=draw(signups(schedule)),
        occurrence=draw(st.just(schedule.key) | schedules().map(lambda s: s.key)),
        grants=draw(_grants(creator)),
        deleted_at=draw(st.sampled_from((None, None, max(created_at, updated_at)))),
    )


@cache
def revisions() -> SearchStrategy[Revision]:
    """Changes of some fields or of none; each value is valid by itself."""
    values: dict[str, SearchStrategy[object]] = {
        "title": titles(),
        "description": st.none() | descriptions(),
        "event_type": st.sampled_from(EventType),
        "visibility": st.sampled_from(Visibility),
        "starts_at": walls(),
        "ends_at": st.none() | walls(),
        "time_zone": zones(),
        "all_day": st.booleans(),
        "location_text": st.none() | location_texts(),
        "location_url": st.none() | web_addresses(),
        "location_geo": st.none() | places_on_earth(),
        "game_id": st.none() | game_ids(),
        "metadata": st.none() | json_objects(),
        "capacity": st.none() | st.integers(1, MOST_SEATS),
        "waitlist": st.sampled_from(Waitlist),
        "guests_per_answer": st.integers(0, MOST_GUESTS),
        "signup_opens_at": st.none() | walls(),
        "signup_deadline": st.none() | walls(),
        "walk_ins": st.booleans(),
    }
    assert values.keys() == {field.name for field in fields(Revision)}
    return st.fixed_dictionaries({}, optional=values).map(
        lambda given: Revision(**given)  # type: ignore[arg-type]
    )


@cache
def causes() -> SearchStrategy[Cause]:
    """Who did something, when, through what and why."""
    return st.builds(
        Cause,
        st.none() | people(),
        present_times(),
        st.sampled_from(Via),
        st.none() | comments(),
    )
