"""Who came, as documents."""

from collections import Counter

from attrs import frozen

from events_core.documents.transaction import Transaction
from events_core.domain.answers import Rsvp
from events_core.domain.attendance import Attendance, Reply
from events_core.domain.audit import of_attendance
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.numbers import Came


@frozen
class DocumentAttendanceBook:
    """``AttendanceBook`` in one unit of work."""

    _transaction: Transaction

    async def find(
        self, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
    ) -> Attendance | None:
        """See ``AttendanceBook.find``."""
        await self._transaction.statement()
        return await self._transaction.get(Attendance, event_id, occurrence, user_id)

    async def page(
        self, event_id: EventId, occurrence: OccurrenceKey, limit: int, offset: int
    ) -> tuple[tuple[Attendance, ...], int]:
        """See ``AttendanceBook.page``."""
        await self._transaction.statement()
        marks = await self._transaction.all(Attendance, event_id, occurrence)
        standing = sorted(
            (mark for mark in marks if mark.is_present),
            key=lambda mark: (mark.marked_at, mark.user_id),
        )
        return tuple(standing[offset:][:limit]), len(standing)

    async def came(self, event_id: EventId, occurrence: OccurrenceKey) -> Came:
        """See ``AttendanceBook.came``."""
        await self._transaction.statement()
        return await came_to(self._transaction, event_id, occurrence)

    async def save(self, change: Change[Attendance]) -> None:
        """See ``AttendanceBook.save``."""
        await self._transaction.statement()
        if not change.happened:
            return
        mark = change.after
        assert mark is not None
        place = (mark.event_id, mark.occurrence, mark.user_id)
        await self._transaction.hold("occurrence", mark.event_id, mark.occurrence)
        stored = await self._transaction.get(Attendance, *place)
        event = await self._transaction.get(Event, mark.event_id)
        if stored != change.before or event is None:
            raise self._transaction.lose()
        self._transaction.put(mark, *place)
        self._transaction.put_facts(change.facts)
        self._transaction.put_audit(of_attendance(change))

    async def answered(
        self, event_id: EventId, occurrence: OccurrenceKey, nonce: str
    ) -> Reply | None:
        """See ``AttendanceBook.answered``."""
        await self._transaction.statement()
        return await self._transaction.get(Reply, event_id, occurrence, _hex(nonce))

    async def remember(self, nonce: str, reply: Reply) -> None:
        """See ``AttendanceBook.remember``."""
        await self._transaction.statement()
        occurrence = (reply.mark.event_id, reply.mark.occurrence)
        await self._transaction.hold("occurrence", *occurrence)
        if await self._transaction.get(Reply, *occurrence, _hex(nonce)) is not None:
            raise self._transaction.lose()
        self._transaction.put(reply, *occurrence, _hex(nonce))


async def came_to(
    transaction: Transaction, event_id: EventId, occurrence: OccurrenceKey
) -> Came:
    """Return how many marks stand of those on each side."""
    rsvps = await transaction.all(Rsvp, event_id, occurrence)
    marks = await transaction.all(Attendance, event_id, occurrence)
    sides = {rsvp.user_id: rsvp.side for rsvp in rsvps}
    return Counter(sides.get(mark.user_id) for mark in marks if mark.is_present)


def _hex(nonce: str) -> str:
    return nonce.encode("utf-8", "surrogatepass").hex()
