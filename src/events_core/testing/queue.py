"""What an outbox and whoever manages it have in common in memory."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from attrs import define, field, frozen

from events_core.domain.event import Event, public_fields
from events_core.domain.facts import EventFact, Fact, SubscriptionFact
from events_core.domain.publication import (
    AnyHeading,
    Heading,
    SubscriptionHeading,
    Told,
)
from events_core.ports.outbox import Result, State, Subscriber
from events_core.ports.publishing import Attempt
from events_core.testing.builders import NOW
from events_core.wire import as_json, published_text, told_text

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


@frozen
class Buried:
    """A fact that is not tried any more, since when, and the last that was heard."""

    queued: Queued
    died_at: timedelta
    status: int | None
    error: str | None


@frozen
class Tried:
    """All attempts to deliver one fact."""

    queued: Queued
    attempts: list[Attempt] = field(factory=list)


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
    dead: dict[int, Buried] = field(factory=dict)
    tried: dict[int, Tried] = field(factory=dict)

    def start_anew(self) -> None:
        """Forget that she ever failed."""
        self.be_well(now=self.open_until)

    def be_well(self, now: timedelta) -> None:
        """Note a success; who is left alone is so to the end of it."""
        self.failures, self.trips, self.failing_since = 0, 0, None
        self.open_until = self.open_until if self.open_until > now else ZERO


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
    numbered_at: list[timedelta] = field(factory=list)
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
            self.numbered_at.append(self.now)
        return len(without)

    def note(self, one: Enrolled, queued: Queued, result: Result) -> None:
        """Write down an attempt."""
        assert result.outcome is not None
        attempt = Attempt(
            number=queued.attempts,
            at=self.moment(self.now),
            outcome=result.outcome,
            status=result.status,
            error=result.error,
            took=result.took,
        )
        one.tried.setdefault(queued.place, Tried(queued)).attempts.append(attempt)

    def bury(self, one: Enrolled, queued: Queued, result: Result) -> None:
        """Try something no more."""
        buried = Buried(queued, self.now, result.status, result.error)
        one.dead.setdefault(queued.place, buried)

    def text_of(self, fact: Fact, told: Told) -> str:
        """Return a fact as it is told."""
        position = self.positions[fact.message_id]
        if not isinstance(fact, EventFact):
            return told_text(published_text(fact), told, position)
        event = self.events[fact.event_id, fact.event_version]
        snapshot = {name: as_json(v) for name, v in public_fields(event).items()}
        return told_text(
            published_text(fact),
            told,
            position,
            snapshot=snapshot,
            created_by=as_json(self.events[fact.event_id, 1].created_by),
        )

    def moment(self, time: timedelta) -> datetime:
        """Return the time of day at a time of this clock."""
        return NOW + time


def heading_of(fact: Fact) -> AnyHeading:
    """Return what of a fact decides who is told of it."""
    if isinstance(fact, SubscriptionFact):
        return SubscriptionHeading(
            tenant_id=fact.tenant_id,
            event_type=fact.event_type,
            subscription_id=fact.subscription_id,
        )
    assert isinstance(fact, EventFact)
    return Heading(
        tenant_id=fact.tenant_id,
        event_type=fact.event_type,
        scope=fact.scope,
        exposure=fact.exposure,
        exposed_before=fact.exposed_before,
        is_personal=fact.about is not None,
    )
