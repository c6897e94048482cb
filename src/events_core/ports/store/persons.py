"""What is kept about one person, for her to have or to have gone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from attrs import field, frozen

from events_core.domain.answers import Rsvp
from events_core.domain.attendance import Attendance
from events_core.domain.audit import AuditEntry
from events_core.domain.event import Event
from events_core.domain.history import Version
from events_core.domain.identity import EventId, OccurrenceKey, UserId
from events_core.domain.notices import Notice
from events_core.domain.roles import Grant
from events_core.domain.seats import Movement


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
