"""What is kept about one person, in memory."""

import json
from collections import Counter
from collections.abc import Hashable
from copy import deepcopy
from datetime import datetime

from attrs import evolve, frozen

from events_core.domain.answers import Rsvp
from events_core.domain.chain import erasable
from events_core.domain.change import Cause
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import UserId
from events_core.domain.permissions import EDITING_ROLES
from events_core.domain.seats import Moved, Movement, Why
from events_core.ports.store import Erased, PersonalData
from events_core.testing.memory.events import own_copy
from events_core.testing.memory.tables import Occurrence, StoredFact, Transaction
from events_core.wire import as_text


@frozen
class MemoryPersons:
    """``Persons`` in one transaction."""

    _transaction: Transaction

    async def export(self, user_id: UserId) -> PersonalData:
        """See ``Persons.export``."""
        await self._transaction.statement()
        tables = self._transaction
        events = [own_copy(event) for event in tables.events.values()]
        marks = tables.attendance.values()
        return PersonalData(
            events_created=tuple(e for e in events if e.created_by == user_id),
            events_with_role=tuple(e for e in events if e.grant_of(user_id)),
            rsvps=tuple(r for r in tables.rsvps.values() if r.user_id == user_id),
            attendance=tuple(m for m in marks if m.user_id == user_id),
            marked=tuple(m for m in marks if m.marked_by == user_id),
            versions=tuple(
                deepcopy(version)
                for version in tables.versions.values()
                if version.cause.by == user_id
            ),
            facts=tuple(f.text for f in tables.facts.values() if _names(f, user_id)),
            notices=tuple(n for n in tables.notices.values() if n.user_id == user_id),
            audit=tuple(
                sealed.entry
                for sealed in tables.audit.values()
                if sealed.entry.names_person(user_id)
            ),
            answered_for=tuple(
                r for r in tables.rsvps.values() if r.given_by == user_id != r.user_id
            ),
            roles_given=tuple(
                (event.id, grant)
                for event in events
                for grant in event.grants
                if grant.granted_by == user_id
            ),
            movements=tuple(
                (*occurrence, movement)
                for occurrence, movements in tables.movements.items()
                for movement in movements
                if user_id in {movement.user_id, movement.by}
            ),
        )

    async def erase(self, user_id: UserId, *, at: datetime) -> Erased:
        """See ``Persons.erase``."""
        await self._transaction.statement()
        while rows := [
            row
            for row in sorted(self._rows_with(user_id))
            if not self._transaction.holds(*row)
        ]:
            for row in rows:
                await self._transaction.hold(*row)
        counts = Counter(
            events_anonymized=0,
            events_deleted=0,
            roles_deleted=0,
            rsvps_deleted=0,
            attendance_deleted=0,
            attendance_marked_by_redacted=0,
            notices_deleted=0,
            history_redacted=0,
            seats_redacted=0,
            outbox_scrubbed=0,
            audit_redacted=0,
        )
        given_up = self._erase_answers(user_id, at, counts)
        self._erase_from_ledger(user_id, counts)
        self._erase_attendance(user_id, counts)
        self._erase_record(user_id, counts)
        self._erase_events(user_id, at, counts)
        self._strike_from_audit(user_id, counts)
        return Erased(dict(counts), tuple(sorted(given_up)))

    def _rows_with(self, user_id: UserId) -> set[tuple[Hashable, ...]]:
        """Return every row that erasing the person changes, or hangs on one."""
        tables = self._transaction
        events = [e for e in tables.events.values() if _concerns(e, user_id)]
        answered = [
            key
            for key, rsvp in tables.rsvps.items()
            if user_id in {rsvp.user_id, rsvp.given_by}
        ]
        moved = [
            key
            for key, movements in tables.movements.items()
            if any(user_id in {one.user_id, one.by} for one in movements)
        ]
        marked = [
            key
            for key, mark in tables.attendance.items()
            if user_id in {mark.user_id, mark.marked_by}
        ]
        told = [key[:2] for key in tables.notices if key[2] == user_id]
        named = [
            key[:2]
            for key, reply in tables.nonces.items()
            if user_id in {reply.mark.user_id, reply.mark.marked_by}
        ]
        return {
            *(("occurrence", *place) for place in (*told, *named)),
            *(("event", event.id) for event in events),
            *(("occurrence", event.id, event.occurrence) for event in events),
            *(("occurrence", *key[:-1]) for key in (*answered, *marked)),
            *(("occurrence", *key) for key in moved),
        }

    def _erase_answers(
        self, user_id: UserId, at: datetime, counts: Counter[str]
    ) -> list[Occurrence]:
        """Erase what she answered, and return where she had a seat or waited."""
        tables, given_up = self._transaction, []
        for key, rsvp in list(tables.rsvps.items()):
            occurrence = key[:-1]
            if rsvp.user_id == user_id:
                tally = tables.tallies[occurrence]
                tables.tallies[occurrence] = tally.recounted(before=rsvp, after=None)
                del tables.rsvps[key]
                counts["rsvps_deleted"] += 1
                if rsvp.admission is not None:
                    given_up.append(occurrence)
                if rsvp.seats:
                    tables.movements[occurrence] = (
                        *tables.movements.get(occurrence, ()),
                        _released(rsvp, at),
                    )
            elif rsvp.given_by == user_id:
                tables.rsvps[key] = evolve(rsvp, given_by=None)
        return given_up

    def _erase_from_ledger(self, user_id: UserId, counts: Counter[str]) -> None:
        for occurrence, movements in list(self._transaction.movements.items()):
            self._transaction.movements[occurrence] = tuple(
                _without_her(movement, user_id) for movement in movements
            )
            counts["seats_redacted"] += sum(
                user_id in {movement.user_id, movement.by} for movement in movements
            )

    def _erase_attendance(self, user_id: UserId, counts: Counter[str]) -> None:
        attendance = self._transaction.attendance
        for key, mark in list(attendance.items()):
            if mark.user_id == user_id:
                del attendance[key]
                counts["attendance_deleted"] += 1
            elif mark.marked_by == user_id:
                attendance[key] = evolve(mark, marked_by=None)
                counts["attendance_marked_by_redacted"] += 1

        nonces, notices = self._transaction.nonces, self._transaction.notices
        for nonce, reply in list(nonces.items()):
            if reply.mark.user_id == user_id:
                del nonces[nonce]
            elif reply.mark.marked_by == user_id:
                mark = evolve(reply.mark, marked_by=None)
                nonces[nonce] = evolve(reply, mark=mark)
        for told in [told for told in notices if told[2] == user_id]:
            del notices[told]
            counts["notices_deleted"] += 1

    def _erase_record(self, user_id: UserId, counts: Counter[str]) -> None:
        tables = self._transaction
        for key, version in list(tables.versions.items()):
            if version.cause.by == user_id:
                nobody: Cause = evolve(version.cause, by=None, reason=None)
                tables.versions[key] = evolve(version, cause=nobody)
                counts["history_redacted"] += 1
        for message_id, fact in list(tables.facts.items()):
            if _names(fact, user_id):
                tables.facts[message_id] = _without_name(fact, user_id)
                counts["outbox_scrubbed"] += 1

    def _erase_events(
        self, user_id: UserId, at: datetime, counts: Counter[str]
    ) -> None:
        events = self._transaction.events
        for event in [e for e in events.values() if _concerns(e, user_id)]:
            left = _without_person(event, user_id)
            counts["roles_deleted"] += len(event.grants) - len(left.grants)
            if _was_hers(event, user_id) and _is_seen_by_nobody(left, at):
                self._delete(event)
                counts["events_deleted"] += 1
            else:
                events[event.id] = left
                counts["events_anonymized"] += event.created_by == user_id

    def _strike_from_audit(self, user_id: UserId, counts: Counter[str]) -> None:
        trail = self._transaction.audit
        for key, sealed in list(trail.items()):
            if gone := erasable(sealed.entry, user_id):
                trail[key] = sealed.without(user_id)
                counts["audit_redacted"] += len(gone)

    def _delete(self, event: Event) -> None:
        tables = self._transaction
        del tables.events[event.id]
        tables.tallies.pop((event.id, event.occurrence), None)
        tables.movements.pop((event.id, event.occurrence), None)
        for rows in (tables.rsvps, tables.attendance):
            for person in [key for key in rows if key[0] == event.id]:
                del rows[person]
        for nonce in [key for key in tables.nonces if key[0] == event.id]:
            del tables.nonces[nonce]
        for told in [key for key in tables.notices if key[0] == event.id]:
            del tables.notices[told]
        for number in [key for key in tables.versions if key[0] == event.id]:
            del tables.versions[number]


def _released(rsvp: Rsvp, at: datetime) -> Movement:
    return Movement(
        moved=Moved.RELEASED,
        seats=-rsvp.seats,
        user_id=None,
        by=None,
        at=at,
        why=Why.ERASED,
    )


def _without_her(movement: Movement, user_id: UserId) -> Movement:
    if user_id not in {movement.user_id, movement.by}:
        return movement
    return evolve(
        movement,
        user_id=None if movement.user_id == user_id else movement.user_id,
        by=None if movement.by == user_id else movement.by,
        reason=None,
    )


def _concerns(event: Event, user_id: UserId) -> bool:
    return _was_hers(event, user_id) or any(
        grant.granted_by == user_id for grant in event.grants
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


def _is_seen_by_nobody(event: Event, at: datetime) -> bool:
    roles = {grant.role for grant in event.grants if not grant.has_ended(at)}
    if event.visibility is Visibility.PRIVATE and not roles:
        return True
    return event.status is Status.DRAFT and roles.isdisjoint(EDITING_ROLES)


def _names(fact: StoredFact, user_id: UserId) -> bool:
    return str(user_id) in json.loads(fact.text).values()


def _without_name(fact: StoredFact, user_id: UserId) -> StoredFact:
    told = json.loads(fact.text)
    hers = {name for name, value in told.items() if value == str(user_id)}
    if "by" in hers:
        hers.add("reason")
    struck = {name: None if name in hers else told[name] for name in told}
    return evolve(fact, text=as_text(struck))
