"""Facts that are fetched, where some of them are no longer kept."""

import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from adapters.postgres import Database, PostgresPublishing, PostgresStore
from adapters.postgres.publishing.feed import PORTION, PostgresFactFeed
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.retention import clear_facts
from adapters.postgres.queue.sequencer import Sequencer
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.domain.publication import Audience
from events_core.errors import FactsGone
from events_core.ports.outbox import Breaker, Outcome
from events_core.ports.publishing import FeedPlace
from events_core.testing.builders import a_cause, a_tenant, an_event, arrival_of
from events_core.testing.contracts.outbox import KEEP, a_subscriber, result
from tests.contract.outbox.writers import Writer

TENANT = a_tenant()
AUDIENCE = Audience(tenant_id=TENANT)


@pytest.fixture
def feed(app: Database) -> PostgresFactFeed:
    return PostgresPublishing(app).of(TENANT, a_cause()).feed


@pytest.fixture
def outbox(pool: RelayPool) -> PostgresOutbox:
    return PostgresOutbox(pool)


async def publish(store: PostgresStore, outbox: PostgresOutbox, number: int) -> None:
    for _ in range(number):
        async with store.unit_of_work(TENANT) as uow:
            await uow.events.save(arrival_of(an_event(tenant_id=TENANT)))
            await uow.commit()
    while await outbox.advance():
        pass


async def clear(relay_url: str) -> int:
    """Clear away all that may go."""
    relay, tomorrow = Database.at(relay_url), datetime.now(UTC) + timedelta(days=1)
    try:
        return await clear_facts(relay, before=tomorrow, portion=2, dry_run=False)
    finally:
        await relay.close()


async def positions(
    feed: PostgresFactFeed, after: FeedPlace | None, limit: int = 100
) -> tuple[list[int], FeedPlace]:
    page = await feed.read(AUDIENCE, after=after, limit=limit)
    return [json.loads(text)["position"] for text in page.texts], page.place


async def test_who_is_overtaken_by_retention_is_told_so(
    store: PostgresStore,
    outbox: PostgresOutbox,
    feed: PostgresFactFeed,
    relay_url: str,
) -> None:
    await publish(store, outbox, 3)
    read, slow = await positions(feed, None, limit=1)
    assert read == [1]
    _, quick = await positions(feed, None)
    assert await clear(relay_url) == 3
    with pytest.raises(FactsGone):
        await feed.read(AUDIENCE, after=slow, limit=10)
    assert await positions(feed, quick) == ([], quick)
    await publish(store, outbox, 1)
    with pytest.raises(FactsGone):
        await feed.read(AUDIENCE, after=slow, limit=10)
    assert (await positions(feed, quick))[0] == [4]


async def test_who_begins_anew_gets_what_is_kept_and_misses_nothing_of_it(
    store: PostgresStore,
    outbox: PostgresOutbox,
    feed: PostgresFactFeed,
    pool: RelayPool,
    relay_url: str,
) -> None:
    await Subscriptions(pool).add(a_subscriber(TENANT))
    await publish(store, outbox, 4)
    claimed = await outbox.claim(room=9, each=9, busy={}, keep=KEEP)
    await outbox.settle(
        [
            result(one, Outcome.DEAD if one.position == 2 else Outcome.DELIVERED)
            for one in claimed
        ],
        Breaker(),
    )
    assert await clear(relay_url) == 3  # the dead letter keeps its fact
    await publish(store, outbox, 2)
    read, place = await positions(feed, None, limit=1)
    assert read == [2]
    read, place = await positions(feed, place, limit=1)
    assert read == [5]
    await outbox.settle(
        [result(d) for d in await outbox.claim(room=9, each=9, busy={}, keep=KEEP)],
        Breaker(),
    )
    assert await clear(relay_url) == 2
    with pytest.raises(FactsGone):
        await feed.read(AUDIENCE, after=place, limit=1)


async def test_what_goes_in_one_tenant_is_nobodys_loss_in_another(
    store: PostgresStore,
    outbox: PostgresOutbox,
    feed: PostgresFactFeed,
    relay_url: str,
) -> None:
    await publish(store, outbox, 1)
    _, place = await positions(feed, None)
    async with store.unit_of_work(other := a_tenant()) as uow:
        await uow.events.save(arrival_of(an_event(tenant_id=other)))
        await uow.commit()
    while await outbox.advance():
        pass
    assert await clear(relay_url) == 2
    assert await positions(feed, place) == ([], place)


async def test_the_same_statements_fetch_one_fact_and_more_than_a_portion(
    app: Database,
    feed: PostgresFactFeed,
    pool: RelayPool,
    superuser: asyncpg.Connection,
) -> None:
    writer, sent = Writer(superuser), []
    for number in (1, PORTION + 1):
        await writer.begin()
        for _ in range(number):
            await writer.write(TENANT)
        await writer.commit()
        await Sequencer(pool).tick()
        with app.watching() as transactions:
            page = await feed.read(AUDIENCE, after=None, limit=250)
        assert len(page.texts) == min(number, 250)
        sent.append([one for each in transactions for one in each.statements])
    assert sent[0] == sent[1]
    assert len(sent[0]) == 3
