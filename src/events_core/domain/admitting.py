"""Who that wants to come gets seats, who waits, and who is refused: the one rule."""

from enum import StrEnum

from events_core.domain.answers import Tally
from events_core.domain.policies import QueueOrder
from events_core.domain.signup import Signup, Waitlist


class Place(StrEnum):
    """What there is for a party.

    ``HELD``: it has as many seats already. ``FREE``: it gets seats. ``KEPT``: it waits
    and goes on waiting, in its place. ``LAST``: it gets the last place in the line.
    ``NONE``: there are neither seats nor a line for it.
    """

    HELD = "held"
    FREE = "free"
    KEPT = "kept"
    LAST = "last"
    NONE = "none"


def place_for(
    terms: Signup,
    tally: Tally,
    *,
    party: int = 1,
    held: int = 0,
    waits: bool = False,
    order: QueueOrder,
    stuck: bool = False,
    force: bool = False,
) -> Place:
    """Return what there is for a party of so many.

    ``held`` is how many seats it has, ``waits`` whether it is in the line. A line that
    is ``stuck`` has nobody in it who can ever get in, and holds up nobody. ``force``
    gives it seats beyond the capacity and before all others.
    """
    if party <= held:
        return Place.HELD
    room = terms.room(tally.seats)
    fits = room is None or party - held <= room
    passes = order is QueueOrder.FIT and terms.waitlist is not Waitlist.MANUAL
    is_next = passes or stuck or not tally.waiting
    if force or (fits and not waits and is_next):
        return Place.FREE
    if waits:
        return Place.KEPT
    if held or terms.waitlist is Waitlist.NONE:
        return Place.NONE
    return Place.LAST
