"""What kinds of documents there are."""

from attrs import frozen

from events_core.domain.answers import Rsvp, Tally
from events_core.domain.attendance import Attendance, Reply
from events_core.domain.audit import AuditEntry
from events_core.domain.chain import Head, Sealed
from events_core.domain.event import Event
from events_core.domain.history import Version
from events_core.domain.identity import EventId, OccurrenceKey
from events_core.domain.notices import Notice
from events_core.domain.seats import Movement


@frozen
class StoredFact:
    """A fact as it will be sent."""

    text: str


@frozen
class LedgerLine:
    """A line of the ledger of an occurrence's seats."""

    event_id: EventId
    occurrence: OccurrenceKey
    movement: Movement


@frozen
class ChainedEntry:
    """A place in the chain of the audit trail.

    ``entry`` is the key of the sealed entry; what is erased is erased there, and the
    chain stays.
    """

    position: int
    hash: bytes
    entry: str


#: Of an event; their keys begin with its id.
OF_EVENTS = (Event, Version, Rsvp, Tally, LedgerLine, Attendance, Reply, Notice)

#: Every kind of documents. The facts of an event have its id in their keys as well,
#: but outlive it; audit entries that are not sealed are those that still count.
KINDS = (*OF_EVENTS, StoredFact, AuditEntry, Sealed, ChainedEntry, Head)
