"""However facts are committed, or not, each committed one gets its position, once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres.embedded import RELAY, SUPERUSER
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import Sequencer
from events_core.errors import StoreUnavailable
from tests.contract.operation.cluster import OwnCluster
from tests.contract.outbox.test_sequencer import positions
from tests.contract.outbox.writers import Writer
from tests.postgres import Connect

A, B = UUID(int=1), UUID(int=2)


@pytest.fixture
def sequencer(pool: RelayPool) -> Sequencer:
    return Sequencer(pool)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[OwnCluster]:
    """One that lets transactions be prepared, which ours does not."""
    settings = {"max_prepared_transactions": "4"}
    with OwnCluster(tmp_path / "data", settings) as cluster:
        yield cluster


@pytest.fixture
async def own_pool(cluster: OwnCluster) -> AsyncIterator[RelayPool]:
    await cluster.migrated()
    pool = RelayPool(cluster.dsn(RELAY))
    yield pool
    await pool.close()


async def test_a_thousand_savepoints_are_one_transaction(
    sequencer: Sequencer, connect: Connect, superuser: asyncpg.Connection
) -> None:
    """Each has an id of its own, by which a row would not be found again."""
    connection = await connect(SUPERUSER)
    writer, kept = Writer(connection), []
    await writer.begin()
    for number in range(1000):
        savepoint = connection.transaction()
        await savepoint.start()
        message = await writer.write(A)
        if number % 3:
            await savepoint.commit()
            kept.append(message)
        else:
            await savepoint.rollback()
        if number == 500:
            assert await sequencer.tick() == 0
    await writer.commit()
    assert await sequencer.tick() == len(kept)
    told = [(A, place, message) for place, message in enumerate(kept, 1)]
    assert await positions(superuser) == told


async def test_a_storm_of_what_is_rolled_back_leaves_no_gap_and_delays_nobody(
    sequencer: Sequencer, connect: Connect, superuser: asyncpg.Connection
) -> None:
    stormy = [Writer(await connect(SUPERUSER)) for _ in range(4)]
    calm, kept = Writer(await connect(SUPERUSER)), []
    is_over = asyncio.Event()

    async def storm(writer: Writer) -> int:
        number = 0
        while not is_over.is_set():
            await writer.begin()
            await writer.write(A)
            await writer.write(B)
            await writer.roll_back()
            number += 1
        return number

    storms = asyncio.gather(*map(storm, stormy))
    for number in range(1, 31):
        await calm.begin()
        kept.append(await calm.write(A))
        await calm.commit()
        assert await sequencer.tick() == 1
        assert len(await positions(superuser)) == number
    is_over.set()
    assert sum(await storms) > 0
    assert await sequencer.tick() == 0
    told = [(A, place, message) for place, message in enumerate(kept, 1)]
    assert await positions(superuser) == told


async def test_what_could_not_be_serialised_is_not_told(
    sequencer: Sequencer, connect: Connect, superuser: asyncpg.Connection
) -> None:
    """Of two who read what the other changes one fails, facts and all."""
    await superuser.execute("CREATE TABLE tally AS SELECT 0 AS number")
    kept = set()
    for _ in range(10):
        both = [await connect(SUPERUSER) for _ in range(2)]
        written = []
        for connection in both:
            await connection.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")
            await connection.fetch("SELECT number FROM tally")
            written.append(await Writer(connection).write(A))
        failed = 0
        for connection, message in zip(both, written, strict=True):
            try:
                await connection.execute("UPDATE tally SET number = number + 1")
                await connection.execute("COMMIT")
                kept.add(message)
            except asyncpg.SerializationError:
                await connection.execute("ROLLBACK")
                failed += 1
        assert failed == 1
        assert await sequencer.tick() == 1
        for connection in both:
            await connection.close()
    told = await positions(superuser)
    assert [number for _, number, _ in told] == [*range(1, 11)]
    assert {message for _, _, message in told} == kept


async def test_what_is_prepared_is_told_when_it_is_committed_and_delays_nobody(
    cluster: OwnCluster, own_pool: RelayPool
) -> None:
    """It outlives its session, and the server itself."""
    sequencer = Sequencer(own_pool)
    slow = await asyncpg.connect(cluster.superuser)
    await slow.execute("BEGIN")
    prepared = await Writer(slow).write(A)
    await slow.execute("PREPARE TRANSACTION 'slow'")
    await slow.close()
    told = []
    for has_restarted in (False, True):
        if has_restarted:
            cluster.kill()
            cluster.start()
        quick = await asyncpg.connect(cluster.superuser)
        writer = Writer(quick)
        await writer.begin()
        told.append(await writer.write(A))
        await writer.commit()
        await _given(sequencer, 1)
        assert [message for _, _, message in await positions(quick)] == told
        await quick.close()
    late = await asyncpg.connect(cluster.superuser)
    await late.execute("COMMIT PREPARED 'slow'")
    await _given(sequencer, 1)
    assert [message for _, _, message in await positions(late)] == [*told, prepared]
    await late.close()


async def _given(sequencer: Sequencer, number: int) -> None:
    """Have positions given; connections from before a restart may be dead."""
    for _ in range(10):
        try:
            assert await sequencer.tick() == number
        except StoreUnavailable:
            continue
        return
    raise AssertionError("the database does not come back")
