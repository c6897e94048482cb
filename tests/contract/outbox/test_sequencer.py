"""Every committed fact gets one position, in an order that nobody can miss one in."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.postgres.embedded import SUPERUSER
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import AnotherClusterError, Sequencer
from events_core.testing.builders import new_uuid
from tests.contract.outbox.writers import Writer
from tests.postgres import Connect

A, B = UUID(int=1), UUID(int=2)


@pytest.fixture
def sequencer(pool: RelayPool) -> Sequencer:
    return Sequencer(pool)


@pytest.fixture
async def writers(connect: Connect) -> list[Writer]:
    return [Writer(await connect(SUPERUSER)) for _ in range(4)]


async def positions(superuser: asyncpg.Connection) -> list[tuple[UUID, int, UUID]]:
    """Whose, which and of what: in the order that is read inside."""
    rows = await superuser.fetch(
        "SELECT tenant_id, position, message_id FROM events.fact_position"
        " JOIN events.outbox USING (tenant_id, seq) ORDER BY place"
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def test_a_fact_that_was_committed_late_is_not_missed(
    sequencer: Sequencer, writers: list[Writer], superuser: asyncpg.Connection
) -> None:
    early, late = writers[:2]
    await late.begin()
    held_back = await late.write(A)
    await early.begin()
    quick = await early.write(A)
    await early.commit()
    assert await sequencer.tick() == 1
    assert await sequencer.tick() == 0
    await late.commit()
    assert await sequencer.tick() == 1
    assert await positions(superuser) == [(A, 1, quick), (A, 2, held_back)]


async def test_reading_on_from_the_highest_number_would_miss_one(
    writers: list[Writer], superuser: asyncpg.Connection
) -> None:
    """The reason for all of it: what one must not do, and what becomes of it."""
    early, late = writers[:2]
    await late.begin()
    held_back = await late.write(A)
    await early.begin()
    quick = await early.write(A)
    await early.commit()
    after = "SELECT seq, message_id FROM events.outbox WHERE seq > $1"
    first = await superuser.fetch(after, 0)
    await late.commit()
    rest = await superuser.fetch(after, max(row["seq"] for row in first))
    read = [row["message_id"] for row in (*first, *rest)]
    assert quick in read
    assert held_back not in read


async def test_an_open_transaction_delays_nobody_else(
    sequencer: Sequencer, writers: list[Writer], superuser: asyncpg.Connection
) -> None:
    idle, busy = writers[:2]
    await idle.begin()
    last = await idle.write(B)
    for number in range(1, 6):
        await busy.begin()
        await busy.write(A)
        await busy.commit()
        assert await sequencer.tick() == 1
        assert len(await positions(superuser)) == number
    await idle.commit()
    assert await sequencer.tick() == 1
    assert (await positions(superuser))[-1] == (B, 1, last)


async def test_what_is_rolled_back_leaves_no_gap(
    sequencer: Sequencer, writers: list[Writer], superuser: asyncpg.Connection
) -> None:
    one, two = writers[:2]
    await one.begin()
    await one.write(A)
    await two.begin()
    stays = await two.write(A)
    await one.roll_back()
    await two.commit()
    assert await sequencer.tick() == 1
    assert await positions(superuser) == [(A, 1, stays)]


async def test_a_savepoint_does_not_hide_a_fact(
    sequencer: Sequencer, superuser: asyncpg.Connection
) -> None:
    writer = Writer(superuser)
    async with superuser.transaction():
        await writer.write(A)
        async with superuser.transaction():
            await writer.write(A)
        other = superuser.transaction()
        await other.start()
        await writer.write(A)
        await other.rollback()
    assert await sequencer.tick() == 2


async def test_of_two_at_once_one_gives_and_nothing_is_given_twice(
    relay_url: str, writers: list[Writer], superuser: asyncpg.Connection
) -> None:
    async with AsyncExitStack() as stack:
        sequencers = []
        for _ in range(3):
            pool = RelayPool(relay_url, connections=1)
            stack.push_async_callback(pool.close)
            sequencers.append(Sequencer(pool))
        given_out = 0
        for _ in range(20):
            await writers[0].begin()
            for _ in range(3):
                await writers[0].write(A)
            await writers[0].commit()
            given_out += sum(await asyncio.gather(*(s.tick() for s in sequencers)))
        given_out += await sequencers[0].tick()
    assert given_out == 60
    assert [number for _, number, _ in await positions(superuser)] == [*range(1, 61)]


async def test_who_finds_another_at_it_does_not_wait(
    sequencer: Sequencer, writers: list[Writer], superuser: asyncpg.Connection
) -> None:
    await writers[0].begin()
    await writers[0].write(A)
    await writers[0].commit()
    async with superuser.transaction():
        await superuser.execute("SELECT FROM events.sequencer FOR UPDATE")
        assert await sequencer.tick() == 0
    assert await sequencer.tick() == 1


async def test_a_look_that_finds_nothing_writes_nothing(
    sequencer: Sequencer, superuser: asyncpg.Connection
) -> None:
    next_id = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    await sequencer.tick()
    before = await superuser.fetchval(next_id)
    for _ in range(10):
        assert await sequencer.tick() == 0
    taken = await superuser.fetchval(next_id) - before
    assert taken < 10  # the server's own housekeeping may take one


async def test_in_another_cluster_it_goes_on_only_after_a_resync(
    sequencer: Sequencer, writers: list[Writer], superuser: asyncpg.Connection
) -> None:
    writer = writers[0]
    await writer.begin()
    first = await writer.write(A)
    await writer.commit()
    await sequencer.tick()
    # As a restore elsewhere leaves it: ids from the future, and a fact not yet seen.
    await writer.begin()
    second = await writer.write(A)
    await writer.commit()
    await superuser.execute(
        "UPDATE events.sequencer SET cluster = 1, seen = '900000000:900000000:'"
    )
    await superuser.execute("UPDATE events.outbox SET xid = '800000000'")
    await writer.begin()
    third = await writer.write(A)
    await writer.commit()
    with pytest.raises(AnotherClusterError):
        await sequencer.tick()
    assert await sequencer.resync() == 2
    assert await sequencer.tick() == 0
    await writer.begin()
    fourth = await writer.write(A)
    await writer.commit()
    assert await sequencer.tick() == 1
    assert [message for _, _, message in await positions(superuser)] == [
        first,
        second,
        third,
        fourth,
    ]


async def test_positions_do_not_cross_the_fence_between_tenants(
    sequencer: Sequencer, writers: list[Writer], connect: Connect
) -> None:
    await writers[0].begin()
    await writers[0].write(A)
    await writers[0].commit()
    await sequencer.tick()
    app = await connect("events_app")
    for tenant_id, seen in ((A, 1), (B, 0)):
        async with app.transaction():
            await app.execute(
                "SELECT set_config('app.tenant_id', $1, true)", str(tenant_id)
            )
            for table in ("fact_position", "fact_head"):
                found = await app.fetchval(f"SELECT count(*) FROM events.{table}")
                assert found == seen
    for table in ("fact_position", "fact_head", "sequencer"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(f"DELETE FROM events.{table}")


#: A writer writes a fact, or ends her transaction; or positions are given.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 3), st.sampled_from([A, B])),
        st.tuples(st.just("commit"), st.integers(0, 3), st.just(A)),
        st.tuples(st.just("roll_back"), st.integers(0, 3), st.just(A)),
        st.tuples(st.just("tick"), st.just(0), st.just(A)),
    ),
    max_size=40,
)


@pytest.fixture
async def idle_elsewhere(
    connect: Connect, postgres_cluster: object
) -> AsyncIterator[None]:
    """A transaction that has an id and does nothing, all the time."""
    connection = await connect(SUPERUSER)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT pg_current_xact_id()")
    yield
    await transaction.rollback()


@given(steps=STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_the_order_of_commits_each_fact_has_one_place_in_it(
    steps: list[tuple[str, int, UUID]],
    sequencer: Sequencer,
    writers: list[Writer],
    superuser: asyncpg.Connection,
    idle_elsewhere: None,
) -> None:
    """As seen by a reader of positions, and told by the writers."""
    before = await positions(superuser)
    known = len(before)
    heads = defaultdict(int, {tenant_id: number for tenant_id, number, _ in before})
    under_way: dict[int, list[UUID]] = {}
    committed: set[UUID] = set()
    for step, who, tenant_id in steps:
        if step == "tick":
            await sequencer.tick()
            seen = {message for _, _, message in (await positions(superuser))[known:]}
            assert seen == committed
        elif step == "write":
            if who not in under_way:
                await writers[who].begin()
            message = await writers[who].write(tenant_id)
            under_way.setdefault(who, []).append(message)
        elif who in under_way:
            messages = under_way.pop(who)
            await getattr(writers[who], step)()
            if step == "commit":
                committed.update(messages)
    for who, messages in under_way.items():
        await writers[who].commit()
        committed.update(messages)
    await sequencer.tick()
    new = (await positions(superuser))[known:]
    assert len(new) == len(committed)
    assert {message for _, _, message in new} == committed
    for tenant_id, number, _ in new:
        heads[tenant_id] += 1
        assert number == heads[tenant_id]


async def test_facts_of_one_event_are_in_the_order_of_its_changes(
    relay_url: str, writers: list[Writer], superuser: asyncpg.Connection
) -> None:
    """Writers who wait for each other at the event, as those of the store do."""
    event_id, done = new_uuid(), asyncio.Event()
    await superuser.execute("CREATE TABLE versions AS SELECT 0 AS version")

    async def write(writer: Writer) -> None:
        for _ in range(15):
            await writer.begin()
            version = await writer._connection.fetchval(
                "UPDATE versions SET version = version + 1 RETURNING version"
            )
            await writer.write(A, event_id, version=version)
            await writer.commit()

    async def sequence() -> None:
        pool = RelayPool(relay_url, connections=1)
        try:
            while not done.is_set():
                await Sequencer(pool).tick()
            await Sequencer(pool).tick()
        finally:
            await pool.close()

    ticking = asyncio.gather(sequence(), sequence())
    await asyncio.gather(*map(write, writers))
    done.set()
    await ticking
    rows = await superuser.fetch(
        "SELECT event_version FROM events.fact_position"
        " JOIN events.outbox USING (tenant_id, seq) ORDER BY place"
    )
    assert [row[0] for row in rows] == [*range(1, 61)]
