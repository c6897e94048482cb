"""What has been kept long enough goes, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from adapters.postgres import (
    Database,
    Kept,
    PostgresPublishing,
    PostgresRepeats,
    PostgresStore,
    clear_away,
    tenant_of,
)
from adapters.postgres.embedded import RELAY, RunningCluster
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from adapters.postgres.retention import PORTION
from adapters.system import SystemClock
from events_core.domain.event import Event
from events_core.domain.exposure import Status
from events_core.domain.identity import EventId
from events_core.domain.predicate import Everything
from events_core.ports.outbox import Breaker, Outcome
from events_core.ports.repeats import AlreadyDone, Claimed, KeptAnswer, RepeatKey
from events_core.testing.builders import (
    EVENING,
    NOW,
    a_cause,
    a_person,
    a_schedule,
    a_tenant,
    an_event,
    arrival_of,
    new_uuid,
)
from events_core.testing.contracts.outbox import a_subscriber, result

YEAR = timedelta(days=365)
KEPT = KeptAnswer(200, (), b"{}")


async def stored(app: Database, event: Event) -> Event:
    async with PostgresStore(app).unit_of_work(event.tenant_id) as uow:
        await uow.events.save(arrival_of(event))
        await uow.commit()
    return event


async def is_there(app: Database, event: Event) -> bool:
    async with PostgresStore(app).unit_of_work(event.tenant_id) as uow:
        return await uow.events.get(event.id, Everything()) is not None


async def test_an_event_archived_long_ago_goes_and_its_facts_stay(
    app: Database, relay: Database
) -> None:
    long_ago = a_schedule(EVENING - 3 * YEAR)
    old = await stored(app, an_event(status=Status.ARCHIVED, schedule=long_ago))
    recent = await stored(app, an_event(status=Status.ARCHIVED))
    not_archived = await stored(app, an_event(schedule=long_ago))
    kept = Kept(archived_events=2 * YEAR)
    cleared = await clear_away(relay, now=NOW, kept=kept)
    assert cleared["archived_events"] == 1
    assert not await is_there(app, old)
    assert await is_there(app, recent)
    assert await is_there(app, not_archived)
    async with PostgresStore(app).unit_of_work(old.tenant_id) as uow:
        assert len(await uow.record.facts(old.id)) == 1
        assert await uow.record.versions(old.id) == ()


async def test_an_answer_is_kept_until_it_has_expired(
    app: Database, relay: Database
) -> None:
    repeats = PostgresRepeats(app)
    keys = [RepeatKey(a_tenant(), a_person(), bytes([n]) * 32) for n in range(2)]
    for key, keep_for in zip(keys, [timedelta(minutes=1), YEAR], strict=True):
        await repeats.claim(key, b"f", seed=new_uuid(), now=NOW, keep_for=keep_for)
        await repeats.keep(key, KEPT)
    later = NOW + timedelta(hours=1)
    cleared = await clear_away(relay, now=later)
    assert cleared["kept_answers"] == 1
    again = [
        await repeats.claim(key, b"f", seed=new_uuid(), now=NOW, keep_for=YEAR)
        for key in keys
    ]
    assert [type(outcome) for outcome in again] == [Claimed, AlreadyDone]


async def test_a_dry_run_counts_and_deletes_nothing(
    app: Database, relay: Database
) -> None:
    schedule = a_schedule(EVENING - 3 * YEAR)
    old = await stored(app, an_event(status=Status.ARCHIVED, schedule=schedule))
    first = await clear_away(relay, now=NOW, dry_run=True)
    nothing = dict.fromkeys(first, 0)
    assert first == {**nothing, "archived_events": 1}
    assert await is_there(app, old)
    assert await clear_away(relay, now=NOW) == first
    assert await clear_away(relay, now=NOW) == nothing


_LAY_OUT = text("""
    INSERT INTO events.delivery (tenant_id, subscription_id, place, position, seq, lane,
        told)
    SELECT :tenant, :who, n, n, n, gen_random_uuid(), 'itself'
    FROM generate_series(1, :rows) AS n
""")


async def test_more_than_a_portion_goes_too(app: Database, relay: Database) -> None:
    repeats, tenant_id, person = PostgresRepeats(app), a_tenant(), a_person()
    for number in range(PORTION + 1):
        key = RepeatKey(tenant_id, person, number.to_bytes(32, "big"))
        await repeats.claim(key, b"f", seed=new_uuid(), now=NOW, keep_for=YEAR)
    cleared = await clear_away(relay, now=NOW + 2 * YEAR)
    assert cleared["kept_answers"] == PORTION + 1


async def test_deliveries_leave_their_record_and_dead_letters_their_fact_for_a_while(
    app: Database, relay: Database, name: str, postgres_cluster: RunningCluster
) -> None:
    event = await stored(app, an_event())
    pool = RelayPool(postgres_cluster.dsn(RELAY, name))
    outbox, subscriptions = PostgresOutbox(pool), Subscriptions(pool)
    assert await outbox.advance()
    await subscriptions.add(a_subscriber(event.tenant_id))
    await stored(app, an_event(tenant_id=event.tenant_id))
    assert await outbox.advance()
    claimed = await outbox.claim(room=9, each=9, busy={}, keep=timedelta(seconds=45))
    dead = [result(delivery, Outcome.DEAD) for delivery in claimed]
    assert await outbox.settle(dead, Breaker()) == 1
    await pool.close()
    now, day = SystemClock().now(), timedelta(days=1)
    kept = Kept(facts=30 * day, attempts=30 * day, dead_letters=90 * day)
    found = [
        {name: n for name, n in cleared.items() if n}
        for age in (29, 31, 31, 91, 91)
        for cleared in [await clear_away(relay, now=now + age * day, kept=kept)]
    ]
    assert found == [
        {},
        {"attempts": 1, "facts": 1},
        {},
        {"dead_letters": 1, "facts": 1},
        {},
    ]


@pytest.mark.parametrize("by", ["tenant", "operator"])
async def test_of_who_is_removed_with_very_much_to_be_told_nothing_is_left(
    app: Database,
    relay: Database,
    name: str,
    postgres_cluster: RunningCluster,
    by: str,
) -> None:
    """A request takes what is bounded; an operator takes all, in portions."""
    tenant_id, number = a_tenant(), 100_001
    gone, stays = a_subscriber(tenant_id), a_subscriber(tenant_id)
    pool = RelayPool(postgres_cluster.dsn(RELAY, name))
    subscriptions = Subscriptions(pool)
    async with relay.transaction(None) as transaction:
        for subscriber, rows in ((gone, number), (stays, 2)):
            await subscriptions.add(subscriber)
            values = {"tenant": tenant_id, "who": subscriber.id, "rows": rows}
            await transaction.run(_LAY_OUT, values)
        await transaction.commit()
    if by == "tenant":
        book = PostgresPublishing(app).of(tenant_id, a_cause()).subscriptions
        assert await book.remove(gone.id)
    else:
        assert await subscriptions.remove(gone.id)
    await pool.close()
    now = SystemClock().now()
    left = number - 100_000 if by == "tenant" else 0
    for dry_run in (True, False, False):
        cleared = await clear_away(relay, now=now, dry_run=dry_run)
        assert cleared["deliveries"] == left
        left = left if dry_run else 0
    async with relay.transaction(None) as transaction:
        found = await transaction.run(text("SELECT count(*) FROM events.delivery"))
        assert found.scalar_one() == 2


async def test_the_tenant_of_an_event_is_found_by_its_id_alone(app: Database) -> None:
    event = await stored(app, an_event())
    assert await tenant_of(app, event.id) == event.tenant_id
    assert await tenant_of(app, EventId(new_uuid())) is None
