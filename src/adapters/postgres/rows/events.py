"""Events, their occurrences and the roles on them, as rows."""

from collections.abc import Iterable

from adapters.postgres.rows.members import (
    EVENT_TYPE,
    ROLE,
    SCOPE_KIND,
    STATUS,
    VISIBILITY,
    WAITLIST,
    Row,
    Values,
)
from adapters.postgres.tables import event, event_role
from events_core.domain.details import Details, Geo
from events_core.domain.event import Event
from events_core.domain.identity import EventId, Scope
from events_core.domain.roles import Grant, Holder
from events_core.domain.schedule import Schedule
from events_core.domain.signup import Signup

#: What a role's holder is where it is one person.
PERSON = "USER"


def event_row(event: Event) -> Values:
    """Return an event as its row. Its roles have rows of their own."""
    details, schedule, signup = event.details, event.schedule, event.signup
    geo = details.location_geo
    return {
        "event_id": event.id,
        **exposed_columns(event),
        "created_by": event.created_by,
        "title": details.title,
        "description": details.description,
        "location_text": details.location_text,
        "location_url": details.location_url,
        "location_lat": geo.lat if geo else None,
        "location_lng": geo.lng if geo else None,
        "game_id": details.game_id,
        "metadata": details.metadata,
        "searchable": details.searchable,
        "starts": schedule.starts.replace(fold=0),
        "starts_fold": schedule.starts.fold,
        "ends": schedule.ends.replace(fold=0) if schedule.ends else None,
        "ends_fold": schedule.ends.fold if schedule.ends else None,
        "time_zone": schedule.zone,
        "all_day": schedule.all_day,
        "occurrence_key": event.occurrence,
        "created_at": event.created_at,
        "updated_at": event.updated_at,
        "deleted_at": event.deleted_at,
        "version": event.version,
        "sequence": event.sequence,
        "capacity": signup.capacity,
        "waitlist": signup.waitlist.value,
        "guests_per_answer": signup.guests_per_answer,
        "signup_opens_at": signup.opens_at,
        "signup_deadline": signup.deadline,
        "walk_ins": signup.walk_ins,
    }


def occurrence_row(event: Event) -> Values:
    """Return the row of an event's one occurrence."""
    return {
        "event_id": event.id,
        "occurrence_key": event.occurrence,
        **exposed_columns(event),
        "created_by": event.created_by,
        "starts_at": event.schedule.starts_at,
        "ends_at": event.schedule.ends_at,
        "lasts_until": event.schedule.lasts_until,
        "deleted": event.deleted_at is not None,
    }


def exposed_columns(event: Event) -> Values:
    """Return the columns that decide who sees an event."""
    return {
        "scope_kind": event.scope.kind.value,
        "scope_id": event.scope.id,
        "visibility": event.visibility.value,
        "status": event.status.value,
        "event_type": event.details.event_type.value,
    }


EVENT_COLUMNS = tuple(column for column in event.c if column.name != "searchable")


def event_from(row: Row, grants: Iterable[Grant]) -> Event:
    """Return the event of a row of ``EVENT_COLUMNS``."""
    (
        tenant_id, event_id, scope_kind, scope_id, visibility, status, event_type,
        created_by, title, description, location_text, location_url, lat, lng, game_id,
        metadata, starts, starts_fold, ends, ends_fold, time_zone, all_day,
        occurrence_key, created_at, updated_at, deleted_at, version, sequence,
        capacity, waitlist, guests_per_answer, signup_opens_at, signup_deadline,
        walk_ins,
    ) = row  # fmt: skip
    return Event(
        id=event_id,
        tenant_id=tenant_id,
        scope=Scope(SCOPE_KIND[scope_kind], scope_id),
        details=Details(
            title=title,
            description=description,
            event_type=EVENT_TYPE[event_type],
            location_text=location_text,
            location_url=location_url,
            location_geo=None if lat is None else Geo(lat, lng),
            game_id=game_id,
            metadata=metadata,
        ),
        schedule=Schedule(
            starts.replace(fold=starts_fold),
            ends.replace(fold=ends_fold) if ends else None,
            time_zone,
            all_day,
        ),
        visibility=VISIBILITY[visibility],
        status=STATUS[status],
        created_by=created_by,
        created_at=created_at,
        updated_at=updated_at,
        occurrence=occurrence_key,
        signup=Signup(
            capacity=capacity,
            waitlist=WAITLIST[waitlist],
            guests_per_answer=guests_per_answer,
            opens_at=signup_opens_at,
            deadline=signup_deadline,
            walk_ins=walk_ins,
        ),
        grants=tuple(grants),
        deleted_at=deleted_at,
        version=version,
        sequence=sequence,
    )


def grant_row(event_id: EventId, grant: Grant) -> Values:
    """Return the row of a role on an event."""
    return {
        "event_id": event_id,
        **holder_columns(grant.holder),
        "role": grant.role.value,
        "granted_at": grant.granted_at,
        "granted_by": grant.granted_by,
        "by_creation": grant.by_creation,
        "expires_at": grant.expires_at,
    }


def holder_columns(holder: Holder) -> Values:
    """Return the columns that say who holds a role."""
    if isinstance(holder, Scope):
        return {"holder_id": holder.id, "holder_kind": holder.kind.value}
    return {"holder_id": holder, "holder_kind": PERSON}


GRANT_COLUMNS = (
    event_role.c.holder_kind,
    event_role.c.holder_id,
    event_role.c.role,
    event_role.c.granted_at,
    event_role.c.granted_by,
    event_role.c.by_creation,
    event_role.c.expires_at,
)


def grant_from(row: Row) -> Grant:
    """Return the role of a row of ``GRANT_COLUMNS``."""
    kind, holder_id, role, granted_at, granted_by, by_creation, expires_at = row
    holder = holder_id if kind == PERSON else Scope(SCOPE_KIND[kind], holder_id)
    return Grant(holder, ROLE[role], granted_at, granted_by, by_creation, expires_at)
