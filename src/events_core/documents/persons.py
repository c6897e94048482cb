"""What is kept about one person, as documents."""

from copy import deepcopy
from datetime import datetime

from attrs import frozen

from events_core.documents.erasure import Erasure, names
from events_core.documents.events import own_copy
from events_core.documents.kinds import LedgerLine, StoredFact
from events_core.documents.transaction import Transaction
from events_core.domain.answers import Rsvp
from events_core.domain.attendance import Attendance
from events_core.domain.chain import Sealed
from events_core.domain.event import Event
from events_core.domain.history import Version
from events_core.domain.identity import UserId
from events_core.domain.notices import Notice
from events_core.ports.store import Erased, PersonalData


@frozen
class DocumentPersons:
    """``Persons`` in one unit of work."""

    _transaction: Transaction

    async def export(self, user_id: UserId) -> PersonalData:
        """See ``Persons.export``."""
        await self._transaction.statement()
        read = self._transaction.all
        events = [own_copy(event) for event in await read(Event)]
        rsvps, marks = await read(Rsvp), await read(Attendance)
        return PersonalData(
            events_created=tuple(e for e in events if e.created_by == user_id),
            events_with_role=tuple(e for e in events if e.grant_of(user_id)),
            rsvps=tuple(r for r in rsvps if r.user_id == user_id),
            attendance=tuple(m for m in marks if m.user_id == user_id),
            marked=tuple(m for m in marks if m.marked_by == user_id),
            versions=tuple(
                deepcopy(version)
                for version in await read(Version)
                if version.cause.by == user_id
            ),
            facts=tuple(
                fact.text for fact in await read(StoredFact) if names(fact, user_id)
            ),
            notices=tuple(n for n in await read(Notice) if n.user_id == user_id),
            audit=tuple(
                sealed.entry
                for sealed in await read(Sealed)
                if sealed.entry.names_person(user_id)
            ),
            answered_for=tuple(r for r in rsvps if r.given_by == user_id != r.user_id),
            roles_given=tuple(
                (event.id, grant)
                for event in events
                for grant in event.grants
                if grant.granted_by == user_id
            ),
            movements=tuple(
                (line.event_id, line.occurrence, line.movement)
                for line in await read(LedgerLine)
                if user_id in {line.movement.user_id, line.movement.by}
            ),
        )

    async def erase(self, user_id: UserId, *, at: datetime) -> Erased:
        """See ``Persons.erase``."""
        await self._transaction.statement()
        erasure = Erasure(self._transaction, user_id, at)
        await erasure.hold()
        return await erasure.carry_out()
