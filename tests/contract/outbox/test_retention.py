"""Old facts go, and never one that somebody is still to be told of."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import SUPERUSER
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.retention import clear_facts
from adapters.postgres.queue.sequencer import Sequencer
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.domain.exposure import Visibility
from events_core.testing.builders import an_event, arrival_of, new_uuid, step_between
from events_core.testing.contracts.outbox import KEEP, a_subscriber, next_of
from tests.contract.outbox.writers import Writer
from tests.postgres import Connect

ALL, A, B = (UUID(int=n) for n in range(3))
NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(days=30)


@frozen
class World:
    """Facts, by their place from 1 on, and who is to hear of them.

    ``old`` says of each fact whether its time is over, ``without`` how many further
    ones have no position yet; of each subscription there is its tenant, its state,
    its place, and which places are laid out for it or dead.
    """

    tenants: list[UUID]
    old: int
    without: int
    subscriptions: list[tuple[UUID, str, int, set[int], set[int]]]

    def staying(self) -> list[int]:
        """Return the places that are to stay: the oracle."""
        return [
            place
            for place, tenant in enumerate(self.tenants, 1)
            if place > self.old
            or any(
                (state == "active" and up_to < place) or place in laid_out | dead
                for of, state, up_to, laid_out, dead in self.subscriptions
                if of in {ALL, tenant}
            )
        ]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    tenants = draw(st.lists(st.sampled_from((A, B)), max_size=12))
    places = st.integers(0, len(tenants))
    some = st.sets(st.integers(1, max(1, len(tenants))), max_size=2)
    subscriptions = st.tuples(
        st.sampled_from((ALL, A, B)),
        st.sampled_from(("active", "paused", "disabled")),
        places,
        some,
        some,
    )
    several = st.lists(subscriptions, max_size=3)
    return World(tenants, draw(places), draw(st.integers(0, 2)), draw(several))


@pytest.fixture
async def relay(relay_url: str) -> AsyncIterator[Database]:
    relay = Database.at(relay_url, connections=4)
    yield relay
    await relay.close()


async def make(world: World, superuser: asyncpg.Connection, pool: RelayPool) -> None:
    """Have exactly this in the database."""
    await superuser.execute(
        "TRUNCATE events.outbox, events.fact_position, events.fact_head,"
        " events.subscription, events.delivery, events.dead_letter;"
        "UPDATE events.sequencer SET seen = pg_current_snapshot(), last_place = 0"
    )
    writer = Writer(superuser)
    for tenant in world.tenants:
        await writer.write(tenant)
    await Sequencer(pool).tick()
    for _ in range(world.without):
        await writer.write(A)
    await superuser.execute(
        "UPDATE events.fact_position SET given_at = CASE WHEN place <= $1"
        " THEN $2::timestamptz - interval '1 second' ELSE $2 END",
        world.old,
        BEFORE,
    )
    for tenant, state, place, laid_out, dead in world.subscriptions:
        name = new_uuid()
        await superuser.execute(
            "INSERT INTO events.subscription (tenant_id, subscription_id, kind, url,"
            " description, visibilities, persons, secrets, state, place)"
            " VALUES ($1, $2, 'standard', 'https://a', '', '{}', false, '{}', $3, $4)",
            tenant,
            name,
            state,
            place,
        )
        for table, places in (("delivery", laid_out), ("dead_letter", dead)):
            await superuser.execute(
                f"INSERT INTO events.{table} (tenant_id, subscription_id, place,"
                f" position, seq, lane, told, attempts)"
                " SELECT tenant_id, $1, place, position, seq, $1, 'itself', 1"
                " FROM events.fact_position WHERE place = ANY ($2)"
                " AND ($3::uuid = $4::uuid OR tenant_id = $3)",
                name,
                sorted(places),
                tenant,
                ALL,
            )


async def left(superuser: asyncpg.Connection) -> tuple[list[int], int]:
    """Return the places there are, each with its fact, and how many facts in all."""
    places = await superuser.fetch(
        "SELECT place FROM events.fact_position JOIN events.outbox"
        " USING (tenant_id, seq) ORDER BY place"
    )
    facts: int = await superuser.fetchval("SELECT count(*) FROM events.outbox")
    positions = await superuser.fetchval("SELECT count(*) FROM events.fact_position")
    assert positions == len(places)
    return [row["place"] for row in places], facts


@given(world=worlds())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
        HealthCheck.too_slow,
    ],
)
async def test_exactly_what_is_old_and_awaited_by_nobody_goes(
    relay: Database, pool: RelayPool, superuser: asyncpg.Connection, world: World
) -> None:
    await make(world, superuser, pool)
    staying, total = world.staying(), len(world.tenants) + world.without
    going = len(world.tenants) - len(staying)
    everything = [*range(1, len(world.tenants) + 1)]

    async def clear(*, dry_run: bool) -> int:
        return await clear_facts(relay, before=BEFORE, portion=3, dry_run=dry_run)

    assert await clear(dry_run=True) == going
    assert await left(superuser) == (everything, total)
    assert sum(await asyncio.gather(*(clear(dry_run=False) for _ in range(3)))) == going
    assert await left(superuser) == (staying, total - going)
    assert await clear(dry_run=False) == 0
    # Positions go on where they were.
    await Sequencer(pool).tick()
    places, _ = await left(superuser)
    assert places == [*staying, *range(len(everything) + 1, total + 1)]


async def test_what_somebody_is_just_being_set_back_to_stays(
    relay: Database, pool: RelayPool, superuser: asyncpg.Connection, connect: Connect
) -> None:
    await make(World([A] * 4, 4, 0, [(A, "active", 4, set(), set())]), superuser, pool)
    other = await connect(SUPERUSER)
    transaction = other.transaction()
    await transaction.start()
    await other.execute("UPDATE events.subscription SET place = 2")
    clearing = asyncio.create_task(
        clear_facts(relay, before=BEFORE, portion=3, dry_run=False)
    )
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while not clearing.done() and not await superuser.fetchval(waits):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await transaction.commit()
    assert await clearing == 2
    assert await left(superuser) == ([3, 4], 2)


async def told_in(outbox: PostgresOutbox) -> list[Mapping[str, object]]:
    while await outbox.advance():
        pass
    claimed = await outbox.claim(room=10, each=10, busy={}, keep=KEEP)
    return [json.loads(delivery.body or b"null") for delivery in claimed]


async def test_who_made_an_event_is_told_also_when_its_first_fact_has_gone(
    store: PostgresStore,
    relay: Database,
    pool: RelayPool,
    superuser: asyncpg.Connection,
) -> None:
    outbox, subscriptions = PostgresOutbox(pool), Subscriptions(pool)
    hidden = an_event(visibility=Visibility.PRIVATE)
    shown = next_of(hidden, visibility=Visibility.PUBLIC)
    await subscriptions.add(a_subscriber(hidden.tenant_id))
    async with store.unit_of_work(hidden.tenant_id) as uow:
        await uow.events.save(arrival_of(hidden))
        await uow.commit()
    assert await told_in(outbox) == []
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert await clear_facts(relay, before=tomorrow, portion=100, dry_run=False) == 1
    async with store.unit_of_work(hidden.tenant_id) as uow:
        await uow.events.save(step_between(hidden, shown))
        await uow.commit()
    [told] = await told_in(outbox)
    assert told["event_type"] == "event.created"
    assert told["created_by"] == str(hidden.created_by)
    assert (await left(superuser))[0] == [2]
