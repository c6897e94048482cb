"""The events, and the list of their occurrences."""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from events_core.domain.answers import Answer
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.identity import EventId, OccurrenceKey, Scope
from events_core.domain.listing import Listing
from events_core.domain.numbers import Counted
from events_core.domain.predicate import Predicate
from events_core.domain.roles import Bearer
from events_core.domain.schedule import TimeWindow


@frozen
class PagePosition:
    """A place in the order of a list: right after this occurrence."""

    starts_at: datetime
    event_id: EventId
    occurrence: OccurrenceKey


@frozen(kw_only=True)
class PageQuery:
    """Which occurrences, and which part of their list.

    ``reader`` is whose answers and roles the listings have. ``my_answers`` keeps
    those she answered so, as she is shown it (``Rsvp.shown``); None among them stands
    for no answer. ``after`` and ``offset`` are not both given. Without ``count`` no
    total is worked out.
    """

    where: Predicate
    reader: Bearer
    window: TimeWindow = TimeWindow()
    my_answers: frozenset[Answer | None] | None = None
    limit: int = 100
    offset: int = 0
    after: PagePosition | None = None
    count: bool = True


@frozen
class Page:
    """One part of a list.

    ``total`` is the number of occurrences in the whole list, None where it was not
    asked for. ``next`` is where the following page begins, None on the last one.
    """

    items: tuple[Listing, ...]
    total: int | None
    next: PagePosition | None


@frozen
class Places:
    """The communities and teams that matter to a question about many events.

    ``with_events`` have events that match, ``with_roles`` hold a role on any event.
    """

    with_events: frozenset[Scope]
    with_roles: frozenset[Scope]


class Events(Protocol):
    """The events of one tenant."""

    async def scope_of(self, event_id: EventId) -> Scope | None:
        """Return the scope of an event, whoever may see it; None for no such event.

        A scope never changes, so the answer cannot go stale.
        """
        ...

    async def places(self, where: Predicate, window: TimeWindow) -> Places:
        """Return the communities and teams of what matches, and those with roles.

        A superset is fine: scopes of events that do not match, or no longer do, and
        groups whose roles have ended.
        """
        ...

    async def groups(self, event_id: EventId) -> frozenset[Scope]:
        """Return the communities and teams that hold a role on an event.

        Whoever may see it; none for no such event. Roles that have ended may count.
        """
        ...

    async def get(self, event_id: EventId, where: Predicate) -> Event | None:
        """Return the event if the predicate holds for it, to decide on; else None.

        Costs the same for an event that is missing and one that does not match.
        """
        ...

    async def look(
        self, event_id: EventId, where: Predicate, reader: Bearer
    ) -> Listing | None:
        """Return the event as the reader sees it, to show; None as in ``get``."""
        ...

    async def page(self, query: PageQuery) -> Page:
        """Return one part of the list of occurrences that match, deleted ones out.

        Ordered by start, then event id, then occurrence. ``total`` is exact and
        counts what the pages together hold. Not promised: that walking page by
        page sees one state while others change events.
        """
        ...

    async def counted(
        self, where: Predicate, window: TimeWindow, *, limit: int
    ) -> tuple[Counted, ...]:
        """Return what is counted of the occurrences that match, deleted ones out.

        In the order of ``page``, the first ``limit`` of them. What was answered is
        read from kept counts; who came is counted, at the cost of the marks there.
        """
        ...

    async def save(self, change: Change[Event]) -> None:
        """Store the new state, its version for the history, and its facts, together.

        And what the audit trail says of it (``audit.of_event``). A change without
        facts stores nothing.

        Raises:
            AlreadyExists: the event is new and its id is taken.
            ConcurrentChange: the stored version is not that of ``change.before``.
                The unit of work is of no further use.
        """
        ...
