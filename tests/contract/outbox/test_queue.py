"""What is laid out, claimed and settled, where two are at it or something is wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from attrs import evolve

from adapters.postgres import PostgresStore
from adapters.postgres.embedded import SUPERUSER
from adapters.postgres.publishing.dispatches import PostgresDispatchBook
from adapters.postgres.queue.low_water import LowWater
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.domain.exposure import Visibility
from events_core.ports.outbox import (
    Breaker,
    Delivery,
    Kind,
    Outcome,
    Result,
    State,
    Subscriber,
)
from events_core.ports.publishing import Choice
from events_core.testing.builders import (
    a_message_id,
    a_tenant,
    an_event,
    arrival_of,
    step_between,
)
from events_core.testing.contracts.outbox import a_subscriber, next_of, result
from tests.contract.outbox.writers import Writer
from tests.postgres import Connect

TENANT = a_tenant()
KEEP = timedelta(seconds=45)


@pytest.fixture
def outbox(pool: RelayPool) -> PostgresOutbox:
    return PostgresOutbox(pool)


@pytest.fixture
def subscriptions(pool: RelayPool) -> Subscriptions:
    return Subscriptions(pool)


@pytest.fixture
async def single(relay_url: str) -> AsyncIterator[RelayPool]:
    """One connection, which keeps its plans and tells what it has read."""
    pool = RelayPool(relay_url, connections=1)
    yield pool
    await pool.close()


async def publish(store: PostgresStore, number: int) -> None:
    for _ in range(number):
        async with store.unit_of_work(TENANT) as uow:
            await uow.events.save(arrival_of(an_event(tenant_id=TENANT)))
            await uow.commit()


async def claim(outbox: PostgresOutbox) -> list[Delivery]:
    while await outbox.advance():
        pass
    return [*await outbox.claim(room=100, each=100, busy={}, keep=KEEP)]


async def test_what_is_sent_again_by_hand_and_told_again_is_there_once(
    store: PostgresStore,
    outbox: PostgresOutbox,
    subscriptions: Subscriptions,
    dispatches: PostgresDispatchBook,
) -> None:
    """Else nothing could be laid out for anybody, ever again."""
    subscriber = a_subscriber(TENANT)
    await subscriptions.add(subscriber)
    await publish(store, 3)
    dead = [result(delivery, Outcome.DEAD) for delivery in await claim(outbox)]
    await outbox.settle(dead, Breaker())
    await dispatches.replay(subscriber.id, from_position=1)
    assert await dispatches.send_again(subscriber.id, Choice(), most=10) == 3
    assert [delivery.position for delivery in await claim(outbox)] == [1, 2, 3]


async def test_who_is_disabled_while_more_is_laid_out_for_her_keeps_her_place(
    store: PostgresStore,
    outbox: PostgresOutbox,
    subscriptions: Subscriptions,
    superuser: asyncpg.Connection,
    connect: Connect,
) -> None:
    subscriber = a_subscriber(TENANT)
    await subscriptions.add(subscriber)
    await publish(store, 1)
    [delivery] = await claim(outbox)
    await publish(store, 1)
    # As another relay does who is laying out, and has not committed yet.
    other = await connect(SUPERUSER)
    async with other.transaction():
        await other.execute("SELECT FROM events.subscription FOR UPDATE")
        gone = asyncio.create_task(
            outbox.settle([result(delivery, Outcome.GONE)], Breaker())
        )
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database()"
        )
        while not await superuser.fetchval(waiting):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await other.execute(
            "INSERT INTO events.delivery"
            " SELECT tenant_id, subscription_id, 2, 2, 2, $1, 'itself'"
            " FROM events.subscription",
            uuid4(),
        )
        await other.execute("UPDATE events.subscription SET place = 2")
    await gone
    assert await superuser.fetchval("SELECT count(*) FROM events.delivery") == 0
    await subscriptions.set_state(subscriber.id, State.ACTIVE)
    assert [delivery.position for delivery in await claim(outbox)] == [1, 2]


async def test_what_was_laid_out_for_who_is_paused_waits_for_her(
    store: PostgresStore, outbox: PostgresOutbox, subscriptions: Subscriptions
) -> None:
    subscriber = a_subscriber(TENANT)
    await subscriptions.add(subscriber)
    await publish(store, 3)
    while await outbox.advance():
        pass
    await subscriptions.set_state(subscriber.id, State.PAUSED)
    assert not await claim(outbox)
    assert await outbox.due_in() is None
    await subscriptions.set_state(subscriber.id, State.ACTIVE)
    assert [delivery.position for delivery in await claim(outbox)] == [1, 2, 3]


async def test_a_fact_that_cannot_be_read_keeps_no_other_from_being_told(
    store: PostgresStore,
    outbox: PostgresOutbox,
    subscriptions: Subscriptions,
    superuser: asyncpg.Connection,
) -> None:
    await subscriptions.add(a_subscriber(TENANT))
    private = an_event(tenant_id=TENANT, visibility=Visibility.PRIVATE)
    public = next_of(private, visibility=Visibility.PUBLIC)
    for change in (arrival_of(private), step_between(private, public)):
        async with store.unit_of_work(TENANT) as uow:
            await uow.events.save(change)
            await uow.commit()
    await superuser.execute("UPDATE events.outbox SET payload = '\"nonsense'")
    await publish(store, 1)
    first, second = await claim(outbox)
    assert first.body is None
    assert second.body is not None
    assert json.loads(second.body)["position"] == 3


async def test_two_who_claim_at_once_never_have_the_same(
    store: PostgresStore, outbox: PostgresOutbox, subscriptions: Subscriptions
) -> None:
    """Each row by its place in the table, locked before it is taken."""
    for kind in (Kind.STANDARD, Kind.ACTIVITY):
        await subscriptions.add(a_subscriber(TENANT, kind=kind))
    await publish(store, 30)
    while await outbox.advance():
        pass
    told: list[tuple[UUID, int]] = []
    for _ in range(200):
        portions = await asyncio.gather(
            *(outbox.claim(room=7, each=5, busy={}, keep=KEEP) for _ in range(4))
        )
        claimed = [delivery for portion in portions for delivery in portion]
        told += [(delivery.subscriber.id, delivery.place) for delivery in claimed]
        settled = [result(delivery) for delivery in claimed]
        assert await outbox.settle(settled, Breaker()) == len(claimed)
        if len(told) == 60:
            break
    assert len(set(told)) == len(told) == 60


async def test_what_is_due_is_found_by_its_index_whatever_is_believed_of_the_table(
    single: RelayPool, subscriptions: Subscriptions, superuser: asyncpg.Connection
) -> None:
    """Plans that were made for empty tables are kept when there is a backlog."""
    outbox = PostgresOutbox(single)
    for kind in (Kind.STANDARD, Kind.ACTIVITY):
        await subscriptions.add(a_subscriber(None, kind=kind))
    await superuser.execute("VACUUM ANALYZE")
    planned = result(_nobodys(a_subscriber(None)))
    for outcome in (Outcome.DELIVERED, Outcome.AGAIN, None):
        await outbox.settle([evolve(planned, outcome=outcome)], Breaker())
    await claim(outbox)
    writer = Writer(superuser)
    await writer.begin()
    for number in range(600):
        await writer.write(UUID(int=1 + number % 20))
    await writer.commit()
    while await outbox.advance():
        pass
    before = await _read(single, superuser)
    claimed = await outbox.claim(room=120, each=100, busy={}, keep=KEEP)
    assert len(claimed) == 120
    outcomes = (Outcome.DELIVERED, Outcome.AGAIN, None, Outcome.DEAD)
    settled = [result(one, outcomes[n % 4]) for n, one in enumerate(claimed)]
    assert await outbox.settle(settled, Breaker()) == 120
    assert await _read(single, superuser) - before < 20 * 120


async def test_when_something_is_due_is_told_without_reading_all_that_waits(
    single: RelayPool, subscriptions: Subscriptions, superuser: asyncpg.Connection
) -> None:
    """Activity is told one at a time, and in between it is asked for each time."""
    outbox = PostgresOutbox(single)
    await subscriptions.add(a_subscriber(None, kind=Kind.ACTIVITY))
    writer = Writer(superuser)
    await writer.begin()
    for _ in range(200):
        await writer.write(TENANT)
    await writer.commit()
    [delivery] = await claim(outbox)
    before = await _read(single, superuser)
    assert await outbox.due_in() is None
    assert await _read(single, superuser) - before < 20
    await outbox.settle([result(delivery, Outcome.AGAIN, KEEP)], Breaker())
    before = await _read(single, superuser)
    due_in = await outbox.due_in()
    assert due_in is not None
    assert timedelta(0) < due_in <= KEEP
    assert await _read(single, superuser) - before < 20


async def test_looking_for_what_is_not_there_writes_nothing(
    outbox: PostgresOutbox, subscriptions: Subscriptions, superuser: asyncpg.Connection
) -> None:
    """Not even the id of a transaction; every relay looks every second."""
    for kind in (Kind.STANDARD, Kind.ACTIVITY):
        await subscriptions.add(a_subscriber(None, kind=kind))
    next_id = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
    assert not await claim(outbox)
    before = await superuser.fetchval(next_id)
    for _ in range(10):
        assert not await claim(outbox)
        assert await outbox.due_in() is None
        assert await outbox.settle([], Breaker()) == 0
    assert await superuser.fetchval(next_id) == before


def _nobodys(subscriber: Subscriber) -> Delivery:
    """Return a delivery that is nowhere."""
    return Delivery(
        subscriber=subscriber,
        tenant_id=TENANT,
        message_id=a_message_id(),
        event_type="event.created",
        position=1,
        place=1,
        attempt=1,
        body=None,
        token=uuid4(),
    )


async def _read(pool: RelayPool, superuser: asyncpg.Connection) -> int:
    """Return how many entries of indexes, and rows without one, were read so far."""
    async with pool.connection() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
    number: int = await superuser.fetchval(
        "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"
        " WHERE relname IN ('delivery', 'outbox')"
    )
    by_row: int = await superuser.fetchval(
        "SELECT sum(seq_tup_read) FROM pg_stat_user_tables"
        " WHERE relname IN ('delivery', 'outbox')"
    )
    return number + by_row


async def test_what_is_over_is_not_passed_over_again_at_each_claim(
    store: PostgresStore,
    single: RelayPool,
    subscriptions: Subscriptions,
    superuser: asyncpg.Connection,
    connect: Connect,
) -> None:
    """While a snapshot is held, the rows of what is over cannot be cleared away."""
    outbox = PostgresOutbox(single, low_water=LowWater(every=0))
    await subscriptions.add(a_subscriber(TENANT))
    holder = await connect(SUPERUSER)
    async with holder.transaction(isolation="repeatable_read", readonly=True):
        await holder.fetchval("SELECT count(*) FROM events.delivery")
        cost = []
        for _ in range(40):
            await publish(store, 1)
            while await outbox.advance():
                pass
            before = await _read(single, superuser)
            [delivery] = await outbox.claim(room=9, each=9, busy={}, keep=KEEP)
            cost.append(await _read(single, superuser) - before)
            await outbox.settle([result(delivery)], Breaker())
    assert max(cost) < 20


async def test_what_is_to_be_tried_later_hides_nothing_that_comes_sooner(
    store: PostgresStore, pool: RelayPool, subscriptions: Subscriptions
) -> None:
    low_water = LowWater(every=0)
    outbox = PostgresOutbox(pool, low_water=low_water)
    await subscriptions.add(a_subscriber(TENANT))
    await publish(store, 1)
    [first] = await claim(outbox)
    later = result(first, Outcome.AGAIN, timedelta(hours=1))
    await outbox.settle([later], Breaker())
    async with pool.connection() as connection:
        await low_water.look(connection)
    await publish(store, 1)
    assert [delivery.position for delivery in await claim(outbox)] == [2]


async def test_who_failed_is_well_after_one_success(
    store: PostgresStore,
    outbox: PostgresOutbox,
    subscriptions: Subscriptions,
    superuser: asyncpg.Connection,
) -> None:
    await subscriptions.add(a_subscriber(TENANT))
    await publish(store, 2)
    first, second = await claim(outbox)
    failed = Result(delivery=first, outcome=Outcome.AGAIN)
    at_once = Breaker(opens_after=1, pauses=(timedelta(0),))
    await outbox.settle([failed], at_once)
    health = "SELECT failures, trips, open_until FROM events.subscription"
    [(failures, trips, _)] = await superuser.fetch(health)
    assert (failures, trips) == (1, 1)
    await outbox.settle([result(second)], Breaker())
    [(failures, trips, open_until)] = await superuser.fetch(health)
    assert (failures, trips, open_until) == (0, 0, None)
    [again] = await claim(outbox)
    assert evolve(again, token=first.token, attempt=1) == first


async def test_each_pause_is_as_long_as_she_asks_or_as_ours(
    store: PostgresStore,
    outbox: PostgresOutbox,
    subscriptions: Subscriptions,
    superuser: asyncpg.Connection,
) -> None:
    """Whichever is longer; after each she is asked with one delivery."""
    await subscriptions.add(a_subscriber(TENANT))
    await publish(store, 9)
    pauses = []
    for most in (9, 1, 1, 1, 1):
        tried, *others = await claim(outbox)
        assert len(others) < most
        failed = result(tried, Outcome.AGAIN)
        asks = evolve(failed, leave_alone=timedelta(seconds=30))
        await outbox.settle([asks, *(result(one, None) for one in others)], Breaker())
        assert not await claim(outbox)
        rests = "SELECT open_until - statement_timestamp() FROM events.subscription"
        pauses.append(await superuser.fetchval(rests))
        over = "UPDATE events.subscription SET open_until = statement_timestamp()"
        await superuser.execute(over)
    seconds = [pause.total_seconds() for pause in pauses]
    assert seconds == pytest.approx([30, 30, 30, 40, 80], abs=5)
