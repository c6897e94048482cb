"""What is kept about a person, in the platform's form for it, which is snake_case."""

from datetime import datetime

import orjson

from adapters.http.codec.times import stamp
from adapters.http.codec.views import Json
from events_core import Actor, AuditEntry, Erasure, UserId
from events_core.domain.answers import Rsvp
from events_core.domain.attendance import Attendance
from events_core.domain.event import Event, public_fields
from events_core.domain.history import Version
from events_core.domain.identity import EventId, OccurrenceKey, Scope
from events_core.domain.notices import Notice
from events_core.domain.roles import Grant
from events_core.domain.seats import Movement
from events_core.ports.store import PersonalData
from events_core.wire import as_json


def export(
    data: PersonalData, *, actor: Actor, user_id: UserId, exported_at: datetime
) -> Json:
    """Show all that is kept about a person."""
    return {
        **_about(actor, user_id),
        "exported_at": stamp(exported_at),
        "events_created": [_event(event) for event in data.events_created],
        "events_with_role": [
            {**_event(event), "role": event.role_of(user_id)}
            for event in data.events_with_role
        ],
        "rsvps": [_rsvp(rsvp) for rsvp in data.rsvps],
        "attendance": [_attendance(mark) for mark in data.attendance],
        "attendance_marked": [_attendance(mark) for mark in data.marked],
        "notices": [_notice(notice) for notice in data.notices],
        "history": [_version(version) for version in data.versions],
        "outbox": [orjson.Fragment(text) for text in data.facts],
        "rsvps_given": [_rsvp(rsvp) for rsvp in data.answered_for],
        "roles_given": [_role(event_id, role) for event_id, role in data.roles_given],
        "seats": [
            _movement(event_id, occurrence, movement)
            for event_id, occurrence, movement in data.movements
        ],
        "audit": [_done(entry) for entry in data.audit],
        "further": {name: list(rows) for name, rows in data.further.items()},
    }


def erasure(view: Erasure, *, actor: Actor, user_id: UserId) -> Json:
    """Show what erasing a person touched."""
    return {
        **_about(actor, user_id),
        "mode": "hybrid",
        "erased_at": stamp(view.erased_at),
        "counts": dict(view.counts),
    }


def _about(actor: Actor, user_id: UserId) -> Json:
    return {"service": "events", "tenant_id": actor.tenant_id, "user_id": user_id}


def _event(event: Event) -> Json:
    return {
        "id": event.id,
        "scope_type": event.scope.kind,
        "scope_id": event.scope.id,
        **{name: as_json(value) for name, value in public_fields(event).items()},
        "created_by": event.created_by,
        "created_at": stamp(event.created_at),
        "updated_at": stamp(event.updated_at),
        "version": event.version,
    }


def _done(entry: AuditEntry) -> Json:
    return {
        "deed": entry.deed,
        "outcome": entry.outcome,
        "at": stamp(entry.at),
        "via": entry.via,
        "as_admin": entry.as_admin,
        "by": entry.by,
        "whom": entry.whom,
        "request_id": entry.request_id,
        "event_id": entry.event_id,
        "occurrence": entry.occurrence,
        "event_version": entry.event_version,
        "subject_id": entry.subject_id,
        "names": entry.names,
        "times": entry.times,
    }


def _role(event_id: EventId, grant: Grant) -> Json:
    holder, ends = grant.holder, grant.expires_at
    return {
        "event_id": event_id,
        "holder_type": holder.kind if isinstance(holder, Scope) else "USER",
        "holder_id": holder.id if isinstance(holder, Scope) else holder,
        "role": grant.role,
        "granted_at": stamp(grant.granted_at),
        "expires_at": stamp(ends),
    }


def _movement(event_id: EventId, occurrence: OccurrenceKey, movement: Movement) -> Json:
    return {
        "event_id": event_id,
        "occurrence": occurrence,
        "kind": movement.moved,
        "seats": movement.seats,
        "user_id": movement.user_id,
        "by": movement.by,
        "at": stamp(movement.at),
        "why": movement.why,
        "reason": movement.reason,
    }


def _rsvp(rsvp: Rsvp) -> Json:
    return {
        "event_id": rsvp.event_id,
        "user_id": rsvp.user_id,
        "occurrence": rsvp.occurrence,
        "status": rsvp.answer,
        "admission": rsvp.admission,
        "guests": rsvp.guests,
        "comment": rsvp.comment,
        "given_by": rsvp.given_by,
        "created_at": stamp(rsvp.created_at),
        "updated_at": stamp(rsvp.updated_at),
    }


def _attendance(mark: Attendance) -> Json:
    return {
        "event_id": mark.event_id,
        "occurrence": mark.occurrence,
        "user_id": mark.user_id,
        "marked_by": mark.marked_by,
        "marked_at": stamp(mark.marked_at),
        "undone_at": stamp(mark.undone_at),
    }


def _notice(notice: Notice) -> Json:
    return {
        "event_id": notice.event_id,
        "occurrence": notice.occurrence,
        "event_version": notice.event_version,
        "kind": notice.kind,
        "noted_at": stamp(notice.noted_at),
    }


def _version(version: Version) -> Json:
    cause = version.cause
    return {
        "event_id": version.event_id,
        "version": version.number,
        "at": stamp(cause.at),
        "by": cause.by,
        "via": cause.via,
        "reason": cause.reason,
        "changes": dict(version.changes),
        "snapshot": dict(version.snapshot),
    }
