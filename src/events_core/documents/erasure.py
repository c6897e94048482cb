"""Taking a person out of every document that has her."""

import json
from collections import Counter
from collections.abc import Hashable
from datetime import datetime

from attrs import evolve, field, frozen

from events_core.documents.kinds import OF_EVENTS, LedgerLine, StoredFact
from events_core.documents.transaction import Transaction
from events_core.domain.answers import Rsvp, Tally
from events_core.domain.attendance import Attendance, Reply
from events_core.domain.chain import Sealed, erasable
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.history import Version
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.notices import Notice
from events_core.domain.permissions import EDITING_ROLES
from events_core.domain.seats import Moved, Movement, Why
from events_core.ports.store import Erased
from events_core.wire import as_text


@frozen
class Erasure:
    """One person goes, in one unit of work; see ``Persons.erase``."""

    _transaction: Transaction
    _user_id: UserId
    _at: datetime
    _counts: Counter[str] = field(init=False)

    @_counts.default
    def _nothing_yet(self) -> Counter[str]:
        return Counter(
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

    async def hold(self) -> None:
        """Hold all that will be touched; what that is may change during a wait."""
        await self._transaction.hold("erasure")  # a fact, or an entry, may name two
        while rows := [
            row
            for row in sorted(await self._rows())
            if not self._transaction.holds(*row)
        ]:
            for row in rows:
                await self._transaction.hold(*row)

    async def carry_out(self) -> Erased:
        """Take her out of what is held, and return how much of each thing it was."""
        given_up = await self._erase_answers()
        await self._strike_from_ledger()
        await self._erase_attendance()
        await self._erase_notices()
        await self._strike_from_record()
        await self._erase_events()
        await self._strike_from_audit()
        return Erased(dict(self._counts), tuple(sorted(given_up)))

    async def _rows(self) -> set[tuple[Hashable, ...]]:
        """Return every row that erasing the person changes, or hangs on one."""
        read, user_id = self._transaction.all, self._user_id
        events = [e for e in await read(Event) if self._concerns(e)]
        replies = [reply.mark for reply in await read(Reply)]
        marks = [*(await read(Attendance)), *replies]
        things: list[Rsvp | LedgerLine | Attendance | Notice] = [
            *(r for r in await read(Rsvp) if user_id in {r.user_id, r.given_by}),
            *(line for line in await read(LedgerLine) if self._is_on(line)),
            *(m for m in marks if user_id in {m.user_id, m.marked_by}),
            *(n for n in await read(Notice) if n.user_id == user_id),
        ]
        return {
            *(("event", event.id) for event in events),
            *(("occurrence", event.id, event.occurrence) for event in events),
            *(("occurrence", thing.event_id, thing.occurrence) for thing in things),
        }

    async def _erase_answers(self) -> list[tuple[EventId, OccurrenceKey]]:
        """Erase what she answered, and return where she had a seat or waited."""
        transaction, given_up = self._transaction, []
        for key, rsvp in (await transaction.find(Rsvp)).items():
            occurrence = (rsvp.event_id, rsvp.occurrence)
            if rsvp.user_id == self._user_id:
                tally = await transaction.get(Tally, *occurrence) or Tally()
                transaction.put(tally.recounted(before=rsvp, after=None), *occurrence)
                transaction.drop(Rsvp, *key)
                self._counts["rsvps_deleted"] += 1
                if rsvp.admission is not None:
                    given_up.append(occurrence)
                if rsvp.seats:
                    line = LedgerLine(*occurrence, _released(rsvp, self._at))
                    transaction.add(line, *occurrence)
            elif rsvp.given_by == self._user_id:
                transaction.put(evolve(rsvp, given_by=None), *key)
        return given_up

    async def _strike_from_ledger(self) -> None:
        for key, line in (await self._transaction.find(LedgerLine)).items():
            if self._is_on(line):
                movement = _without_her(line.movement, self._user_id)
                self._transaction.put(evolve(line, movement=movement), *key)
                self._counts["seats_redacted"] += 1

    async def _erase_attendance(self) -> None:
        transaction = self._transaction
        for key, mark in (await transaction.find(Attendance)).items():
            if mark.user_id == self._user_id:
                transaction.drop(Attendance, *key)
                self._counts["attendance_deleted"] += 1
            elif mark.marked_by == self._user_id:
                transaction.put(evolve(mark, marked_by=None), *key)
                self._counts["attendance_marked_by_redacted"] += 1
        for key, reply in (await transaction.find(Reply)).items():
            if reply.mark.user_id == self._user_id:
                transaction.drop(Reply, *key)
            elif reply.mark.marked_by == self._user_id:
                mark = evolve(reply.mark, marked_by=None)
                transaction.put(evolve(reply, mark=mark), *key)

    async def _erase_notices(self) -> None:
        for key, notice in (await self._transaction.find(Notice)).items():
            if notice.user_id == self._user_id:
                self._transaction.drop(Notice, *key)
                self._counts["notices_deleted"] += 1

    async def _strike_from_record(self) -> None:
        for key, version in (await self._transaction.find(Version)).items():
            if version.cause.by == self._user_id:
                nobody = evolve(version.cause, by=None, reason=None)
                self._transaction.put(evolve(version, cause=nobody), *key)
                self._counts["history_redacted"] += 1
        for key, fact in (await self._transaction.find(StoredFact)).items():
            if names(fact, self._user_id):
                self._transaction.put(_without_name(fact, self._user_id), *key)
                self._counts["outbox_scrubbed"] += 1

    async def _erase_events(self) -> None:
        for event in filter(self._concerns, await self._transaction.all(Event)):
            left = _without_person(event, self._user_id)
            self._counts["roles_deleted"] += len(event.grants) - len(left.grants)
            if _was_hers(event, self._user_id) and _is_seen_by_nobody(left, self._at):
                for kind in OF_EVENTS:
                    for key in await self._transaction.find(kind, event.id):
                        self._transaction.drop(kind, *key)
                self._counts["events_deleted"] += 1
            else:
                self._transaction.put(left, event.id)
                self._counts["events_anonymized"] += event.created_by == self._user_id

    async def _strike_from_audit(self) -> None:
        for key, sealed in (await self._transaction.find(Sealed)).items():
            if gone := erasable(sealed.entry, self._user_id):
                self._transaction.put(sealed.without(self._user_id), *key)
                self._counts["audit_redacted"] += len(gone)

    def _concerns(self, event: Event) -> bool:
        return _was_hers(event, self._user_id) or any(
            grant.granted_by == self._user_id for grant in event.grants
        )

    def _is_on(self, line: LedgerLine) -> bool:
        return self._user_id in {line.movement.user_id, line.movement.by}


def names(fact: StoredFact, user_id: UserId) -> bool:
    """Tell whether a fact is about a person, or about what she did."""
    return str(user_id) in json.loads(fact.text).values()


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
    return evolve(
        movement,
        user_id=None if movement.user_id == user_id else movement.user_id,
        by=None if movement.by == user_id else movement.by,
        reason=None,
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


def _without_name(fact: StoredFact, user_id: UserId) -> StoredFact:
    told = json.loads(fact.text)
    hers = {name for name, value in told.items() if value == str(user_id)}
    if "by" in hers:
        hers.add("reason")
    struck = {name: None if name in hers else told[name] for name in told}
    return evolve(fact, text=as_text(struck))
