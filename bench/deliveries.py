"""Facts a second, from the outbox to an acknowledged delivery, and the ceiling."""

import asyncio
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import asyncpg
from attrs import frozen

from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from bench import jobs
from bench.extent import Extent
from bench.outbox import (
    clean,
    commit_facts,
    fresh_place,
    posts,
    relay_url,
    relays,
    sink,
    subscriber,
)
from bench.part import Part
from bench.place import Place
from bench.report import table
from events_core.ports.outbox import State
from events_core.testing.builders import a_tenant

_PATIENCE = 3600.0  # seconds
_FIFTHS = 5
_A_FEW = 100

_INTRO = """\
Facts of two thousand events are committed at once, and relays are told: the facts are
given positions, laid out for a subscriber, claimed, signed, posted over loopback to a
sink that answers at once, and marked. Measured from the commit to the last answer.

Beside it, on the same server: a bare loop that claims a hundred rows at a time and
marks them, and delivers nothing; and procrastinate, whose jobs do nothing, at twenty
a time in one worker.
"""
_DRAINING = """\
A backlog, committed at once, is drained by one relay without slowing if the last
fifth goes as fast as the first (facts a second, by the clock):
"""
_CLAIM = """
    UPDATE bare SET done = true WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM bare WHERE NOT done ORDER BY id LIMIT 100
        FOR UPDATE SKIP LOCKED
    )) RETURNING payload
"""


@frozen
class Drained:
    """How relays delivered what they found. ``fifths`` are the rates of its parts."""

    rate: float
    relay_us: float
    database_us: float
    fifths: Sequence[float]


async def _drain(place: Place, to: str, facts: int, number: int) -> Drained:
    pool, one = RelayPool(relay_url(place)), subscriber(to)
    await Subscriptions(pool).add(one)
    with relays(place, number) as started:
        await _delivered(place, to, _A_FEW)  # so that everybody is at work
        await clean(place)
        cpu = sum(relay.cpu_seconds for relay in started)
        database = place.database_cpu()
        seen = await _delivered(place, to, facts)
        cpu = sum(relay.cpu_seconds for relay in started) - cpu
        database = place.database_cpu() - database
    await Subscriptions(pool).set_state(one.id, State.PAUSED)
    await pool.close()
    reached = [
        next(when for when, count in seen if count * _FIFTHS >= facts * part)
        for part in range(_FIFTHS + 1)
    ]
    return Drained(
        facts / (reached[-1] - reached[0]),
        cpu / facts * 1e6,
        database / facts * 1e6,
        [
            facts / _FIFTHS / max(0.001, later - sooner)
            for sooner, later in pairwise(reached)
        ],
    )


async def _delivered(place: Place, to: str, facts: int) -> list[tuple[float, int]]:
    """Commit facts; return how many had been delivered, time after time, until all."""
    before, _ = await asyncio.to_thread(posts, to)
    await commit_facts(place, a_tenant(), facts)
    seen = [(time.perf_counter(), 0)]
    while seen[-1][1] < facts:
        now, _ = await asyncio.to_thread(posts, to)
        seen.append((time.perf_counter(), now - before))
        await asyncio.sleep(0.02)
        if seen[-1][0] - seen[0][0] > _PATIENCE:
            raise TimeoutError(f"{now - before} of {facts} delivered")
    return seen


async def _ceiling(place: Place, facts: int) -> float:
    connection = await asyncpg.connect(place.superuser_url)
    await connection.execute(
        "CREATE TABLE bare (id bigint PRIMARY KEY, done boolean NOT NULL,"
        " payload text NOT NULL)"
    )
    await connection.execute(
        "INSERT INTO bare SELECT n, false, repeat('x', 420)"
        " FROM generate_series(1, $1::int) AS n",
        facts,
    )
    await connection.execute("CREATE INDEX ON bare (id) WHERE NOT done")
    await connection.execute("VACUUM ANALYZE bare")
    began = time.perf_counter()
    while await connection.fetch(_CLAIM):
        pass
    taken = time.perf_counter() - began
    await connection.execute("DROP TABLE bare")
    await connection.close()
    return facts / taken


async def _look(place: Place, to: str, extent: Extent) -> str:
    ceiling = await _ceiling(place, extent.facts)
    rows: list[tuple[object, ...]] = [("claim and mark alone", ceiling, 1.0, "", "")]
    for number in (1, 2):
        drained = await _drain(place, to, extent.facts, number)
        rows.append(
            (
                "1 relay" if number == 1 else f"{number} relays",
                drained.rate,
                drained.rate / ceiling,
                drained.relay_us,
                drained.database_us,
            )
        )
    if jobs.is_there():
        rate = await jobs.per_second(place.superuser_url, extent.facts)
        rows.append(("procrastinate, nothing done", rate, rate / ceiling, "", ""))
    columns = (
        f"{extent.facts:,} facts",
        "a second, by the clock",
        "to the bare loop",
        "relays, CPU µs a fact",
        "PostgreSQL, CPU µs a fact",
    )
    backlog = await _drain(place, to, extent.backlog, 1)
    fifths = [f"fifth {number}" for number in range(1, len(backlog.fifths) + 1)]
    draining = table(
        ("a backlog of", *fifths), [(f"{extent.backlog:,}", *backlog.fifths)]
    )
    return f"{_INTRO}\n{table(columns, rows)}\n\n{_DRAINING}\n{draining}"


def _measure(_data_dir: Path, extent: Extent) -> str:
    with fresh_place() as place, sink() as to:
        return asyncio.run(_look(place, to, extent))


PART = Part("Deliveries", _measure)
