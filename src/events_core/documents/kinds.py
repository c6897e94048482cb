"""Documents that are no value of the domain by themselves."""

from attrs import frozen

from events_core.domain.identity import EventId, OccurrenceKey
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
