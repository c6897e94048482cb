"""Who may do what on an event, as documents."""

from attrs import evolve, frozen

from events_core.documents.transaction import Transaction
from events_core.domain.audit import of_sharing
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId
from events_core.domain.roles import Sharing


@frozen
class DocumentRoles:
    """``Roles`` in one unit of work."""

    _transaction: Transaction

    async def claim(self, event_id: EventId) -> Sharing | None:
        """See ``Roles.claim``."""
        await self._transaction.statement()
        if await self._transaction.get(Event, event_id) is None:
            return None
        await self._transaction.hold("event", event_id)
        event = await self._transaction.get(Event, event_id)
        return None if event is None else Sharing(event_id, event.grants)

    async def save(self, change: Change[Sharing]) -> None:
        """See ``Roles.save``."""
        await self._transaction.statement()
        sharing = change.after
        if sharing is None or sharing == change.before:
            return
        if not self._transaction.holds("event", sharing.event_id):
            raise RuntimeError("roles are claimed before they are saved")
        event = await self._transaction.get(Event, sharing.event_id)
        assert event is not None
        self._transaction.put(evolve(event, grants=sharing.grants), event.id)
        self._transaction.put_audit(of_sharing(change))
