"""How values become rows and rows become values: here, and nowhere else.

``*_row`` gives the columns of a row without its tenant, which the transaction adds.
Rows are read by position, in the order of the column lists beside the readers.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from adapters.postgres.tables import (
    attendance,
    event,
    event_role,
    event_version,
    occurrence,
    rsvp,
    tally,
)
from events_core.domain.actors import Via
from events_core.domain.answers import Answer, Tally
from events_core.domain.attendance import Attendance
from events_core.domain.change import Cause
from events_core.domain.details import Details, EventType, Geo
from events_core.domain.event import Event, Grant
from events_core.domain.exposure import Status, Visibility
from events_core.domain.facts import Fact
from events_core.domain.history import Version
from events_core.domain.identity import EventId, Scope, ScopeKind, UserId
from events_core.domain.listing import Listing
from events_core.domain.permissions import Role
from events_core.domain.roster import Rsvp
from events_core.domain.schedule import Schedule
from events_core.wire import published_text

Row = Sequence[Any]
Values = dict[str, object]

# A look-up is many times quicker than calling the enumeration.
_STATUS = {member.value: member for member in Status}
_VISIBILITY = {member.value: member for member in Visibility}
_EVENT_TYPE = {member.value: member for member in EventType}
_SCOPE_KIND = {member.value: member for member in ScopeKind}
_ANSWER = {member.value: member for member in Answer}
_ROLE = {member.value: member for member in Role}


def event_row(event: Event) -> Values:
    """Return an event as its row. Its roles have rows of their own."""
    details, schedule, geo = event.details, event.schedule, event.details.location_geo
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
    ) = row  # fmt: skip
    return Event(
        id=event_id,
        tenant_id=tenant_id,
        scope=Scope(_SCOPE_KIND[scope_kind], scope_id),
        details=Details(
            title=title,
            description=description,
            event_type=_EVENT_TYPE[event_type],
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
        visibility=_VISIBILITY[visibility],
        status=_STATUS[status],
        created_by=created_by,
        created_at=created_at,
        updated_at=updated_at,
        occurrence=occurrence_key,
        grants=tuple(grants),
        deleted_at=deleted_at,
        version=version,
        sequence=sequence,
    )


def grant_row(event_id: EventId, grant: Grant) -> Values:
    """Return the row of a role on an event."""
    return {
        "event_id": event_id,
        "user_id": grant.user_id,
        "role": grant.role.value,
        "granted_at": grant.granted_at,
        "granted_by": grant.granted_by,
        "by_creation": grant.by_creation,
    }


GRANT_COLUMNS = (
    event_role.c.user_id,
    event_role.c.role,
    event_role.c.granted_at,
    event_role.c.granted_by,
    event_role.c.by_creation,
)


def grant_from(row: Row) -> Grant:
    """Return the role of a row of ``GRANT_COLUMNS``."""
    user_id, role, granted_at, granted_by, by_creation = row
    return Grant(user_id, _ROLE[role], granted_at, granted_by, by_creation)


LISTING_COLUMNS = (
    event.c.event_id,
    event.c.tenant_id,
    event.c.scope_kind,
    event.c.scope_id,
    occurrence.c.occurrence_key,
    event.c.title,
    event.c.description,
    event.c.event_type,
    event.c.status,
    event.c.visibility,
    occurrence.c.starts_at,
    occurrence.c.ends_at,
    occurrence.c.lasts_until,
    event.c.time_zone,
    event.c.all_day,
    event.c.location_text,
    event.c.location_url,
    event.c.location_lat,
    event.c.location_lng,
    event.c.game_id,
    event.c.metadata,
    event.c.created_by,
    event.c.created_at,
    event.c.updated_at,
    event.c.deleted_at,
    event.c.version,
    event.c.sequence,
    tally.c.interested,
    tally.c.going,
    tally.c.not_going,
    rsvp.c.answer,
    event_role.c.role,
)


def listing_from(row: Row) -> Listing:
    """Return the listing of a row of ``LISTING_COLUMNS``."""
    (
        event_id, tenant_id, scope_kind, scope_id, occurrence_key, title, description,
        event_type, status, visibility, starts_at, ends_at, lasts_until, time_zone,
        all_day, location_text, location_url, lat, lng, game_id, metadata, created_by,
        created_at, updated_at, deleted_at, version, sequence, interested, going,
        not_going, answer, role,
    ) = row  # fmt: skip
    return Listing(
        event_id,
        tenant_id,
        Scope(_SCOPE_KIND[scope_kind], scope_id),
        occurrence_key,
        title,
        description,
        _EVENT_TYPE[event_type],
        _STATUS[status],
        _VISIBILITY[visibility],
        starts_at,
        ends_at,
        lasts_until,
        time_zone,
        all_day,
        location_text,
        location_url,
        None if lat is None else Geo(lat, lng),
        game_id,
        metadata,
        created_by,
        created_at,
        updated_at,
        deleted_at,
        version,
        sequence,
        Tally(interested, going, not_going),
        None if answer is None else _ANSWER[answer],
        () if role is None else (_ROLE[role],),
    )


def rsvp_row(rsvp: Rsvp) -> Values:
    """Return the row of an answer."""
    return {
        "event_id": rsvp.event_id,
        "occurrence_key": rsvp.occurrence,
        "user_id": rsvp.user_id,
        "answer": rsvp.answer.value,
        "comment": rsvp.comment,
        "created_at": rsvp.created_at,
        "updated_at": rsvp.updated_at,
    }


RSVP_COLUMNS = tuple(column for column in rsvp.c if column.name != "tenant_id")


def rsvp_from(row: Row) -> Rsvp:
    """Return the answer of a row of ``RSVP_COLUMNS``."""
    event_id, occurrence_key, user_id, answer, comment, created_at, updated_at = row
    return Rsvp(
        event_id,
        occurrence_key,
        user_id,
        _ANSWER[answer],
        created_at,
        updated_at,
        comment,
    )


def attendance_row(mark: Attendance) -> Values:
    """Return the row of a mark."""
    return {
        "event_id": mark.event_id,
        "occurrence_key": mark.occurrence,
        "user_id": mark.user_id,
        "marked_by": mark.marked_by,
        "marked_at": mark.marked_at,
    }


ATTENDANCE_COLUMNS = tuple(
    column for column in attendance.c if column.name != "tenant_id"
)


def attendance_from(row: Row) -> Attendance:
    """Return the mark of a row of ``ATTENDANCE_COLUMNS``."""
    return Attendance(*row)


def version_row(version: Version) -> Values:
    """Return the row of an event's version."""
    return {
        "event_id": version.event_id,
        "version": version.number,
        "made_by": version.cause.by,
        "made_at": version.cause.at,
        "via": version.cause.via.value,
        "reason": version.cause.reason,
        "changes": version.changes,
        "snapshot": version.snapshot,
    }


VERSION_COLUMNS = tuple(
    column for column in event_version.c if column.name != "tenant_id"
)


def version_from(row: Row) -> Version:
    """Return the version of a row of ``VERSION_COLUMNS``."""
    event_id, number, made_by, made_at, via, reason, changes, snapshot = row
    return Version(
        event_id=event_id,
        number=number,
        cause=Cause(made_by, made_at, Via(via), reason),
        changes={name: (old, new) for name, (old, new) in changes.items()},
        snapshot=snapshot,
    )


def fact_row(fact: Fact) -> Values:
    """Return the row of a fact: its text as it will be sent, and who may get it."""
    before = fact.exposed_before
    return {
        "message_id": fact.message_id,
        "event_id": fact.event_id,
        "event_version": fact.event_version,
        "event_type": fact.event_type,
        "schema_version": fact.schema_version,
        "occurred_at": fact.occurred_at,
        "scope_kind": fact.scope.kind.value,
        "scope_id": fact.scope.id,
        "visibility": fact.visibility.value,
        "status": fact.status.value,
        "visibility_before": before.visibility.value if before else None,
        "status_before": before.status.value if before else None,
        "personal": fact.about is not None,
        "about": fact.about,
        "done_by": _done_by(fact),
        "payload": published_text(fact),
    }


def _done_by(fact: Fact) -> UserId | None:
    names = ("created_by", "marked_by", "by")
    return next((by for name in names if (by := getattr(fact, name, None))), None)


def scope_from(row: Row) -> Scope:
    """Return the scope of a row of its kind and id."""
    kind, scope_id = row
    return Scope(_SCOPE_KIND[kind], scope_id)
