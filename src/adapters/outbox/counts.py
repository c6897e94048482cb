"""What a relay has done since it began, for whoever watches over it."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from uuid import UUID

from attrs import define, field

from adapters.readings import Reading
from events_core.ports.outbox import Outcome, Result

#: How many subscribers are told apart; the attempts of more are counted together.
MOST_SUBSCRIBERS = 1000
OTHERS = "others"


@define
class Counts:
    """Attempts by subscriber and outcome, and when the relay last had a look.

    ``now`` is in seconds and never goes back.
    """

    _now: Callable[[], float] = time.monotonic
    _attempts: Counter[tuple[UUID | str, Outcome]] = field(factory=Counter, init=False)
    _subscribers: set[UUID | str] = field(factory=set, init=False)
    _looked_at: float = field(init=False)

    @_looked_at.default
    def _began(self) -> float:
        return self._now()

    @property
    def look_age(self) -> float:
        """How many seconds ago the relay last saw what there is to do."""
        return self._now() - self._looked_at

    def looked(self) -> None:
        """Note that the relay has seen what there is to do."""
        self._looked_at = self._now()

    def attempted(self, result: Result) -> None:
        """Count an attempt; one that was not made counts for nothing."""
        if result.outcome is None:
            return
        subscriber: UUID | str = result.delivery.subscriber.id
        if subscriber not in self._subscribers:
            if len(self._subscribers) < MOST_SUBSCRIBERS:
                self._subscribers.add(subscriber)
            else:
                subscriber = OTHERS
        self._attempts[subscriber, result.outcome] += 1

    def readings(self) -> Iterable[Reading]:
        """Tell all this."""
        yield Reading(
            "relay_look_age_seconds",
            "How long ago the relay of this process last saw what there is to do.",
            self.look_age,
        )
        for (subscriber, outcome), number in self._attempts.items():
            yield Reading(
                "delivery_attempts",
                "Attempts to deliver a fact, by subscription and what came of them.",
                number,
                {"subscription": str(subscriber), "outcome": outcome.value},
                is_counter=True,
            )
