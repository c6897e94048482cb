"""Who came, and what people are to hear."""

from collections import Counter

from attrs import define, frozen

from events_core import Answer, EventId, OccurrenceKey, UserId
from events_core.domain.answers import Rsvp
from events_core.domain.attendance import Attendance, Reply
from events_core.domain.audit import of_attendance
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.notices import Notice, NoticeKind
from events_core.domain.numbers import Came

from .transaction import Row, Transaction


@define
class Answered:
    """What was answered to a nonce."""

    nonce: str
    reply: Reply

    @property
    def key(self) -> tuple[object, ...]:
        """Under what it is found."""
        mark = self.reply.mark
        return _place(mark.event_id, mark.occurrence, self.nonce)


def _place(event_id: EventId, occurrence: OccurrenceKey, nonce: str) -> Row:
    return (str(event_id), occurrence, nonce.encode("utf-8", "replace").hex())


@frozen
class SqliteAttendanceBook:
    """``AttendanceBook`` in one unit of work."""

    _transaction: Transaction

    async def find(
        self, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
    ) -> Attendance | None:
        return self._transaction.get(Attendance, event_id, occurrence, user_id)

    async def save(self, change: Change[Attendance]) -> None:
        mark = change.after
        if not change.happened or mark is None:
            return
        await self._transaction.hold("occurrence", mark.event_id, mark.occurrence)
        stored = await self.find(mark.event_id, mark.occurrence, mark.user_id)
        event = self._transaction.get(Event, mark.event_id)
        if stored != change.before or event is None:
            raise self._transaction.lose()
        self._transaction.put(mark, mark.event_id, mark.occurrence, mark.user_id)
        self._transaction.put_facts(change.facts)
        self._transaction.put_audit(of_attendance(change))

    async def page(
        self, event_id: EventId, occurrence: OccurrenceKey, limit: int, offset: int
    ) -> tuple[tuple[Attendance, ...], int]:
        marks = self._transaction.all(Attendance, event_id, occurrence)
        standing = sorted(
            (mark for mark in marks if mark.is_present),
            key=lambda mark: (mark.marked_at, mark.user_id),
        )
        return tuple(standing[offset:][:limit]), len(standing)

    async def came(self, event_id: EventId, occurrence: OccurrenceKey) -> Came:
        sides = {
            rsvp.user_id: rsvp.side
            for rsvp in self._transaction.all(Rsvp, event_id, occurrence)
        }
        marks = self._transaction.all(Attendance, event_id, occurrence)
        return Counter(sides.get(m.user_id) for m in marks if m.is_present)

    async def answered(
        self, event_id: EventId, occurrence: OccurrenceKey, nonce: str
    ) -> Reply | None:
        place = _place(event_id, occurrence, nonce)
        found = self._transaction.get(Answered, *place)
        return found.reply if found else None

    async def remember(self, nonce: str, reply: Reply) -> None:
        mark = reply.mark
        await self._transaction.hold("occurrence", mark.event_id, mark.occurrence)
        if await self.answered(mark.event_id, mark.occurrence, nonce):
            raise self._transaction.lose()
        answered = Answered(nonce, reply)
        self._transaction.put(answered, *answered.key)


@frozen
class SqliteNotices:
    """``Notices`` in one unit of work."""

    _transaction: Transaction

    async def note(self, change: Change[Event], kind: NoticeKind) -> int:
        event = change.after
        assert event is not None
        await self._transaction.hold("occurrence", event.id, event.occurrence)
        told = [
            rsvp
            for rsvp in self._transaction.all(Rsvp, event.id)
            if rsvp.answer is not Answer.NOT_GOING
        ]
        at = change.cause.at
        for rsvp in told:
            place = (event.id, rsvp.occurrence, rsvp.user_id)
            notice = Notice(*place, event.version, kind, at)
            self._transaction.put(notice, *place, event.version)
        return len(told)

    async def of_event(self, event_id: EventId) -> tuple[Notice, ...]:
        notices = self._transaction.all(Notice, event_id)
        return tuple(
            sorted(notices, key=lambda n: (n.event_version, n.occurrence, n.user_id))
        )
