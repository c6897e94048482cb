"""Things to test with, so that a test names only what matters to it.

Whatever is not named has a harmless default. Identities are new each time, so that
tests which share a store do not meet in it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Any
from uuid import UUID

from events_core.domain.actors import Actor, MasterFlags, Via
from events_core.domain.change import Cause, Change
from events_core.domain.details import Details, EventType, Geo
from events_core.domain.event import Event, changed_fields
from events_core.domain.exposure import Status, Visibility, checked_visibility
from events_core.domain.facts import EventCreated, EventUpdated
from events_core.domain.identity import (
    EventId,
    MessageId,
    Scope,
    ScopeKind,
    TenantId,
    UserId,
)
from events_core.domain.permissions import Role
from events_core.domain.roles import Grant
from events_core.domain.schedule import Schedule
from events_core.domain.signup import UNLIMITED, Signup

#: When it is, where nothing else is said: a Monday noon.
NOW = datetime(2027, 3, 15, 12, 0, tzinfo=UTC)

#: When events are, where nothing else is said: wall time, the Sunday after.
EVENING = datetime(2027, 3, 21, 19, 0)


def new_uuid() -> UUID:
    """Return a UUID nobody has used."""
    return UUID(bytes=token_bytes(16), version=4)


def a_tenant() -> TenantId:
    """Return a tenant nobody has used."""
    return TenantId(new_uuid())


def a_person() -> UserId:
    """Return somebody new."""
    return UserId(new_uuid())


def a_message_id() -> MessageId:
    """Return the id of a fact not yet told."""
    return MessageId(new_uuid())


def a_community() -> Scope:
    """Return a community nobody has used."""
    return Scope(ScopeKind.COMMUNITY, new_uuid())


def a_team() -> Scope:
    """Return a team nobody has used."""
    return Scope(ScopeKind.TEAM, new_uuid())


def an_actor(
    tenant_id: TenantId | None = None,
    user_id: UserId | None = None,
    *,
    suspended: bool = False,
    banned: bool = False,
    system_admin: bool = False,
) -> Actor:
    """Return somebody who acts."""
    return Actor(
        tenant_id or a_tenant(),
        user_id or a_person(),
        MasterFlags(suspended=suspended, banned=banned, system_admin=system_admin),
        tenant_slug="demo",
        request_id="a-request",
    )


def a_cause(
    by: UserId | None = None,
    *,
    at: datetime = NOW,
    via: Via = Via.HTTP,
    reason: str | None = None,
) -> Cause:
    """Return the cause of a change."""
    return Cause(by or a_person(), at, via, reason)


def a_schedule(
    starts: datetime = EVENING,
    ends: datetime | None = None,
    *,
    hours: float | None = 2,
    zone: str = "UTC",
    all_day: bool = False,
) -> Schedule:
    """Return a schedule that lasts so many hours, unless its end is given."""
    if ends is None and hours is not None and not all_day:
        ends = starts + timedelta(hours=hours)
    return Schedule.of(starts, ends, zone=zone, all_day=all_day)


def a_grant(
    user_id: UserId,
    role: Role = Role.VIEWER,
    *,
    by: UserId | None = None,
    at: datetime = NOW,
) -> Grant:
    """Return a role that somebody gave."""
    return Grant(user_id, role, at, granted_by=by or a_person())


def an_event(
    *,
    id: EventId | None = None,  # noqa: A002 (the field's name)
    tenant_id: TenantId | None = None,
    scope: Scope | None = None,
    visibility: Visibility = Visibility.PUBLIC,
    status: Status = Status.PUBLISHED,
    created_by: UserId | None = None,
    grants: tuple[Grant, ...] = (),
    schedule: Schedule | None = None,
    title: str = "Chess night",
    description: str | None = None,
    event_type: EventType = EventType.OTHER,
    location_text: str | None = None,
    location_url: str | None = None,
    location_geo: Geo | None = None,
    game_id: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    signup: Signup = UNLIMITED,
    at: datetime = NOW,
    deleted_at: datetime | None = None,
) -> Event:
    """Return an event that its creator owns; ``grants`` are given on top.

    Without a scope it has one that suits its visibility.
    """
    tenant_id = tenant_id or a_tenant()
    created_by = created_by or a_person()
    schedule = schedule or a_schedule()
    scope = scope or _scope_for(visibility, tenant_id)
    owner = Grant(created_by, Role.OWNER, at, by_creation=True)
    return Event(
        id=id or EventId(new_uuid()),
        tenant_id=tenant_id,
        scope=scope,
        details=Details.of(
            title=title,
            description=description,
            event_type=event_type,
            location_text=location_text,
            location_url=location_url,
            location_geo=location_geo,
            game_id=game_id,
            metadata=metadata,
        ),
        schedule=schedule,
        visibility=checked_visibility(visibility, scope),
        status=status,
        created_by=created_by,
        created_at=at,
        updated_at=at,
        occurrence=schedule.key,
        signup=signup,
        grants=(owner, *grants),
        deleted_at=deleted_at,
    )


def _scope_for(visibility: Visibility, tenant_id: TenantId) -> Scope:
    match visibility:
        case Visibility.COMMUNITY:
            return a_community()
        case Visibility.TEAM:
            return a_team()
        case _:
            return Scope.of_tenant(tenant_id)


def arrival_of(event: Event, cause: Cause | None = None) -> Change[Event]:
    """Return the change by which the event comes to be just as it is."""
    cause = cause or Cause(event.created_by, event.updated_at)
    fact = EventCreated(
        **event.fact_fields(a_message_id(), cause),
        starts_at=event.schedule.starts_at,
        ends_at=event.schedule.ends_at,
        created_by=event.created_by,
    )
    return Change(None, event, cause, (fact,))


def step_between(
    before: Event, after: Event, cause: Cause | None = None
) -> Change[Event]:
    """Return the change from one state of an event to its next version."""
    cause = cause or Cause(after.created_by, after.updated_at)
    fact = EventUpdated(
        **after.fact_fields(a_message_id(), cause),
        exposed_before=before.exposure,
        updated_fields=tuple(sorted(changed_fields(before, after))),
        updated_at=after.updated_at,
    )
    return Change(before, after, cause, (fact,))
