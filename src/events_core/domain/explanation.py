"""Why somebody may do something with an event, or may not: the rules that decided.

A test holds the answer against what becomes of really doing it. Nothing is told of an
event that its asker does not see, and of seats nothing to whom answering tells nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from events_core.domain import rulings
from events_core.domain.listing import Listing
from events_core.domain.permissions import Action
from events_core.domain.policies import Policies
from events_core.domain.rulings import Case, Ruling


class Explained(StrEnum):
    """What can be asked about.

    To answer is to say "going", with the guests one has said already, if any.
    """

    SEE = "see"
    READ = "read"
    UPDATE = "update"
    RSVP = "rsvp"
    CHECKIN = "checkin"


_ACTIONS: Mapping[Explained, Action] = {
    Explained.READ: Action.READ,
    Explained.UPDATE: Action.UPDATE,
    Explained.RSVP: Action.ANSWER,
    Explained.CHECKIN: Action.MARK_ATTENDANCE,
}


@frozen
class Explanation:
    """The rules that decide, in their order, and what they come to together.

    After a rule that says no, no further one is asked.
    """

    action: Explained
    rulings: tuple[Ruling, ...]

    @property
    def allowed(self) -> bool | None:
        """Whether all say yes; None where somebody could not be asked."""
        said = [ruling.passed for ruling in self.rulings]
        return False if False in said else None if None in said else True

    @property
    def sentence(self) -> str:
        """All of it, to be read."""
        return " ".join(ruling.sentence for ruling in self.rulings)


def explain(
    case: Case, listing: Listing, action: Explained, policies: Policies, *, at: datetime
) -> Explanation:
    """Return why somebody may do this with an event, or may not.

    ``listing`` is the event as she sees it, with her answer and the counts.
    """
    said: list[Ruling] = []
    for ruling in _asked(case, listing, action, policies, at):
        said.append(ruling)
        if ruling.passed is False:
            break
    return Explanation(action, tuple(said))


def _asked(
    case: Case, listing: Listing, action: Explained, policies: Policies, at: datetime
) -> Iterator[Ruling]:
    event = case.event
    yield rulings.sight(case)
    if action is Explained.SEE:
        return
    yield rulings.permission(case, _ACTIONS[action])
    match action:
        case Explained.UPDATE:
            yield rulings.takes_changes(event)
        case Explained.RSVP:
            yield rulings.takes_answers(event)
            yield rulings.answering_has_begun(event, at)
            yield rulings.answering_is_not_over(event, at)
            yield rulings.seats(listing)
            queue = rulings.queue(listing, policies.queue_order)
            if queue is not None:
                yield queue
        case Explained.CHECKIN:
            opens = policies.attendance_opens
            yield rulings.takes_marks(event)
            yield rulings.marking_has_begun(event, at, opens=opens)
            yield rulings.lets_in(event)
        case Explained.READ:
            pass
