"""What is told of each subscriber is how she does."""

from collections.abc import Sequence
from datetime import timedelta

import asyncpg
from attrs import evolve

from adapters.postgres import Database, PostgresStore, Subscribers
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.ports.outbox import (
    Breaker,
    Delivery,
    Outcome,
    Result,
    State,
    Subscriber,
)
from events_core.testing.builders import a_tenant, an_event, arrival_of
from events_core.testing.contracts.outbox import a_subscriber

TENANT, OTHER = a_tenant(), a_tenant()
ONCE = Breaker(opens_after=1, pauses=(timedelta(hours=1),))


async def of(database: Database, subscriber: Subscriber) -> dict[str, float | str]:
    """Return what is told of a subscriber; of what she is, the one that is 1."""
    told: dict[str, float | str] = {}
    for reading in await Subscribers(database).readings():
        labels = dict(reading.labels)
        if labels.pop("subscription") != str(subscriber.id):
            continue
        if not labels:
            told[reading.name] = reading.value
        elif reading.value:
            assert reading.name not in told
            told[reading.name] = labels["state"]
    return told


async def settle(
    outbox: PostgresOutbox, claimed: Sequence[Delivery], outcome: Outcome
) -> None:
    after = timedelta(hours=1)
    results = [
        Result(delivery=delivery, outcome=outcome, after=after) for delivery in claimed
    ]
    await outbox.settle(results, ONCE)


async def test_of_each_subscriber_is_told_how_she_does(
    app: Database,
    store: PostgresStore,
    pool: RelayPool,
    superuser: asyncpg.Connection,
) -> None:
    subscriptions, outbox = Subscriptions(pool), PostgresOutbox(pool)
    well, failing = a_subscriber(TENANT), a_subscriber(TENANT)
    paused, elsewhere = a_subscriber(TENANT), a_subscriber(OTHER)
    of_all = evolve(a_subscriber(None), description="all")
    everybody = (well, failing, paused, elsewhere, of_all)
    for one in everybody:
        await subscriptions.add(one)
    assert await subscriptions.set_state(paused.id, State.PAUSED)
    caught_up = {
        "subscription_lag_seconds": 0,
        "subscription_pending": 0,
        "subscription_state": "active",
        "subscription_breaker": "closed",
    }
    for one in everybody:
        state = "paused" if one is paused else "active"
        assert await of(app, one) == {**caught_up, "subscription_state": state}

    for _ in range(3):
        async with store.unit_of_work(TENANT) as uow:
            await uow.events.save(arrival_of(an_event(tenant_id=TENANT)))
            await uow.commit()
    while await outbox.advance():
        pass
    await superuser.execute(
        "UPDATE events.fact_position SET given_at = now() - (4 - position) * 600"
        " * interval '1 second'"
    )
    claimed = await outbox.claim(room=9, each=9, busy={}, keep=timedelta(minutes=1))
    hers = [d for d in claimed if d.subscriber.id == well.id]
    await settle(outbox, [d for d in hers if d.position != 2], Outcome.DELIVERED)
    tried = [d for d in claimed if d.subscriber.id == failing.id]
    await settle(outbox, tried[:1], Outcome.AGAIN)

    def behind(numbers: dict[str, float | str], seconds: float) -> bool:
        lag = numbers.pop("subscription_lag_seconds")
        assert isinstance(lag, float)
        return seconds <= lag < seconds + 60

    told = await of(app, well)
    assert behind(told, 1200)
    assert told == {
        "subscription_pending": 1,
        "subscription_state": "active",
        "subscription_breaker": "closed",
    }
    told = await of(app, failing)
    assert behind(told, 1800)
    assert told == {
        "subscription_pending": 3,
        "subscription_state": "active",
        "subscription_breaker": "open",
    }
    told = await of(app, paused)
    assert behind(told, 1800)
    assert told["subscription_pending"] == 0
    assert behind(await of(app, of_all), 1800)
    assert await of(app, elsewhere) == caught_up

    await superuser.execute("UPDATE events.subscription SET open_until = now()")
    assert (await of(app, failing))["subscription_breaker"] == "half_open"
    assert (await of(app, well))["subscription_breaker"] == "closed"
