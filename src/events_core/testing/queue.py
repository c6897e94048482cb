"""What an outbox and whoever manages it have in common in memory."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from attrs import define, field

from events_core.domain.event import Event
from events_core.domain.facts import Fact
from events_core.domain.publication import Heading, Told
from events_core.ports.outbox import State, Subscriber
from events_core.testing.builders import NOW

ZERO = timedelta(0)


@define
class Queued:
    """A fact laid out for a subscriber and not delivered yet."""

    fact: Fact
    told: Told
    place: int
    lane: UUID
    attempts: int = 0
    next_at: timedelta = ZERO
    lease_until: timedelta = ZERO
    token: UUID | None = None


@define
class Enrolled:
    """A subscriber, how she does, and what she is still to be told."""

    subscriber: Subscriber
    place: int
    since: timedelta
    state: State = State.ACTIVE
    reason: str | None = None
    failures: int = 0
    trips: int = 0
    open_until: timedelta = ZERO
    failing_since: timedelta | None = None
    queue: dict[int, Queued] = field(factory=dict)

    def start_anew(self) -> None:
        """Forget that she ever failed."""
        self.failures, self.trips, self.failing_since = 0, 0, None
        self.open_until = ZERO


@define
class Queue:
    """Facts, subscribers, and a clock that goes on only when it is told to.

    A fact's place in the order of all is its place in ``facts``, from 1 on; those
    that have a position come first.
    """

    now: timedelta = ZERO
    facts: list[Fact] = field(factory=list)
    events: dict[tuple[UUID, int], Event] = field(factory=dict)
    positions: dict[UUID, int] = field(factory=dict)
    heads: Counter[UUID] = field(factory=Counter)
    enrolled: dict[UUID, Enrolled] = field(factory=dict)

    def enrol(self, subscriber: Subscriber) -> None:
        """Tell somebody of whatever gets its position from now on."""
        one = Enrolled(subscriber, len(self.positions), self.now)
        self.enrolled[subscriber.id] = one

    def number(self) -> int:
        """Give positions to the facts that have none; return to how many."""
        without = self.facts[len(self.positions) :]
        for fact in without:
            self.heads[fact.tenant_id] += 1
            self.positions[fact.message_id] = self.heads[fact.tenant_id]
        return len(without)

    def moment(self, time: timedelta) -> datetime:
        """Return the time of day at a time of this clock."""
        return NOW + time


def heading_of(fact: Fact) -> Heading:
    """Return what of a fact decides who is told of it."""
    return Heading(
        tenant_id=fact.tenant_id,
        event_type=fact.event_type,
        scope=fact.scope,
        exposure=fact.exposure,
        exposed_before=fact.exposed_before,
        is_personal=fact.about is not None,
    )
