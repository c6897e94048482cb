"""Events, answers and marks, and who looks at them."""

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache

from attrs import fields
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from events_core.domain.actors import Actor, MasterFlags, Via, Viewer
from events_core.domain.answers import Admission, Answer, Rsvp, Tally
from events_core.domain.attendance import Attendance
from events_core.domain.change import Cause
from events_core.domain.details import Details, EventType, Geo
from events_core.domain.event import Event
from events_core.domain.exposure import Exposure, Status, Visibility
from events_core.domain.identity import (
    EventId,
    OccurrenceKey,
    Scope,
    ScopeKind,
    TenantId,
    UserId,
)
from events_core.domain.permissions import Permission, Role
from events_core.domain.revision import Revision
from events_core.domain.roles import END_OF_TIME, Bearer, Grant
from events_core.domain.roster import Roster
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
from events_core.testing.strategies.times import (
    present_times,
    schedules,
    walls,
    zones,
)


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


@composite
def rsvps(
    draw: DrawFn, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
) -> Rsvp:
    """What a person says to an occurrence, with and without a seat."""
    first, last = sorted((draw(present_times()), draw(present_times())))
    answer = draw(st.sampled_from(Answer))
    going = answer is Answer.GOING
    return Rsvp(
        event_id,
        occurrence,
        user_id,
        answer,
        first,
        last,
        draw(st.none() | comments()),
        guests=draw(st.integers(0, MOST_GUESTS)) if going else 0,
        admission=draw(st.sampled_from(Admission)) if going else None,
        turn=draw(st.integers(-3, 500)) if going else 0,
        given_by=draw(st.just(user_id) | st.none() | people()),
    )


@composite
def rosters(
    draw: DrawFn,
    event_id: EventId | None = None,
    occurrence: OccurrenceKey | None = None,
) -> Roster:
    """Rosters: a person's answer, or none, and counts that have it in them."""
    event_id = event_id or draw(event_ids())
    occurrence = occurrence or draw(schedules()).key
    user_id = draw(people())
    rsvp = draw(st.none() | rsvps(event_id, occurrence, user_id))
    others = Tally(*(draw(st.integers(0, 500)) for _ in (*Answer, "waiting", "seats")))
    tally = others.recounted(before=None, after=rsvp)
    given = {user_id: rsvp} if rsvp else {}
    return Roster(event_id, occurrence, 1, tally, 500, given)


def attendances(
    event_id: EventId, occurrence: OccurrenceKey
) -> SearchStrategy[Attendance]:
    """Marks at an occurrence, some by those who were erased."""
    return st.builds(
        Attendance,
        st.just(event_id),
        st.just(occurrence),
        people(),
        st.none() | people(),
        present_times(),
    )


@cache
def master_flags() -> SearchStrategy[MasterFlags]:
    """What the platform says of people."""
    return st.builds(MasterFlags, st.booleans(), st.booleans(), st.booleans())


@lru_cache
def actors(tenant_id: TenantId = TENANT) -> SearchStrategy[Actor]:
    """Those who act, with and without flags."""
    flags = st.just(MasterFlags()) | master_flags()
    return st.builds(Actor, st.just(tenant_id), people(), flags)


@lru_cache
@composite
def viewers(draw: DrawFn, tenant_id: TenantId = TENANT) -> Viewer:
    """Those who look: members of some scopes, undecided of others, managers of some."""
    belonging = {
        scope: draw(st.sampled_from(("member", "undecided", "neither")))
        for scope in (*COMMUNITIES, *TEAMS)
    }
    holding = st.frozensets(st.sampled_from(Permission))
    return Viewer(
        tenant_id,
        draw(people()),
        member_of=frozenset(s for s, is_ in belonging.items() if is_ == "member"),
        undecided=frozenset(s for s, is_ in belonging.items() if is_ == "undecided"),
        permissions=draw(st.dictionaries(scopes(tenant_id), holding)),
        barred=draw(st.sampled_from((False, False, True))),
        at=draw(st.just(END_OF_TIME) | present_times()),
    )


@cache
def bearers() -> SearchStrategy[Bearer]:
    """Those as whom roles can be held: with groups of theirs, at some time."""
    groups = st.frozensets(st.sampled_from((*COMMUNITIES, *TEAMS)))
    return st.builds(Bearer, people(), groups, st.just(END_OF_TIME) | present_times())
