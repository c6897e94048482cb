"""Events, their history and their facts."""

from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate, count

from attrs import astuple, evolve, frozen

from events_core import (
    Counted,
    EventId,
    Listing,
    OccurrenceKey,
    Scope,
    TimeWindow,
)
from events_core.domain.answers import Rsvp
from events_core.domain.audit import of_event, of_sharing
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.history import Version
from events_core.domain.listing import listing_of
from events_core.domain.predicate import Predicate, holds
from events_core.domain.roles import Bearer, Sharing
from events_core.domain.seats import Movement
from events_core.errors import AlreadyExists
from events_core.ports.store import (
    Entries,
    Entry,
    Page,
    PagePosition,
    PageQuery,
    Places,
)
from events_core.wire import version_of

from .answers import position_in, tally_of
from .attendance import SqliteAttendanceBook
from .transaction import Transaction


@frozen
class SqliteEvents:
    """``Events`` in one unit of work."""

    _transaction: Transaction

    async def scope_of(self, event_id: EventId) -> Scope | None:
        event = self._transaction.get(Event, event_id)
        return event.scope if event else None

    async def places(self, where: Predicate, window: TimeWindow) -> Places:
        events = self._transaction.all(Event)
        scopes = (
            event.scope
            for event in events
            if event.scope.has_members and holds(where, event) and _is_in(window, event)
        )
        return Places(frozenset(scopes), _groups(events))

    async def groups(self, event_id: EventId) -> frozenset[Scope]:
        return _groups(self._transaction.all(Event, event_id))

    async def get(self, event_id: EventId, where: Predicate) -> Event | None:
        event = self._transaction.get(Event, event_id)
        return event if event and holds(where, event) else None

    async def look(
        self, event_id: EventId, where: Predicate, reader: Bearer
    ) -> Listing | None:
        event = await self.get(event_id, where)
        return self._listing(event, reader) if event else None

    async def page(self, query: PageQuery) -> Page:
        found = [
            event
            for event in self._matching(query.where, query.window)
            if self._is_answered(event, query)
        ]
        after = query.after
        rest = [e for e in found if after is None or _position(e) > astuple(after)]
        shown = rest[query.offset :][: query.limit]
        is_last = len(rest) <= query.offset + len(shown)
        return Page(
            items=tuple(self._listing(event, query.reader) for event in shown),
            total=len(found) if query.count else None,
            next=None if is_last else PagePosition(*_position(shown[-1])),
        )

    async def counted(
        self, where: Predicate, window: TimeWindow, *, limit: int
    ) -> tuple[Counted, ...]:
        found = self._matching(where, window)[:limit]
        return tuple([await self._counted(event) for event in found])

    def _matching(self, where: Predicate, window: TimeWindow) -> list[Event]:
        found = (
            event
            for event in self._transaction.all(Event)
            if event.deleted_at is None
            and holds(where, event)
            and _is_in(window, event)
        )
        return sorted(found, key=_position)

    async def _counted(self, event: Event) -> Counted:
        book = SqliteAttendanceBook(self._transaction)
        return Counted(
            event_id=event.id,
            occurrence=event.occurrence,
            title=event.details.title,
            event_type=event.details.event_type,
            starts_at=event.schedule.starts_at,
            lasts_until=event.schedule.lasts_until,
            capacity=event.signup.capacity,
            tally=tally_of(self._transaction.all(Rsvp, event.id, event.occurrence)),
            came=await book.came(event.id, event.occurrence),
        )

    async def save(self, change: Change[Event]) -> None:
        event = change.after
        if not change.happened or event is None:
            return
        if event.tenant_id != self._transaction.tenant_id:
            raise ValueError("the event is another tenant's")
        await self._transaction.hold("event", event.id)
        stored = self._transaction.get(Event, event.id)
        if stored != change.before:
            if change.before is None:
                raise AlreadyExists(event.id)
            raise self._transaction.lose()
        self._transaction.put(event, event.id)
        self._transaction.put(version_of(change), event.id, event.version)
        self._transaction.put_facts(change.facts)
        self._transaction.put_audit(of_event(change))

    def _listing(self, event: Event, reader: Bearer) -> Listing:
        rsvps = self._transaction.all(Rsvp, event.id, event.occurrence)
        mine = next((r for r in rsvps if r.user_id == reader.user_id), None)
        return listing_of(
            event,
            reader=reader,
            tally=tally_of(rsvps),
            rsvp=mine,
            position=position_in(rsvps, mine) if mine and mine.waits else None,
        )

    def _is_answered(self, event: Event, query: PageQuery) -> bool:
        if query.my_answers is None:
            return True
        whose = query.reader.user_id
        rsvp = self._transaction.get(Rsvp, event.id, event.occurrence, whose)
        return (rsvp.shown if rsvp else None) in query.my_answers


def _groups(events: Iterable[Event]) -> frozenset[Scope]:
    holders = (grant.holder for event in events for grant in event.grants)
    return frozenset(holder for holder in holders if isinstance(holder, Scope))


def _position(event: Event) -> tuple[datetime, EventId, OccurrenceKey]:
    return event.schedule.starts_at, event.id, event.occurrence


def _is_in(window: TimeWindow, event: Event) -> bool:
    schedule = event.schedule
    return window.overlaps(
        starts_at=schedule.starts_at, lasts_until=schedule.lasts_until
    )


@frozen
class SqliteRoles:
    """``Roles`` in one unit of work."""

    _transaction: Transaction

    async def claim(self, event_id: EventId) -> Sharing | None:
        if self._transaction.get(Event, event_id) is None:
            return None
        await self._transaction.hold("event", event_id)
        event = self._transaction.get(Event, event_id)
        return Sharing(event_id, event.grants) if event else None

    async def save(self, change: Change[Sharing]) -> None:
        sharing = change.after
        if sharing is None or sharing == change.before:
            return
        if not self._transaction.holds("event", sharing.event_id):
            raise RuntimeError("roles are claimed before they are saved")
        event = self._transaction.get(Event, sharing.event_id)
        assert event is not None
        self._transaction.put(evolve(event, grants=sharing.grants), event.id)
        self._transaction.put_audit(of_sharing(change))


@frozen
class SqliteRecord:
    """``Record`` in one unit of work."""

    _transaction: Transaction

    async def versions(
        self, event_id: EventId, first: int = 1, last: int | None = None
    ) -> tuple[Version, ...]:
        return tuple(
            version
            for version in self._transaction.all(Version, event_id)
            if first <= version.number and (last is None or version.number <= last)
        )

    async def facts(self, event_id: EventId) -> tuple[str, ...]:
        return tuple(self._transaction.find("Fact", event_id).values())

    async def movements(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        *,
        limit: int,
        offset: int = 0,
    ) -> Entries:
        moved = self._transaction.all(Movement, event_id, occurrence)
        taken = accumulate(movement.seats for movement in moved)
        entries = tuple(map(Entry, count(1), moved, taken))
        return Entries(entries[offset : offset + limit], len(moved))
