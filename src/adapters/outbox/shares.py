"""What each subscriber has of a relay, so that none can have all of it."""

import time
from collections import deque
from collections.abc import Iterator
from datetime import timedelta

from attrs import define, field

from events_core.ports.outbox import Delivery, Outcome, Result


@define
class Waiting:
    """A delivery that is ours until a time (of the monotonic clock, as all here)."""

    delivery: Delivery
    ours_until: float
    since: float = field(factory=time.monotonic)


@define
class Share:
    """One subscriber's share of a relay, for as long as she has anything in it.

    Of what is claimed for her so many are sent at a time (``at_once``), and the others
    wait; ``most`` is how many are claimed at all, and ``size`` how many bytes those
    are that are now. Whatever waits too long shrinks her share to what she takes, and
    each success lets it grow again.
    """

    most: int
    at_once: int
    opens_after: int
    claimed: int = 0
    size: int = 0
    sending: int = 0
    failed_in_a_row: int = 0
    has_asked_for_rest: bool = False
    waiting: deque[Waiting] = field(factory=deque)
    _now_most: int = field(init=False)

    @_now_most.default
    def _all(self) -> int:
        return self.most

    @property
    def room(self) -> int:
        """How many more may be claimed."""
        return 0 if self.is_ill else max(0, self._now_most - self.claimed)

    @property
    def is_ill(self) -> bool:
        """Whether she is to be left alone: she says so, or what has failed so far."""
        return self.has_asked_for_rest or self.failed_in_a_row >= self.opens_after

    def take(self, waiting: Waiting) -> None:
        """Take in what was claimed for her."""
        self.claimed += 1
        self.size += _size(waiting.delivery)
        self.waiting.append(waiting)

    def let_go(self, delivery: Delivery) -> None:
        """Forget what has been settled."""
        self.claimed -= 1
        self.size -= _size(delivery)

    def next(self) -> Waiting | None:
        """Return what is to be sent next, if anything is."""
        return self.waiting.popleft() if self.waiting and not self.is_ill else None

    def told_of(self, result: Result) -> None:
        """Take note of what came of sending."""
        self.has_asked_for_rest |= result.leave_alone > timedelta(0)
        if result.outcome is Outcome.DELIVERED:
            self.failed_in_a_row = 0
            self._now_most = min(self._now_most + 1, self.most)
        elif result.outcome is not None and result.counts:
            self.failed_in_a_row += 1

    def given_back(self, waiting_since: float) -> Iterator[Waiting]:
        """Yield what is not to wait here any longer.

        All of it where she is ill: while she is left alone nothing is tried. Else
        what has been waiting since before a time, so that somebody else may have
        the room.
        """
        while self.waiting and (self.is_ill or self.waiting[0].since < waiting_since):
            self._now_most = self.at_once
            yield self.waiting.popleft()


def _size(delivery: Delivery) -> int:
    return len(delivery.body or b"")
