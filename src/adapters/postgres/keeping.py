"""What is kept about one person, for her to have."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Table,
    Uuid,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from adapters.postgres.rows import (
    ATTENDANCE_COLUMNS,
    AUDIT_COLUMNS,
    EVENT_COLUMNS,
    GRANT_COLUMNS,
    MOVEMENT_COLUMNS,
    NOTICE_COLUMNS,
    PERSON,
    RSVP_COLUMNS,
    VERSION_COLUMNS,
    attendance_from,
    event_from,
    grant_from,
    movement_from,
    notice_from,
    rsvp_from,
    sealed_from,
    version_from,
)
from adapters.postgres.statements import Row
from adapters.postgres.tables import (
    attendance,
    attendance_nonce,
    audit_count,
    audit_entry,
    event,
    event_role,
    event_version,
    membership,
    notice,
    outbox,
    repeat,
    role_binding,
    rsvp,
    seat_movement,
)
from adapters.postgres.transaction import TENANT, Transaction
from events_core.domain.event import Event
from events_core.domain.identity import EventId, UserId
from events_core.domain.roles import Grant
from events_core.ports.store import PersonalData
from events_core.wire import as_json

_PERSON = bindparam("of_person", type_=Uuid)
_EVENTS = bindparam("of_events", type_=ARRAY(Uuid))


def hers(table: Table, column: str = "user_id") -> ColumnElement[bool]:
    """Return what is true of the rows in which a column is ``:of_person``."""
    return and_(table.c.tenant_id == TENANT, table.c[column] == _PERSON)


_her_roles = and_(hers(event_role, "holder_id"), event_role.c.holder_kind == PERSON)
_events = select(*EVENT_COLUMNS).order_by(event.c.created_at, event.c.event_id)
_CREATED = _events.where(hers(event, "created_by"))
_WITH_ROLE = _events.where(
    event.c.tenant_id == TENANT,
    event.c.event_id.in_(select(event_role.c.event_id).where(_her_roles)),
)
_grants = select(event_role.c.event_id, *GRANT_COLUMNS).order_by(
    event_role.c.granted_at, event_role.c.holder_id
)
_GRANTS = _grants.where(
    event_role.c.tenant_id == TENANT, event_role.c.event_id == func.any(_EVENTS)
)
_ROLES_GIVEN = _grants.where(hers(event_role, "granted_by"))
_rsvps = select(*RSVP_COLUMNS).order_by(rsvp.c.created_at)
_RSVPS = _rsvps.where(hers(rsvp))
_ANSWERED_FOR = _rsvps.where(hers(rsvp, "given_by"), rsvp.c.given_by != rsvp.c.user_id)
_MOVEMENTS = (
    select(seat_movement.c.event_id, seat_movement.c.occurrence_key, *MOVEMENT_COLUMNS)
    .where(or_(hers(seat_movement), hers(seat_movement, "made_by")))
    .order_by(seat_movement.c.number)
)
_NOTICES = select(*NOTICE_COLUMNS).where(hers(notice)).order_by(notice.c.noted_at)
_marks = select(*ATTENDANCE_COLUMNS).order_by(attendance.c.marked_at)
_ATTENDANCE = _marks.where(hers(attendance))
_MARKED = _marks.where(hers(attendance, "marked_by"))
_VERSIONS = (
    select(*VERSION_COLUMNS)
    .where(hers(event_version, "made_by"))
    .order_by(event_version.c.made_at, event_version.c.event_id)
)
_FACTS = (
    select(outbox.c.payload)
    .where(outbox.c.tenant_id == TENANT)
    .where(or_(outbox.c.about == _PERSON, outbox.c.done_by == _PERSON))
    .order_by(outbox.c.seq)
)
_AUDIT = (
    select(*AUDIT_COLUMNS)
    .where(or_(hers(audit_entry, "done_by"), hers(audit_entry, "whom")))
    .order_by(audit_entry.c.seq)
)

#: What the core knows nothing of, by name.
_FURTHER = {
    "nonces": select(
        attendance_nonce.c.event_id,
        attendance_nonce.c.occurrence_key.label("occurrence"),
        attendance_nonce.c.nonce,
        attendance_nonce.c.user_id,
        attendance_nonce.c.marked_by,
        attendance_nonce.c.marked_at,
        attendance_nonce.c.undone_at,
    ).where(or_(hers(attendance_nonce), hers(attendance_nonce, "marked_by"))),
    "memberships": select(
        membership.c.scope_kind.label("scope_type"), membership.c.scope_id
    ).where(hers(membership)),
    "role_bindings": select(
        role_binding.c.scope_kind.label("scope_type"),
        role_binding.c.scope_id,
        role_binding.c.role,
    ).where(hers(role_binding)),
    "attempts": select(
        audit_count.c.deed,
        audit_count.c.names,
        audit_count.c.done_at,
        audit_count.c.request_id,
        audit_count.c.event_id,
        audit_count.c.times,
    ).where(hers(audit_count, "done_by")),
    "kept_answers": select(
        repeat.c.status,
        func.convert_from(repeat.c.body, "UTF8").label("body"),
        repeat.c.forgotten_at,
    ).where(hers(repeat), repeat.c.body.is_not(None)),
}


async def kept_about(transaction: Transaction, user_id: UserId) -> PersonalData:
    """Return all that is kept about a person, as ``Persons.export`` says."""

    async def rows(statement: Select[Any]) -> Sequence[Row]:
        return (await transaction.run(statement, {"of_person": user_id})).all()

    async def events(statement: Select[Any]) -> tuple[Event, ...]:
        found = await rows(statement)
        ids = [row.event_id for row in found]
        grants: dict[EventId, list[Grant]] = defaultdict(list)
        for row in await transaction.run(_GRANTS, {"of_events": ids}):
            grants[row.event_id].append(grant_from(row[1:]))
        return tuple(event_from(row, grants[row.event_id]) for row in found)

    further = {
        name: tuple(
            {column: as_json(value) for column, value in row.items()}
            for row in await rows(statement)
        )
        for name, statement in _FURTHER.items()
    }
    return PersonalData(
        events_created=await events(_CREATED),
        events_with_role=await events(_WITH_ROLE),
        rsvps=tuple(map(rsvp_from, await rows(_RSVPS))),
        attendance=tuple(map(attendance_from, await rows(_ATTENDANCE))),
        marked=tuple(map(attendance_from, await rows(_MARKED))),
        versions=tuple(map(version_from, await rows(_VERSIONS))),
        facts=tuple(text for (text,) in await rows(_FACTS)),
        notices=tuple(map(notice_from, await rows(_NOTICES))),
        answered_for=tuple(map(rsvp_from, await rows(_ANSWERED_FOR))),
        roles_given=tuple(
            (row.event_id, grant_from(row[1:])) for row in await rows(_ROLES_GIVEN)
        ),
        movements=tuple(
            (event_id, key, movement_from(movement))
            for event_id, key, *movement in await rows(_MOVEMENTS)
        ),
        audit=tuple(sealed_from(row).entry for row in await rows(_AUDIT)),
        further={name: found for name, found in further.items() if found},
    )
