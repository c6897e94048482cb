"""The ledger of seats: every seat that was taken or given up, and why.

Seats are never counted anew: how many are taken is the sum of the ledger.
"""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from events_core.domain.identity import UserId


class Moved(StrEnum):
    """How seats changed hands.

    ``FORCED`` is what an organiser forced: in beyond the capacity, or out of it when
    she lowered it.
    """

    TAKEN = "taken"
    RELEASED = "released"
    PROMOTED = "promoted"
    FORCED = "forced"


class Why(StrEnum):
    """What made seats change hands."""

    ANSWERED = "answered"
    PARTY_CHANGED = "party_changed"
    WITHDRAWN = "withdrawn"
    SEAT_FREED = "seat_freed"
    CHOSEN = "chosen"
    CAPACITY_LOWERED = "capacity_lowered"
    ERASED = "erased"


@frozen(kw_only=True)
class Movement:
    """One line of the ledger: ``seats`` more are taken, or fewer.

    ``user_id`` is whose answer it is about, ``by`` who did it: None where nobody but
    the rule did, and once that person has been erased.
    """

    moved: Moved
    seats: int
    user_id: UserId | None
    by: UserId | None
    at: datetime
    why: Why
    reason: str | None = None
