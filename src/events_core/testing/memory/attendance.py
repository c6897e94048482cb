"""Who came, and what people are to hear, in memory."""

from collections import Counter

from attrs import frozen

from events_core.domain.answers import Answer
from events_core.domain.attendance import Attendance, Reply
from events_core.domain.audit import of_attendance
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.notices import Notice, NoticeKind
from events_core.domain.numbers import Came
from events_core.testing.memory.tables import Transaction


@frozen
class MemoryAttendanceBook:
    """``AttendanceBook`` in one transaction."""

    _transaction: Transaction

    async def find(
        self, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
    ) -> Attendance | None:
        """See ``AttendanceBook.find``."""
        await self._transaction.statement()
        return self._transaction.attendance.get((event_id, occurrence, user_id))

    async def page(
        self, event_id: EventId, occurrence: OccurrenceKey, limit: int, offset: int
    ) -> tuple[tuple[Attendance, ...], int]:
        """See ``AttendanceBook.page``."""
        await self._transaction.statement()
        standing = sorted(
            (
                mark
                for key, mark in self._transaction.attendance.items()
                if key[:2] == (event_id, occurrence) and mark.is_present
            ),
            key=lambda mark: (mark.marked_at, mark.user_id),
        )
        return tuple(standing[offset:][:limit]), len(standing)

    async def came(self, event_id: EventId, occurrence: OccurrenceKey) -> Came:
        """See ``AttendanceBook.came``."""
        await self._transaction.statement()
        return came_to(self._transaction, event_id, occurrence)

    async def save(self, change: Change[Attendance]) -> None:
        """See ``AttendanceBook.save``."""
        await self._transaction.statement()
        if not change.happened:
            return
        mark = change.after
        assert mark is not None
        key = (mark.event_id, mark.occurrence, mark.user_id)
        await self._transaction.hold("occurrence", mark.event_id, mark.occurrence)
        marked = self._transaction.attendance.get(key)
        if marked != change.before or mark.event_id not in self._transaction.events:
            raise self._transaction.lose()
        self._transaction.attendance[key] = mark
        self._transaction.write_facts(change.facts)
        self._transaction.write_audit(of_attendance(change))

    async def answered(
        self, event_id: EventId, occurrence: OccurrenceKey, nonce: str
    ) -> Reply | None:
        """See ``AttendanceBook.answered``."""
        await self._transaction.statement()
        return self._transaction.nonces.get((event_id, occurrence, nonce))

    async def remember(self, nonce: str, reply: Reply) -> None:
        """See ``AttendanceBook.remember``."""
        await self._transaction.statement()
        mark = reply.mark
        await self._transaction.hold("occurrence", mark.event_id, mark.occurrence)
        key = (mark.event_id, mark.occurrence, nonce)
        if key in self._transaction.nonces:
            raise self._transaction.lose()
        self._transaction.nonces[key] = reply


def came_to(tables: Transaction, event_id: EventId, occurrence: OccurrenceKey) -> Came:
    """Return how many marks stand of those on each side."""
    rsvps = tables.rsvps
    return Counter(
        rsvps[key].side if key in rsvps else None
        for key, mark in tables.attendance.items()
        if key[:2] == (event_id, occurrence) and mark.is_present
    )


@frozen
class MemoryNotices:
    """``Notices`` in one transaction."""

    _transaction: Transaction

    async def note(self, change: Change[Event], kind: NoticeKind) -> int:
        """See ``Notices.note``."""
        await self._transaction.statement()
        event = change.after
        assert event is not None
        await self._transaction.hold("occurrence", event.id, event.occurrence)
        told = [
            rsvp
            for rsvp in self._transaction.rsvps.values()
            if rsvp.event_id == event.id and rsvp.answer is not Answer.NOT_GOING
        ]
        for rsvp in told:
            notice = Notice(
                event.id,
                rsvp.occurrence,
                rsvp.user_id,
                event.version,
                kind,
                change.cause.at,
            )
            key = (event.id, rsvp.occurrence, rsvp.user_id, event.version)
            self._transaction.notices[key] = notice
        return len(told)

    async def of_event(self, event_id: EventId) -> tuple[Notice, ...]:
        """See ``Notices.of_event``."""
        await self._transaction.statement()
        notices = self._transaction.notices.values()
        return tuple(
            sorted(
                (notice for notice in notices if notice.event_id == event_id),
                key=lambda n: (n.event_version, n.occurrence, n.user_id),
            )
        )
