"""What is kept about one person, for her to have or to have gone."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from events_core import Status, UserId, Visibility
from events_core.domain.answers import Rsvp
from events_core.domain.attendance import Attendance
from events_core.domain.chain import Link, erasable
from events_core.domain.event import Event
from events_core.domain.history import Version
from events_core.domain.notices import Notice
from events_core.domain.permissions import EDITING_ROLES
from events_core.domain.seats import Moved, Movement, Why
from events_core.ports.store import Erased, PersonalData
from events_core.wire import as_text

from .answers import add_movements
from .attendance import Answered
from .transaction import Row, Transaction


@frozen
class SqlitePersons:
    """``Persons`` in one unit of work."""

    _transaction: Transaction

    async def export(self, user_id: UserId) -> PersonalData:
        read = self._transaction.all
        events, marks = read(Event), read(Attendance)
        facts = self._transaction.find("Fact").values()
        sealed = [link.sealed for link in read(Link) if link.sealed]
        return PersonalData(
            events_created=tuple(e for e in events if e.created_by == user_id),
            events_with_role=tuple(e for e in events if e.grant_of(user_id)),
            rsvps=tuple(r for r in read(Rsvp) if r.user_id == user_id),
            attendance=tuple(m for m in marks if m.user_id == user_id),
            marked=tuple(m for m in marks if m.marked_by == user_id),
            versions=tuple(v for v in read(Version) if v.cause.by == user_id),
            facts=tuple(text for text in facts if _names(text, user_id)),
            notices=tuple(n for n in read(Notice) if n.user_id == user_id),
            audit=tuple(s.entry for s in sealed if s.entry.names_person(user_id)),
            answered_for=tuple(
                r for r in read(Rsvp) if r.given_by == user_id != r.user_id
            ),
            roles_given=tuple(
                (event.id, grant)
                for event in events
                for grant in event.grants
                if grant.granted_by == user_id
            ),
            movements=tuple(
                (event.id, event.occurrence, one)
                for event in events
                for one in read(Movement, event.id, event.occurrence)
                if user_id in {one.user_id, one.by}
            ),
        )

    async def erase(self, user_id: UserId, *, at: datetime) -> Erased:
        transaction = self._transaction
        await transaction.hold("record")  # a fact may name two who are erased at once
        # What is hers may change while this waits for a row, so look again after.
        while rows := [r for r in self._rows_of(user_id) if not transaction.holds(*r)]:
            await transaction.hold(*min(rows))
        counts = Counter(
            events_anonymized=0,
            rsvps_deleted=0,
            attendance_deleted=0,
            attendance_marked_by_redacted=0,
            notices_deleted=0,
            outbox_scrubbed=0,
        )
        mine = await self.export(user_id)
        for rsvp in mine.rsvps:
            occurrence = (rsvp.event_id, rsvp.occurrence)
            transaction.drop(Rsvp, *occurrence, user_id)
            if rsvp.seats:
                add_movements(transaction, *occurrence, _released(rsvp, at))
            counts["rsvps_deleted"] += 1
        for rsvp in mine.answered_for:
            place = (rsvp.event_id, rsvp.occurrence, rsvp.user_id)
            transaction.put(evolve(rsvp, given_by=None), *place)
        counts["seats_redacted"] = self._strike_from_ledger(user_id)
        for mark in mine.attendance:
            transaction.drop(Attendance, mark.event_id, mark.occurrence, user_id)
            counts["attendance_deleted"] += 1
        for mark in mine.marked:
            if mark.user_id != user_id:
                place = (mark.event_id, mark.occurrence, mark.user_id)
                transaction.put(evolve(mark, marked_by=None), *place)
                counts["attendance_marked_by_redacted"] += 1
        for answered in transaction.all(Answered):
            mark = answered.reply.mark
            if mark.user_id == user_id:
                transaction.drop(Answered, *answered.key)
            elif mark.marked_by == user_id:
                nobodys = evolve(mark, marked_by=None)
                answered.reply = evolve(answered.reply, mark=nobodys)
                transaction.put(answered, *answered.key)
        for notice in mine.notices:
            where = (notice.event_id, notice.occurrence, user_id)
            transaction.drop(Notice, *where, notice.event_version)
            counts["notices_deleted"] += 1
        for version in mine.versions:
            nobody = evolve(version.cause, by=None, reason=None)
            unsigned = evolve(version, cause=nobody)
            transaction.put(unsigned, version.event_id, version.number)
        for key, text in transaction.find("Fact").items():
            if _names(text, user_id):
                transaction.put_text("Fact", key, _without_name(text, user_id))
                counts["outbox_scrubbed"] += 1
        counts["audit_redacted"] = self._strike_from_audit(user_id)
        for event in self._events_of(user_id):
            left = _without_person(event, user_id)
            if _was_hers(event, user_id) and _is_unseen(left, at):
                for kind in (
                    Event,
                    Rsvp,
                    Movement,
                    Attendance,
                    Answered,
                    Notice,
                    Version,
                ):
                    transaction.drop(kind, event.id)
                counts["events_deleted"] += 1
            else:
                transaction.put(left, event.id)
                counts["events_anonymized"] += event.created_by == user_id
        given_up = [(r.event_id, r.occurrence) for r in mine.rsvps if r.admission]
        return Erased(dict(counts), tuple(given_up))

    def _strike_from_ledger(self, user_id: UserId) -> int:
        struck = 0
        for key, text in self._transaction.find("Movement").items():
            if str(user_id) in json.loads(text).values():
                line = {**json.loads(text), "reason": None}
                body = json.dumps(_without(line, user_id))
                self._transaction.put_text("Movement", key, body)
                struck += 1
        return struck

    def _strike_from_audit(self, user_id: UserId) -> int:
        struck = 0
        for link in self._transaction.all(Link):
            if link.sealed and (gone := erasable(link.sealed.entry, user_id)):
                left = evolve(link, sealed=link.sealed.without(user_id))
                self._transaction.put(left, f"{link.position:09}")
                struck += len(gone)
        return struck

    def _events_of(self, user_id: UserId) -> list[Event]:
        events = self._transaction.all(Event)
        return [event for event in events if _without_person(event, user_id) != event]

    def _rows_of(self, user_id: UserId) -> set[Row]:
        read = self._transaction.all
        events = self._events_of(user_id)
        things: list[Rsvp | Attendance | Notice] = [
            *(notice for notice in read(Notice) if notice.user_id == user_id),
            *(r for r in read(Rsvp) if user_id in {r.user_id, r.given_by}),
            *(m for m in read(Attendance) if user_id in {m.user_id, m.marked_by}),
        ]
        return {
            *(("event", str(event.id)) for event in events),
            *(("occurrence", str(event.id), event.occurrence) for event in events),
            *(("occurrence", str(one.event_id), one.occurrence) for one in things),
        }


def _names(text: str, user_id: UserId) -> bool:
    return str(user_id) in json.loads(text).values()


def _without_name(text: str, user_id: UserId) -> str:
    told = json.loads(text)
    if told.get("by") == str(user_id):
        told["reason"] = None  # hers, too
    return as_text(_without(told, user_id))


def _without(form: dict[str, Any], user_id: UserId) -> dict[str, Any]:
    return {k: None if v == str(user_id) else v for k, v in form.items()}


def _released(rsvp: Rsvp, at: datetime) -> Movement:
    return Movement(
        moved=Moved.RELEASED,
        seats=-rsvp.seats,
        user_id=None,
        by=None,
        at=at,
        why=Why.ERASED,
    )


def _was_hers(event: Event, user_id: UserId) -> bool:
    return event.created_by == user_id or event.grant_of(user_id) is not None


def _without_person(event: Event, user_id: UserId) -> Event:
    return evolve(
        event,
        created_by=None if event.created_by == user_id else event.created_by,
        grants=tuple(
            evolve(grant, granted_by=None) if grant.granted_by == user_id else grant
            for grant in event.grants
            if grant.holder != user_id
        ),
    )


def _is_unseen(event: Event, at: datetime) -> bool:
    roles = {grant.role for grant in event.grants if not grant.has_ended(at)}
    return (event.visibility is Visibility.PRIVATE and not roles) or (
        event.status is Status.DRAFT and roles.isdisjoint(EDITING_ROLES)
    )
