"""An outbox in memory, with a clock that goes on only when it is told to."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from secrets import token_bytes
from uuid import UUID

from attrs import define, field

from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.domain.facts import EventFact, Fact, SubscriptionDisabled
from events_core.domain.identity import MessageId
from events_core.domain.publication import told_as, told_type
from events_core.ports.outbox import (
    A_CLAIM,
    Breaker,
    Delivery,
    Kind,
    Outbox,
    Outcome,
    Result,
    State,
    Subscriber,
)
from events_core.testing.builders import new_uuid
from events_core.testing.queue import ZERO, Enrolled, Queue, Queued, heading_of
from events_core.wire import published_text


@define
class MemoryOutbox:
    """``Outbox`` in memory, for one event loop. ``publish`` puts facts in.

    ``new_id`` gives the facts their ids that are made here.
    """

    queue: Queue = field(factory=Queue)
    new_id: Callable[[], UUID] = new_uuid

    def publish(self, change: Change[Event]) -> None:
        """Store the facts of a change, as a commit does."""
        assert change.after is not None
        self.queue.events[change.after.id, change.after.version] = change.after
        self.queue.facts += change.facts

    def subscribe(self, subscriber: Subscriber) -> None:
        """Tell somebody of whatever is published from now on."""
        self.queue.enrol(subscriber)

    def state_of(self, subscriber_id: UUID) -> State:
        """Return whether a subscriber is told anything."""
        return self.queue.enrolled[subscriber_id].state

    def resume(self, subscriber_id: UUID) -> None:
        """Have a subscriber told again of all that she has not had."""
        one = self.queue.enrolled[subscriber_id]
        one.state, one.reason = State.ACTIVE, None
        one.start_anew()

    def wait(self, time: timedelta) -> None:
        """Let time go by."""
        self.queue.now += time

    async def advance(self) -> int:
        """See ``Outbox.advance``."""
        done = self.queue.number()
        for one in self._calm():
            for place, fact in enumerate(self.queue.facts[one.place :], one.place + 1):
                self._lay_out(one, place, fact)
                done += 1
            one.place = len(self.queue.facts)
        return done

    async def claim(
        self,
        *,
        room: int,
        each: int,
        size: int = A_CLAIM,
        busy: Mapping[UUID, int],
        keep: timedelta,
    ) -> Sequence[Delivery]:
        """See ``Outbox.claim``."""
        token = UUID(bytes=token_bytes(16))
        claimed: list[Delivery] = []
        calm = self._calm()
        calm.sort(key=lambda one: busy.get(one.subscriber.id, 0))
        for one in calm:
            quota = (1 if one.trips else each) - busy.get(one.subscriber.id, 0)
            heads: dict[UUID, Queued] = {}
            for _, queued in sorted(one.queue.items()):
                heads.setdefault(queued.lane, queued)
            due = [
                queued
                for queued in heads.values()
                if queued.next_at <= self.queue.now
                and queued.lease_until <= self.queue.now
            ]
            due.sort(key=lambda queued: (queued.next_at, queued.place))
            for queued in due[: max(0, min(quota, room - len(claimed)))]:
                if size <= 0:
                    break
                size -= len(published_text(queued.fact).encode())
                queued.attempts += 1
                queued.lease_until, queued.token = self.queue.now + keep, token
                claimed.append(self._delivery(one.subscriber, queued, token))
        return sorted(claimed, key=lambda delivery: delivery.place)

    async def settle(self, results: Sequence[Result], breaker: Breaker) -> int:
        """See ``Outbox.settle``."""
        noted = 0
        heard: dict[UUID, list[Result]] = {}
        for result in results:
            one = self.queue.enrolled.get(result.delivery.subscriber.id)
            if one is None:
                continue
            queued = one.queue.get(result.delivery.place)
            if queued is None or queued.token != result.delivery.token:
                continue
            noted += 1
            if result.outcome is not None and result.counts:
                heard.setdefault(one.subscriber.id, []).append(result)
            queued.lease_until, queued.token = ZERO, None
            if result.outcome is not None:
                self.queue.note(one, queued, result)
            if result.outcome is Outcome.DEAD:
                self.queue.bury(one, queued, result)
            match result.outcome:
                case Outcome.DELIVERED | Outcome.DEAD:
                    del one.queue[queued.place]
                case None:
                    queued.attempts -= 1
                case _:
                    queued.next_at = self.queue.now + result.after
        for subscriber_id, said in heard.items():
            self._judge(self.queue.enrolled[subscriber_id], said, breaker)
        return noted

    async def due_in(self) -> timedelta | None:
        """See ``Outbox.due_in``."""
        times = [
            max(time, one.open_until) - self.queue.now
            for one in self.queue.enrolled.values()
            if one.state is State.ACTIVE
            for time in (
                one.open_until,
                *(queued.next_at for queued in one.queue.values()),
            )
            if time > self.queue.now
        ]
        return min(times, default=None)

    def _calm(self) -> list[Enrolled]:
        return [
            one
            for one in self.queue.enrolled.values()
            if one.state is State.ACTIVE and one.open_until <= self.queue.now
        ]

    def _lay_out(self, one: Enrolled, place: int, fact: Fact) -> None:
        subscriber = one.subscriber
        told = told_as(heading_of(fact), subscriber.audience, subscriber.id)
        if told is not None:
            lane = subscriber.id
            if subscriber.kind is Kind.ACTIVITY:
                lane = fact.tenant_id
            elif isinstance(fact, EventFact):
                lane = fact.event_id
            one.queue[place] = Queued(fact, told, place, lane, next_at=self.queue.now)

    def _judge(self, one: Enrolled, said: Sequence[Result], breaker: Breaker) -> None:
        outcomes = [result.outcome for result in said]
        asked = max(result.leave_alone for result in said)
        if Outcome.GONE in outcomes:
            self._disable(one, "410 Gone")
            return
        if Outcome.DELIVERED in outcomes:
            one.be_well(self.queue.now)
        if Outcome.DELIVERED not in outcomes or asked:
            failed = 0 if Outcome.DELIVERED in outcomes else len(outcomes)
            self._leave_alone(one, failed, asked, breaker)
        if one.failing_since is None:
            return
        if self.queue.now - one.failing_since > breaker.gives_up_after:
            days = breaker.gives_up_after.days
            self._disable(one, f"no success for {days} days")

    def _leave_alone(
        self, one: Enrolled, failed: int, asked: timedelta, breaker: Breaker
    ) -> None:
        pauses = [asked] if asked else []
        if one.open_until <= self.queue.now:
            one.failures += failed
            if one.failing_since is None:
                one.failing_since = self.queue.now
            if one.failures >= breaker.opens_after or one.trips:
                pauses += [breaker.pauses[min(one.trips, len(breaker.pauses) - 1)]]
            one.trips += 1 if pauses else 0
        if pauses:
            one.open_until = max(one.open_until, self.queue.now + max(pauses))

    def _disable(self, one: Enrolled, reason: str) -> None:
        if one.state is State.DISABLED:
            return
        one.state, one.reason = State.DISABLED, reason
        one.place = min([one.place, *(place - 1 for place in one.queue)])
        one.queue.clear()
        disabled = SubscriptionDisabled(
            message_id=MessageId(self.new_id()),
            tenant_id=one.subscriber.managed_by,
            occurred_at=self.queue.moment(self.queue.now),
            subscription_id=one.subscriber.id,
            reason=reason,
        )
        self.queue.facts.append(disabled)

    def _delivery(
        self, subscriber: Subscriber, queued: Queued, token: UUID
    ) -> Delivery:
        fact = queued.fact
        return Delivery(
            subscriber=subscriber,
            tenant_id=fact.tenant_id,
            message_id=fact.message_id,
            event_type=told_type(heading_of(fact), queued.told),
            position=self.queue.positions[fact.message_id],
            place=queued.place,
            attempt=queued.attempts,
            body=self.queue.text_of(fact, queued.told).encode(),
            token=token,
        )


def _satisfies_ports(outbox: MemoryOutbox) -> Outbox:
    return outbox
