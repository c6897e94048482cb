"""Erasing what is kept about one person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import (
    ARRAY,
    Delete,
    Select,
    Table,
    Update,
    Uuid,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    union,
    update,
)

from adapters.postgres.keeping import hers, kept_about
from adapters.postgres.rows import PERSON, movement_row
from adapters.postgres.statements import Row
from adapters.postgres.tables import (
    SCHEMA,
    attendance,
    attendance_nonce,
    event,
    event_role,
    membership,
    notice,
    occurrence,
    repeat,
    role_binding,
    rsvp,
    seat_movement,
    tally,
)
from adapters.postgres.tables.shared import Instant
from adapters.postgres.transaction import TENANT, Transaction
from events_core.domain.answers import Admission, Answer
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.seats import Moved, Movement, Why
from events_core.ports.store import Erased, PersonalData

_PERSON = bindparam("of_person", type_=Uuid)
_EVENTS = bindparam("of_events", type_=ARRAY(Uuid))


_her_roles = and_(hers(event_role, "holder_id"), event_role.c.holder_kind == PERSON)
_HAS_ROLE = select(event_role.c.event_id).where(_her_roles)
# Erasing takes its rows in one order, events first, then rosters; so two of them, or
# one and an answer, wait for each other instead of dying.
_given_for_others = and_(hers(rsvp, "given_by"), rsvp.c.given_by != rsvp.c.user_id)
_HOLD_EVENTS = (
    select(event.c.event_id)
    .where(
        event.c.tenant_id == TENANT,
        or_(event.c.created_by == _PERSON, event.c.event_id.in_(_HAS_ROLE)),
    )
    .order_by(event.c.event_id)
    .with_for_update()
)
_answered = select(rsvp.c.event_id, rsvp.c.occurrence_key).where(
    or_(hers(rsvp), _given_for_others)
)
_may_go = select(occurrence.c.event_id, occurrence.c.occurrence_key).where(
    occurrence.c.tenant_id == TENANT,
    occurrence.c.event_id == func.any(_EVENTS),
    or_(
        occurrence.c.visibility == Visibility.PRIVATE.value,
        occurrence.c.status == Status.DRAFT.value,
    ),
)
_touched = union(_answered, _may_go).subquery()
_KEY = (tally.c.event_id, tally.c.occurrence_key)
# In line with those who claim one: the turn first, then the row.
_TAKE_TURNS = select(
    func.pg_advisory_xact_lock(
        func.hashtextextended(
            func.concat(TENANT, _touched.c.event_id, _touched.c.occurrence_key), 0
        )
    )
).order_by(_touched.c.event_id, _touched.c.occurrence_key)
_HOLD_ROSTERS = (
    select(*_KEY)
    .join(
        _touched,
        and_(
            tally.c.event_id == _touched.c.event_id,
            tally.c.occurrence_key == _touched.c.occurrence_key,
        ),
    )
    .where(tally.c.tenant_id == TENANT)
    .order_by(*_KEY)
    .with_for_update(of=tally)
)

_GIVEN_UP = (
    select(rsvp.c.event_id, rsvp.c.occurrence_key, rsvp.c.admission, 1 + rsvp.c.guests)
    .where(hers(rsvp), rsvp.c.admission.is_not(None))
    .order_by(rsvp.c.event_id, rsvp.c.occurrence_key)
)
_gone = (
    delete(rsvp)
    .where(hers(rsvp))
    .returning(rsvp.c.event_id, rsvp.c.occurrence_key, rsvp.c.answer, rsvp.c.admission)
    .cte("gone")
)
# Among what counts: the waiting by their admission, everybody else by her answer.
_counted = case(
    (_gone.c.admission == Admission.WAITLISTED.value, "waiting"), else_=_gone.c.answer
)
_ERASE_ANSWERS = (
    update(tally)
    .where(
        tally.c.tenant_id == TENANT,
        tally.c.event_id == _gone.c.event_id,
        tally.c.occurrence_key == _gone.c.occurrence_key,
    )
    .values(
        {
            tally.c[name]: tally.c[name] - case((_counted == name, 1), else_=0)
            for name in (*(answer.value for answer in Answer), "waiting")
        }
    )
)
_UNSIGN_ANSWERS = update(rsvp).where(_given_for_others).values(given_by=None)
_UNSIGN_EVENTS = update(event).where(hers(event, "created_by")).values(created_by=None)
_UNSIGN_OCCURRENCES = (
    update(occurrence).where(hers(occurrence, "created_by")).values(created_by=None)
)
_TAKE_ROLES = delete(event_role).where(_her_roles)
_UNSIGN_ROLES = (
    update(event_role).where(hers(event_role, "granted_by")).values(granted_by=None)
)
_UNSIGN_MARKS = (
    update(attendance).where(hers(attendance, "marked_by")).values(marked_by=None)
)

_UNSIGN_NONCES = (
    update(attendance_nonce)
    .where(hers(attendance_nonce, "marked_by"))
    .values(marked_by=None)
)

# History and outbox are not the app's to change: these functions do, and only this.
_functions = getattr(func, SCHEMA)
_STRIKE_FROM_HISTORY = select(_functions.strike_from_history(_PERSON))
_STRIKE_FROM_LEDGER = select(_functions.strike_from_ledger(_PERSON))
_BURY_LINKED = select(_functions.bury_linked(_PERSON))
_STRIKE_FROM_FACTS = select(_functions.strike_from_facts(_PERSON))
_STRIKE_FROM_AUDIT = select(_functions.strike_from_audit(_PERSON))
_FORGET_UNSEEN = select(
    _functions.forget_unseen_events(_EVENTS, bindparam("as_of", type_=Instant))
)


@frozen
class PostgresPersons:
    """``Persons`` in one transaction."""

    _transaction: Transaction

    async def export(self, user_id: UserId) -> PersonalData:
        """See ``Persons.export``."""
        return await kept_about(self._transaction, user_id)

    async def erase(self, user_id: UserId, *, at: datetime) -> Erased:
        """See ``Persons.erase``."""
        hers = [row.event_id for row in await self._rows(_HOLD_EVENTS, user_id)]
        held = {"of_person": user_id, "of_events": hers}
        await self._transaction.run(_TAKE_TURNS, held)
        await self._transaction.run(_HOLD_ROSTERS, held)
        given_up = await self._release_seats(user_id, at)
        rsvps_deleted = await self._touch(_ERASE_ANSWERS, user_id)
        await self._touch(_UNSIGN_ANSWERS, user_id)
        seats_redacted = await self._call(_STRIKE_FROM_LEDGER, held)
        attendance_deleted = await self._touch(_delete(attendance), user_id)
        marks_redacted = await self._touch(_UNSIGN_MARKS, user_id)
        await self._touch(_delete(attendance_nonce), user_id)
        await self._touch(_UNSIGN_NONCES, user_id)
        notices_deleted = await self._touch(_delete(notice), user_id)
        history_redacted = await self._call(_STRIKE_FROM_HISTORY, held)
        await self._call(_BURY_LINKED, held)
        outbox_scrubbed = await self._call(_STRIKE_FROM_FACTS, held)
        roles_deleted = await self._touch(_TAKE_ROLES, user_id)
        await self._touch(_UNSIGN_ROLES, user_id)
        events_deleted = await self._call(_FORGET_UNSEEN, {**held, "as_of": at})
        await self._touch(_UNSIGN_OCCURRENCES, user_id)
        events_anonymized = await self._touch(_UNSIGN_EVENTS, user_id)
        counts = {
            "events_anonymized": events_anonymized,
            "events_deleted": events_deleted,
            "roles_deleted": roles_deleted,
            "rsvps_deleted": rsvps_deleted,
            "attendance_deleted": attendance_deleted,
            "attendance_marked_by_redacted": marks_redacted,
            "notices_deleted": notices_deleted,
            "history_redacted": history_redacted,
            "seats_redacted": seats_redacted,
            "outbox_scrubbed": outbox_scrubbed,
            "audit_redacted": await self._call(_STRIKE_FROM_AUDIT, held),
            "memberships_deleted": await self._touch(_delete(membership), user_id),
            "role_bindings_deleted": await self._touch(_delete(role_binding), user_id),
            "repeats_deleted": await self._touch(_delete(repeat), user_id),
        }
        return Erased(counts, given_up)

    async def _release_seats(
        self, user_id: UserId, at: datetime
    ) -> tuple[tuple[EventId, OccurrenceKey], ...]:
        """Release her seats in the ledger, and return where she had some or waited."""
        given_up = await self._rows(_GIVEN_UP, user_id)
        lines = [
            movement_row(event_id, key, _released(seats, at))
            for event_id, key, admission, seats in given_up
            if admission == Admission.CONFIRMED.value
        ]
        await self._transaction.insert(seat_movement, *lines)
        return tuple((event_id, key) for event_id, key, *_ in given_up)

    async def _rows(self, statement: Select[Any], user_id: UserId) -> Sequence[Row]:
        found = await self._transaction.run(statement, {"of_person": user_id})
        return found.all()

    async def _touch(self, statement: Delete | Update, user_id: UserId) -> int:
        touched = await self._transaction.run(statement, {"of_person": user_id})
        return touched.rowcount

    async def _call(self, function: Select[Any], values: dict[str, object]) -> int:
        called = await self._transaction.run(function, values)
        count: int = called.scalar_one()
        return count


def _released(seats: int, at: datetime) -> Movement:
    return Movement(
        moved=Moved.RELEASED,
        seats=-seats,
        user_id=None,
        by=None,
        at=at,
        why=Why.ERASED,
    )


def _delete(table: Table) -> Delete:
    return delete(table).where(hers(table))
