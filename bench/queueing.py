"""The queue alone: positions, laying out, claims and marks, with nothing sent."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate
from pathlib import Path

import asyncpg
from attrs import frozen

from adapters.postgres.queue.laying_out import LayingOut
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import Sequencer
from adapters.postgres.queue.subscriptions import Subscriptions
from bench.ceilings import claim_and_mark, lease_and_mark
from bench.extent import Extent
from bench.outbox import (
    clean,
    commit_facts,
    fresh_place,
    rates,
    relay_url,
    subscriber,
)
from bench.part import Part
from bench.place import Place
from bench.report import table
from events_core.ports.outbox import Breaker, Outcome, Result, State
from events_core.testing.builders import a_tenant

_KEEP = timedelta(seconds=45)
_A_TIME = 100
_FIFTHS = 5

_INTRO = """\
Facts of two thousand events are given positions and laid out for one subscriber, then
claimed a hundred at a time, in the order of each event, and marked as delivered, each
attempt written down. Beside it bare loops over rows of the same size: one claims and
marks in a single statement; the other claims for a while and marks by a token, as
whoever is to survive a kill has to. None of them keeps an order or writes anything
down.
"""
_HELD = """\
The same while somebody holds a snapshot from before, so that nothing that is over can
be cleared away (deliveries a second, by the clock, in each fifth of the backlog):
"""


@frozen
class Passed:
    """How deliveries went through. ``fifths`` are the rates of its parts."""

    rate: float
    client_us: float
    database_us: float
    fifths: Sequence[float]


async def _work(
    outbox: PostgresOutbox, seen: list[tuple[float, int]], until: int
) -> None:
    """Claim and mark until that many were, by all who write to ``seen``."""
    while sum(number for _, number in seen) < until:
        claimed = await outbox.claim(room=_A_TIME, each=_A_TIME, busy={}, keep=_KEEP)
        done = [Result(delivery=one, outcome=Outcome.DELIVERED) for one in claimed]
        noted = await outbox.settle(done, Breaker()) if done else 0
        seen.append((time.perf_counter(), noted))


async def _pass(place: Place, facts: int, workers: int, *, is_held: bool) -> Passed:
    holder = await asyncpg.connect(place.superuser_url)
    if is_held:
        await holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        await holder.fetch("SELECT FROM events.subscription")
    pool = RelayPool(relay_url(place))
    one = subscriber("http://127.0.0.1:1")
    await Subscriptions(pool).add(one)
    await commit_facts(place, a_tenant(), facts)
    while await PostgresOutbox(pool).advance():
        pass
    pools = [RelayPool(relay_url(place), connections=1) for _ in range(workers)]
    database, client = place.database_cpu(), time.process_time()
    seen = [(time.perf_counter(), 0)]
    await asyncio.gather(*(_work(PostgresOutbox(each), seen, facts) for each in pools))
    database, client = place.database_cpu() - database, time.process_time() - client
    await Subscriptions(pool).set_state(one.id, State.PAUSED)
    for each in (pool, *pools):
        await each.close()
    await holder.close()
    await clean(place)
    return Passed(
        facts / (seen[-1][0] - seen[0][0]),
        client / facts * 1e6,
        database / facts * 1e6,
        rates([when for when, _ in seen], accumulate(n for _, n in seen), _FIFTHS),
    )


async def _positions(place: Place, facts: int) -> list[tuple[object, ...]]:
    pool = RelayPool(relay_url(place))
    one = subscriber("http://127.0.0.1:1")
    await Subscriptions(pool).add(one)
    await commit_facts(place, a_tenant(), facts)
    rows: list[tuple[object, ...]] = []
    for name, step in (
        ("given a position", Sequencer(pool).tick),
        ("laid out", LayingOut(pool).lay_out),
    ):
        database, client = place.database_cpu(), time.process_time()
        began = time.perf_counter()
        while await step():
            pass
        rate = facts / (time.perf_counter() - began)
        database, client = place.database_cpu() - database, time.process_time() - client
        rows.append((name, rate, client / facts * 1e6, database / facts * 1e6, ""))
    await Subscriptions(pool).remove(one.id)
    await pool.close()
    return rows


async def _look(place: Place, extent: Extent) -> str:
    facts = extent.facts
    rows = await _positions(place, facts)
    bare, leased = (
        await claim_and_mark(place, facts),
        await lease_and_mark(place, facts),
    )
    for name, of in (("bare: claim and mark", bare), ("bare: lease, mark", leased)):
        ratio = of.rate / leased.rate
        rows.append((name, of.rate, of.client_us, of.database_us, ratio))
    free = [await _pass(place, facts, n, is_held=False) for n in (1, 2)]
    for number, one in enumerate(free, 1):
        name = f"ours: claim and mark, {number} at it"
        ratio = one.rate / leased.rate
        rows.append((name, one.rate, one.client_us, one.database_us, ratio))
    columns = (
        f"{facts:,} facts",
        "a second, by the clock",
        "client, CPU µs",
        "PostgreSQL, CPU µs",
        "to lease and mark",
    )
    held = await _pass(place, facts, 1, is_held=True)
    fifths = [f"fifth {number}" for number in range(1, _FIFTHS + 1)]
    holding = table(
        ("", *fifths, "PostgreSQL, CPU µs"),
        [
            (name, *one.fifths, one.database_us)
            for name, one in (("nobody holds one", free[0]), ("held", held))
        ],
    )
    return f"{_INTRO}\n{table(columns, rows)}\n\n{_HELD}\n{holding}"


def _measure(_data_dir: Path, extent: Extent) -> str:
    with fresh_place() as place:
        return asyncio.run(_look(place, extent))


PART = Part("The queue", _measure)
