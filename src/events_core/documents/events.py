"""Events, as documents."""

import json
from datetime import datetime

from attrs import evolve, frozen

from events_core.documents.attendance import came_to
from events_core.documents.rosters import position
from events_core.documents.transaction import Transaction
from events_core.domain.answers import Answer, Rsvp, Tally
from events_core.domain.audit import of_event
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.history import Version
from events_core.domain.identity import EventId, OccurrenceKey, Scope
from events_core.domain.listing import Listing, listing_of
from events_core.domain.numbers import Counted
from events_core.domain.predicate import Predicate, holds
from events_core.domain.roles import Bearer
from events_core.domain.schedule import TimeWindow
from events_core.errors import AlreadyExists
from events_core.ports.store import (
    Page,
    PagePosition,
    PageQuery,
    Places,
)
from events_core.wire import version_of


def own_copy(event: Event) -> Event:
    """Return the event with nothing in it that anybody else could change."""
    details = event.details
    if details.metadata is None:
        return event
    metadata = json.loads(json.dumps(details.metadata))
    return evolve(event, details=evolve(details, metadata=metadata))


@frozen
class DocumentEvents:
    """``Events`` in one unit of work."""

    _transaction: Transaction

    async def scope_of(self, event_id: EventId) -> Scope | None:
        """See ``Events.scope_of``."""
        await self._transaction.statement()
        event = await self._transaction.get(Event, event_id)
        return None if event is None else event.scope

    async def places(self, where: Predicate, window: TimeWindow) -> Places:
        """See ``Events.places``."""
        await self._transaction.statement()
        events = await self._transaction.all(Event)
        return Places(
            frozenset(
                event.scope
                for event in events
                if event.scope.has_members
                and holds(where, event)
                and _is_in(window, event)
            ),
            frozenset().union(*map(_groups, events)),
        )

    async def groups(self, event_id: EventId) -> frozenset[Scope]:
        """See ``Events.groups``."""
        await self._transaction.statement()
        event = await self._transaction.get(Event, event_id)
        return frozenset() if event is None else _groups(event)

    async def get(self, event_id: EventId, where: Predicate) -> Event | None:
        """See ``Events.get``."""
        await self._transaction.statement()
        event = await self._transaction.get(Event, event_id)
        return own_copy(event) if event and holds(where, event) else None

    async def look(
        self, event_id: EventId, where: Predicate, reader: Bearer
    ) -> Listing | None:
        """See ``Events.look``."""
        event = await self.get(event_id, where)
        return None if event is None else await self._listing(event, reader)

    async def page(self, query: PageQuery) -> Page:
        """See ``Events.page``."""
        await self._transaction.statement()
        found = [
            event
            for event in await self._matching(query.where, query.window)
            if await self._is_answered(event, query)
        ]
        rest = [
            e for e in found if query.after is None or _place(e) > _key(query.after)
        ]
        rest = rest[query.offset :]
        shown = rest[: query.limit]
        return Page(
            items=tuple(
                [await self._listing(own_copy(e), query.reader) for e in shown]
            ),
            total=len(found) if query.count else None,
            next=PagePosition(*_place(shown[-1])) if len(rest) > len(shown) else None,
        )

    async def counted(
        self, where: Predicate, window: TimeWindow, *, limit: int
    ) -> tuple[Counted, ...]:
        """See ``Events.counted``."""
        await self._transaction.statement()
        found = (await self._matching(where, window))[:limit]
        return tuple([await self._counted(event) for event in found])

    async def save(self, change: Change[Event]) -> None:
        """See ``Events.save``."""
        await self._transaction.statement()
        if not change.happened:
            return
        version = version_of(change)
        after = change.after
        assert after is not None
        if after.tenant_id != self._transaction.tenant_id:
            raise ValueError("the event is another tenant's")
        await self._transaction.hold("event", after.id)
        stored = await self._transaction.get(Event, after.id)
        if change.before is None:
            if stored is not None:
                raise AlreadyExists(after.id)
        elif stored is None or stored.version != change.before.version:
            raise self._transaction.lose()
        else:
            after = _without_the_erased(after, change.before, stored)
        self._transaction.put(own_copy(after), after.id)
        self._transaction.put(_as_kept(version), after.id, version.number)
        self._transaction.put_facts(change.facts)
        self._transaction.put_audit(of_event(change))

    async def _listing(self, event: Event, reader: Bearer) -> Listing:
        occurrence = (event.id, event.occurrence)
        rsvp = await self._transaction.get(Rsvp, *occurrence, reader.user_id)
        waiting = rsvp if rsvp is not None and rsvp.waits else None
        return listing_of(
            event,
            reader=reader,
            tally=await self._transaction.get(Tally, *occurrence) or Tally(),
            rsvp=rsvp,
            position=await position(self._transaction, waiting) if waiting else None,
        )

    async def _matching(self, where: Predicate, window: TimeWindow) -> list[Event]:
        """Return what matches, deleted ones out, in the order of a list."""
        events = await self._transaction.all(Event)
        return sorted(
            (
                event
                for event in events
                if event.deleted_at is None
                and holds(where, event)
                and _is_in(window, event)
            ),
            key=_place,
        )

    async def _counted(self, event: Event) -> Counted:
        occurrence = (event.id, event.occurrence)
        return Counted(
            event_id=event.id,
            occurrence=event.occurrence,
            title=event.details.title,
            event_type=event.details.event_type,
            starts_at=event.schedule.starts_at,
            lasts_until=event.schedule.lasts_until,
            capacity=event.signup.capacity,
            tally=await self._transaction.get(Tally, *occurrence) or Tally(),
            came=await came_to(self._transaction, *occurrence),
        )

    async def _is_answered(self, event: Event, query: PageQuery) -> bool:
        if query.my_answers is None:
            return True
        whose = (event.id, event.occurrence, query.reader.user_id)
        rsvp = await self._transaction.get(Rsvp, *whose)
        answer: Answer | None = rsvp.shown if rsvp else None
        return answer in query.my_answers


def _as_kept(version: Version) -> Version:
    """Return the version without what the audit trail alone keeps of its cause."""
    cause = evolve(version.cause, request_id="", as_admin=False)
    return evolve(version, cause=cause)


def _groups(event: Event) -> frozenset[Scope]:
    holders = (grant.holder for grant in event.grants)
    return frozenset(holder for holder in holders if isinstance(holder, Scope))


def _place(event: Event) -> tuple[datetime, EventId, OccurrenceKey]:
    return event.schedule.starts_at, event.id, event.occurrence


def _key(position: PagePosition) -> tuple[datetime, EventId, OccurrenceKey]:
    return position.starts_at, position.event_id, position.occurrence


def _is_in(window: TimeWindow, event: Event) -> bool:
    schedule = event.schedule
    return window.overlaps(
        starts_at=schedule.starts_at, lasts_until=schedule.lasts_until
    )


def _without_the_erased(after: Event, before: Event, stored: Event) -> Event:
    """Return the new state without the names of who was erased since ``before``.

    Erasing makes no new version, so a change that was decided before it still
    stands; but nobody comes back with it.
    """
    grants = stored.grants if after.grants == before.grants else after.grants
    return evolve(after, created_by=stored.created_by, grants=grants)
