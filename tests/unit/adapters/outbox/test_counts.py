"""A relay tells what it has done, of so many subscribers as can be told apart."""

from collections import Counter

from attrs import define, evolve

from adapters.outbox.counts import MOST_SUBSCRIBERS, OTHERS, Counts
from events_core.domain.identity import MessageId
from events_core.ports.outbox import Delivery, Outcome, Result
from events_core.testing.builders import a_tenant, new_uuid
from events_core.testing.contracts.outbox import a_subscriber


@define
class Ticks:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def a_delivery() -> Delivery:
    tenant = a_tenant()
    return Delivery(
        subscriber=a_subscriber(tenant),
        tenant_id=tenant,
        message_id=MessageId(new_uuid()),
        event_type="event.created",
        position=1,
        place=1,
        attempt=1,
        body=b"{}",
        token=new_uuid(),
    )


def attempts(counts: Counts) -> Counter[tuple[str, str]]:
    return Counter(
        {
            (told.labels["subscription"], told.labels["outcome"]): int(told.value)
            for told in counts.readings()
            if told.name == "delivery_attempts"
        }
    )


def age(counts: Counts) -> float:
    [age] = [t.value for t in counts.readings() if t.name == "relay_look_age_seconds"]
    return age


def test_attempts_are_counted_by_subscriber_and_outcome() -> None:
    counts, first, second = Counts(), a_delivery(), a_delivery()
    expected: Counter[tuple[str, str]] = Counter()
    for delivery in (first, second, first):
        for outcome in Outcome:
            counts.attempted(Result(delivery=delivery, outcome=outcome))
            expected[str(delivery.subscriber.id), outcome.value] += 1
    counts.attempted(Result(delivery=first, outcome=None))
    assert attempts(counts) == expected


def test_of_too_many_subscribers_the_last_are_counted_together() -> None:
    counts, one = Counts(), a_delivery()
    everybody = [
        evolve(one, subscriber=evolve(one.subscriber, id=new_uuid()))
        for _ in range(MOST_SUBSCRIBERS + 5)
    ]
    for delivery in everybody * 2:
        counts.attempted(Result(delivery=delivery, outcome=Outcome.DELIVERED))
    told = attempts(counts)
    assert len(told) == MOST_SUBSCRIBERS + 1
    assert told[OTHERS, "delivered"] == 10
    assert told[str(everybody[0].subscriber.id), "delivered"] == 2


def test_how_long_ago_the_last_look_was_is_told() -> None:
    ticks = Ticks()
    counts = Counts(ticks)
    ticks.seconds += 7
    assert age(counts) == 7
    counts.looked()
    assert age(counts) == 0
    ticks.seconds += 2
    assert age(counts) == 2
