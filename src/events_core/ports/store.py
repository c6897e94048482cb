"""Where events live: the unit of work and what can be done in one.

A unit of work is bound to one tenant when it is opened; nothing in it can touch, see
or count another tenant's. What it changes is there for others after ``commit`` and
not before; leaving without a commit undoes it all.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from attrs import field, frozen

from events_core.domain.answers import Answer, Rsvp, Side
from events_core.domain.attendance import Attendance, Reply
from events_core.domain.audit import AuditEntry
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.history import Version
from events_core.domain.identity import (
    EventId,
    OccurrenceKey,
    Scope,
    TenantId,
    UserId,
)
from events_core.domain.listing import Listing
from events_core.domain.notices import Notice, NoticeKind
from events_core.domain.numbers import Came, Counted
from events_core.domain.predicate import Predicate
from events_core.domain.roles import Bearer, Grant, Sharing
from events_core.domain.roster import Roster
from events_core.domain.schedule import TimeWindow
from events_core.domain.seats import Movement
from events_core.ports.audit import AuditTrail


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


class Roles(Protocol):
    """Who may do what on an event."""

    async def claim(self, event_id: EventId) -> Sharing | None:
        """Return who holds which role, and hold that and the event until the end.

        Nobody else changes either before this unit of work ends; they wait. None
        where there is no such event.
        """
        ...

    async def save(self, change: Change[Sharing]) -> None:
        """Store who holds which role now, and that in the audit trail (``of_sharing``).

        Makes no version, and nobody is told.

        Raises:
            RuntimeError: the roles were not claimed.
        """
        ...


class Rosters(Protocol):
    """Who answered what."""

    async def claim(
        self, event_id: EventId, occurrence: OccurrenceKey, *people: UserId
    ) -> Roster | None:
        """Return the roster for some people's answers, and hold it until the end.

        Nobody else gets the roster of that occurrence before this unit of work
        ends; they wait. None where there is no such occurrence. Brings the counts,
        these people's answers, however many others there are, and the version that
        the event is at once the claim is granted: whoever read it before reads it
        again if it was another.

        Raises:
            ConcurrentChange: who holds it waits for what this unit of work holds.
                Of those who would wait for each other for ever, some get this and
                some go on. The unit of work is of no further use.
        """
        ...

    async def first_waiting(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        *,
        limit: int,
        largest: int | None = None,
    ) -> tuple[Rsvp, ...]:
        """Return who is first in line, in order; parties of ``largest`` at most."""
        ...

    async def last_confirmed(
        self, event_id: EventId, occurrence: OccurrenceKey, *, limit: int
    ) -> tuple[Rsvp, ...]:
        """Return who got a seat last, the latest first."""
        ...

    async def page(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        sides: frozenset[Side],
        *,
        limit: int,
        offset: int = 0,
    ) -> tuple[Rsvp, ...]:
        """Return part of the answers on some sides, in the order of ``Side``.

        On each side by turn (who got a seat first, who is first in line), then by
        when they were first given, then by person. Claims nothing.
        """
        ...

    async def position(self, rsvp: Rsvp) -> int:
        """Return the place in the line, from 1, of somebody who waits."""
        ...

    async def save(self, change: Change[Roster]) -> None:
        """Store the claimed roster's new state, its movements and facts, together.

        And what the audit trail says of it (``audit.of_roster``). Counts, answers and
        ledger never part: there is no moment at which they differ, and how many seats
        are taken is the sum of the ledger.
        """
        ...


class AttendanceBook(Protocol):
    """Who came."""

    async def find(
        self, event_id: EventId, occurrence: OccurrenceKey, user_id: UserId
    ) -> Attendance | None:
        """Return the mark of one person at one occurrence, or None.

        Also one that was taken back.
        """
        ...

    async def page(
        self, event_id: EventId, occurrence: OccurrenceKey, limit: int, offset: int
    ) -> tuple[tuple[Attendance, ...], int]:
        """Return part of the marks that stand, by time then person, and how many."""
        ...

    async def came(self, event_id: EventId, occurrence: OccurrenceKey) -> Came:
        """Return how many marks stand of those on each side; 0 left out."""
        ...

    async def save(self, change: Change[Attendance]) -> None:
        """Store the mark and its facts, and the trail's entry of it, together.

        Raises:
            ConcurrentChange: the stored mark is not ``change.before``: somebody else
                marked the person meanwhile. The unit of work is of no further use.
        """
        ...

    async def answered(
        self, event_id: EventId, occurrence: OccurrenceKey, nonce: str
    ) -> Reply | None:
        """Return what was answered to a nonce, or None."""
        ...

    async def remember(self, nonce: str, reply: Reply) -> None:
        """Remember what is answered to a nonce at the mark's occurrence.

        Raises:
            ConcurrentChange: the nonce was used there already. The unit of work is of
                no further use.
        """
        ...


class Notices(Protocol):
    """What people who count on an event are to hear."""

    async def note(self, change: Change[Event], kind: NoticeKind) -> int:
        """Write a notice for each who is interested, going or waits; return how many.

        Whoever answers at the same time is before it, and gets one, or after it.

        Raises:
            ConcurrentChange: others hold what this waits for, and wait for this. The
                unit of work is of no further use.
        """
        ...

    async def of_event(self, event_id: EventId) -> tuple[Notice, ...]:
        """Return the notices of an event, by version, occurrence and person."""
        ...


@frozen
class Entry:
    """A line of the ledger, and how many seats were taken after it."""

    number: int
    movement: Movement
    taken: int


@frozen
class Entries:
    """A part of a ledger, and how many lines there are in all."""

    items: tuple[Entry, ...]
    total: int


class Record(Protocol):
    """What was written down with the changes; it only ever grows."""

    async def versions(
        self, event_id: EventId, first: int = 1, last: int | None = None
    ) -> tuple[Version, ...]:
        """Return the versions of an event from ``first`` to ``last``, oldest first.

        Both are included; None is the latest. Costs what these versions cost,
        however many others there are.
        """
        ...

    async def facts(self, event_id: EventId) -> tuple[str, ...]:
        """Return the facts of an event in their published form, oldest first.

        JSON texts as they will be sent, without the position. ``Rosters`` and
        ``AttendanceBook`` write here too.
        """
        ...

    async def movements(
        self,
        event_id: EventId,
        occurrence: OccurrenceKey,
        *,
        limit: int,
        offset: int = 0,
    ) -> Entries:
        """Return the movements of an occurrence's seats, oldest first."""
        ...


@frozen
class Erased:
    """What erasing a person touched.

    ``counts`` says how much of each thing, by name; ``given_up`` at which occurrences
    she had a seat or waited for one.
    """

    counts: Mapping[str, int]
    given_up: tuple[tuple[EventId, OccurrenceKey], ...] = ()


@frozen
class PersonalData:
    """All that is kept about one person in one tenant.

    ``attendance`` has the marks of her, ``marked`` those she made of others;
    ``answered_for`` the answers she gave for others, ``roles_given`` the roles she gave
    and on which event, ``movements`` the lines of ledgers that name her, and of which
    occurrence. ``facts`` are the published forms of the facts that name her, ``audit``
    the entries of what she did, or what was done to her.
    ``further`` is what else the store keeps of her, by name, in JSON's types.
    """

    events_created: tuple[Event, ...]
    events_with_role: tuple[Event, ...]
    rsvps: tuple[Rsvp, ...]
    attendance: tuple[Attendance, ...]
    marked: tuple[Attendance, ...]
    versions: tuple[Version, ...]
    facts: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    answered_for: tuple[Rsvp, ...] = ()
    roles_given: tuple[tuple[EventId, Grant], ...] = ()
    movements: tuple[tuple[EventId, OccurrenceKey, Movement], ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    further: Mapping[str, tuple[Mapping[str, Any], ...]] = field(factory=dict)


class Persons(Protocol):
    """What is kept about one person, for her to have or to have gone."""

    async def export(self, user_id: UserId) -> PersonalData:
        """Return all that is kept about a person."""
        ...

    async def erase(self, user_id: UserId, *, at: datetime) -> Erased:
        """Erase a person and return how much of each thing was touched.

        Her answers go and the counts with them, her seats are released in the ledger
        (``at`` is when); marks of her go, marks by her stay
        without her name; her roles go, and events stay without her name. An event
        that nobody else can see goes with her: a private one on which nobody else
        holds a role, a draft on which nobody else holds an editing one; a role that
        has ended is none. Her name is struck from the history, the ledgers and stored
        facts, also those of events that go, and with it the reasons she gave, and those
        given for moving her seats; so is everything else the store keeps of her. What
        an event says, and what she wrote in an answer of somebody else's, is theirs.
        Of the audit trail her names and requests go (``audit_redacted`` values); what
        is counted there of her and not closed yet is to be closed before.

        Idempotent: again touches nothing and returns zeros. Nobody is told by facts.

        Raises:
            ConcurrentChange: others who change the same things won. The unit of work
                is of no further use.
        """
        ...


class UnitOfWork(Protocol):
    """One transaction in one tenant. It sees its own changes."""

    @property
    def events(self) -> Events:
        """The events."""
        ...

    @property
    def roles(self) -> Roles:
        """The roles."""
        ...

    @property
    def rosters(self) -> Rosters:
        """The answers."""
        ...

    @property
    def attendance(self) -> AttendanceBook:
        """The marks."""
        ...

    @property
    def notices(self) -> Notices:
        """What people are to hear."""
        ...

    @property
    def record(self) -> Record:
        """History and facts."""
        ...

    @property
    def persons(self) -> Persons:
        """Export and erasure."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """Who did what."""
        ...

    async def commit(self) -> None:
        """Make every change of this unit of work last, all or none.

        Once it returns, no crash can undo them. A second call does nothing.

        Raises:
            ConcurrentChange: another unit of work won; nothing has lasted.
            StoreUnavailable: whether it lasted is not known.
        """
        ...


class Store(Protocol):
    """Where events live."""

    def unit_of_work(
        self, tenant_id: TenantId
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work in a tenant; leaving it without a commit undoes it.

        Any number may be open side by side; READ COMMITTED is promised between
        them and no more: a second read may see what others committed meanwhile.
        Any method may raise StoreUnavailable, and everything is undone then.
        """
        ...
