"""An outbox in memory, with a clock that goes on only when it is told to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from secrets import token_bytes
from uuid import UUID

from attrs import define, field

from events_core.domain.change import Change
from events_core.domain.event import Event, public_fields
from events_core.domain.facts import Fact
from events_core.domain.publication import Heading, Told, told_as, told_type
from events_core.ports.outbox import (
    Breaker,
    Delivery,
    Kind,
    Outbox,
    Outcome,
    Result,
    State,
    Subscriber,
)
from events_core.wire import as_json, published_text, told_text

_ZERO = timedelta(0)


@define
class _Queued:
    fact: Fact
    told: Told
    place: int
    lane: UUID
    attempts: int = 0
    next_at: timedelta = _ZERO
    lease_until: timedelta = _ZERO
    token: UUID | None = None


@define
class _Subscription:
    subscriber: Subscriber
    place: int
    state: State = State.ACTIVE
    failures: int = 0
    trips: int = 0
    open_until: timedelta = _ZERO
    failing_since: timedelta | None = None
    queue: dict[int, _Queued] = field(factory=dict)


@define
class MemoryOutbox:
    """``Outbox`` in memory, for one event loop. ``publish`` puts facts in."""

    _now: timedelta = field(default=_ZERO, init=False)
    _facts: list[Fact] = field(factory=list, init=False)
    _events: dict[tuple[UUID, int], Event] = field(factory=dict, init=False)
    _new: int = field(default=0, init=False)
    _heads: Counter[UUID] = field(factory=Counter, init=False)
    _positions: dict[UUID, int] = field(factory=dict, init=False)
    _subscriptions: dict[UUID, _Subscription] = field(factory=dict, init=False)

    def publish(self, change: Change[Event]) -> None:
        """Store the facts of a change, as a commit does."""
        assert change.after is not None
        self._events[change.after.id, change.after.version] = change.after
        self._facts += change.facts
        self._new += len(change.facts)

    def subscribe(self, subscriber: Subscriber) -> None:
        """Tell somebody of whatever is published from now on."""
        # Facts that have no position yet come later than this, too.
        place = len(self._facts) - self._new
        self._subscriptions[subscriber.id] = _Subscription(subscriber, place)

    def state_of(self, subscriber_id: UUID) -> State:
        """Return whether a subscriber is told anything."""
        return self._subscriptions[subscriber_id].state

    def resume(self, subscriber_id: UUID) -> None:
        """Have a subscriber told again of all that she has not had."""
        self._subscriptions[subscriber_id].state = State.ACTIVE

    def wait(self, time: timedelta) -> None:
        """Let time go by."""
        self._now += time

    async def advance(self) -> int:
        """See ``Outbox.advance``."""
        done, self._new = self._new, 0
        for fact in self._facts[len(self._positions) :]:
            self._heads[fact.tenant_id] += 1
            self._positions[fact.message_id] = self._heads[fact.tenant_id]
        for one in self._calm():
            for place, fact in enumerate(self._facts[one.place :], one.place + 1):
                self._lay_out(one, place, fact)
                done += 1
            one.place = len(self._facts)
        return done

    async def claim(
        self, *, room: int, each: int, busy: Mapping[UUID, int], keep: timedelta
    ) -> Sequence[Delivery]:
        """See ``Outbox.claim``."""
        token = UUID(bytes=token_bytes(16))
        claimed: list[Delivery] = []
        for one in self._calm():
            quota = (1 if one.trips else each) - busy.get(one.subscriber.id, 0)
            heads: dict[UUID, _Queued] = {}
            for queued in one.queue.values():
                heads.setdefault(queued.lane, queued)
            due = [
                queued
                for queued in heads.values()
                if queued.next_at <= self._now and queued.lease_until <= self._now
            ]
            due.sort(key=lambda queued: (queued.next_at, queued.place))
            for queued in due[: max(0, min(quota, room - len(claimed)))]:
                queued.attempts += 1
                queued.lease_until, queued.token = self._now + keep, token
                claimed.append(self._delivery(one.subscriber, queued, token))
        return sorted(claimed, key=lambda delivery: delivery.place)

    async def settle(self, results: Sequence[Result], breaker: Breaker) -> int:
        """See ``Outbox.settle``."""
        noted = 0
        heard: dict[UUID, list[Outcome]] = {}
        for result in results:
            one = self._subscriptions[result.delivery.subscriber.id]
            if result.outcome is not None and result.counts:
                heard.setdefault(one.subscriber.id, []).append(result.outcome)
            queued = one.queue.get(result.delivery.place)
            if queued is None or queued.token != result.delivery.token:
                continue
            noted += 1
            queued.lease_until, queued.token = _ZERO, None
            match result.outcome:
                case Outcome.DELIVERED | Outcome.DEAD:
                    del one.queue[queued.place]
                case None:
                    queued.attempts -= 1
                case _:
                    queued.next_at = self._now + result.after
        for subscriber_id, outcomes in heard.items():
            self._judge(self._subscriptions[subscriber_id], outcomes, breaker)
        return noted

    async def due_in(self) -> timedelta | None:
        """See ``Outbox.due_in``."""
        times = [
            max(time, one.open_until) - self._now
            for one in self._subscriptions.values()
            if one.state is State.ACTIVE
            for queued in one.queue.values()
            for time in (queued.next_at, queued.lease_until)
            if time > self._now
        ]
        return min(times, default=None)

    def _calm(self) -> list[_Subscription]:
        return [
            one
            for one in self._subscriptions.values()
            if one.state is State.ACTIVE and one.open_until <= self._now
        ]

    def _lay_out(self, one: _Subscription, place: int, fact: Fact) -> None:
        told = told_as(_heading(fact), one.subscriber.audience)
        if told is not None:
            serial = one.subscriber.kind is Kind.ACTIVITY
            lane = fact.tenant_id if serial else fact.event_id
            one.queue[place] = _Queued(fact, told, place, lane, next_at=self._now)

    def _judge(
        self, one: _Subscription, outcomes: Sequence[Outcome], breaker: Breaker
    ) -> None:
        if Outcome.GONE in outcomes:
            self._disable(one)
        elif Outcome.DELIVERED in outcomes:
            one.failures, one.trips, one.failing_since = 0, 0, None
            one.open_until = _ZERO
        elif one.open_until <= self._now:
            one.failures += len(outcomes)
            if one.failing_since is None:
                one.failing_since = self._now
            if one.failures >= breaker.opens_after:
                pause = breaker.pauses[min(one.trips, len(breaker.pauses) - 1)]
                one.trips, one.open_until = one.trips + 1, self._now + pause
            if self._now - one.failing_since > breaker.gives_up_after:
                self._disable(one)

    def _disable(self, one: _Subscription) -> None:
        one.state = State.DISABLED
        one.place = min([one.place, *(place - 1 for place in one.queue)])
        one.queue.clear()

    def _delivery(
        self, subscriber: Subscriber, queued: _Queued, token: UUID
    ) -> Delivery:
        fact = queued.fact
        event = self._events[fact.event_id, fact.event_version]
        first = self._events[fact.event_id, 1]
        snapshot = {name: as_json(v) for name, v in public_fields(event).items()}
        position = self._positions[fact.message_id]
        text = told_text(
            published_text(fact),
            queued.told,
            position,
            snapshot=snapshot,
            created_by=as_json(first.created_by),
        )
        return Delivery(
            subscriber=subscriber,
            tenant_id=fact.tenant_id,
            message_id=fact.message_id,
            event_type=told_type(_heading(fact), queued.told),
            position=position,
            place=queued.place,
            attempt=queued.attempts,
            body=text.encode(),
            token=token,
        )


def _heading(fact: Fact) -> Heading:
    return Heading(
        tenant_id=fact.tenant_id,
        event_type=fact.event_type,
        scope=fact.scope,
        exposure=fact.exposure,
        exposed_before=fact.exposed_before,
        is_personal=fact.about is not None,
    )


def _satisfies_ports(outbox: MemoryOutbox) -> Outbox:
    return outbox
