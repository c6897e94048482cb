"""What people who count on an event are to hear, as documents."""

from attrs import frozen

from events_core.documents.transaction import Transaction
from events_core.domain.answers import Answer, Rsvp
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId
from events_core.domain.notices import Notice, NoticeKind


@frozen
class DocumentNotices:
    """``Notices`` in one unit of work."""

    _transaction: Transaction

    async def note(self, change: Change[Event], kind: NoticeKind) -> int:
        """See ``Notices.note``."""
        await self._transaction.statement()
        event = change.after
        assert event is not None
        await self._transaction.hold("occurrence", event.id, event.occurrence)
        told = [
            rsvp
            for rsvp in await self._transaction.all(Rsvp, event.id)
            if rsvp.answer is not Answer.NOT_GOING
        ]
        for rsvp in told:
            whose = (event.id, rsvp.occurrence, rsvp.user_id)
            notice = Notice(*whose, event.version, kind, change.cause.at)
            self._transaction.put(notice, *whose, event.version)
        return len(told)

    async def of_event(self, event_id: EventId) -> tuple[Notice, ...]:
        """See ``Notices.of_event``."""
        await self._transaction.statement()
        return tuple(
            sorted(
                await self._transaction.all(Notice, event_id),
                key=lambda n: (n.event_version, n.occurrence, n.user_id),
            )
        )
