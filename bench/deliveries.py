"""Facts a second, from the outbox to an acknowledged delivery, and the ceiling."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from adapters.http.server import run
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from bench import jobs
from bench.ceilings import claim_and_mark, posts_by_aiohttp, posts_by_httpx
from bench.extent import Extent
from bench.outbox import (
    clean,
    commit_facts,
    fresh_place,
    posts,
    rates,
    relay_url,
    relays,
    sink,
    subscriber,
)
from bench.part import Part
from bench.place import Place
from bench.processes import resident_bytes
from bench.report import table
from events_core.ports.outbox import State
from events_core.testing.builders import a_tenant

_PATIENCE = 3600.0  # seconds
_TENTHS = 10
_A_FEW = 100
_LARGE = 20_000  # bytes

_INTRO = """\
Facts of two thousand events are committed at once, and relays are told: the facts are
given positions, laid out for a subscriber, claimed, signed, posted over loopback to a
sink that answers at once, and marked. Measured from the commit to the last answer.

Beside it, in the same run: a bare loop that claims a hundred rows at a time and marks
them, and delivers nothing; posts of 900 bytes to the same sink, unsigned, by the
clients there are; and procrastinate, whose jobs do nothing, at twenty a time in one
worker.
"""
_DRAINING = """\
A backlog, committed at once, is drained by one relay without slowing if the last
tenth goes as fast as the first (by the clock; in the first the backlog is laid out):
"""

_MEMORY = """\
A relay has {at_rest} MiB of memory resident at rest, and {most} at most while it
delivers {facts:,} facts of {size:,} bytes.
"""


@frozen
class Drained:
    """How relays delivered what they found. ``tenths`` are the rates of its parts."""

    rate: float
    relay_us: float
    database_us: float
    tenths: Sequence[float]


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
    times = [when for when, _ in seen]
    return Drained(
        facts / (times[-1] - times[0]),
        cpu / facts * 1e6,
        database / facts * 1e6,
        rates(times, (count for _, count in seen), _TENTHS),
    )


async def _memory(place: Place, to: str, facts: int) -> tuple[int, int]:
    """Return how much memory a relay has at rest, and at most while it delivers."""
    pool, one = RelayPool(relay_url(place)), subscriber(to)
    await Subscriptions(pool).add(one)
    with relays(place, 1) as [relay]:
        await _delivered(place, to, _A_FEW)
        at_rest = most = resident_bytes(relay.pid)
        delivering = asyncio.create_task(_delivered(place, to, facts, _LARGE))
        while not delivering.done():
            most = max(most, resident_bytes(relay.pid))
            await asyncio.sleep(0.01)
        await delivering
    await Subscriptions(pool).set_state(one.id, State.PAUSED)
    await pool.close()
    return at_rest, most


async def _delivered(
    place: Place, to: str, facts: int, size: int = 360
) -> list[tuple[float, int]]:
    """Commit facts; return how many had been delivered, time after time, until all."""
    before, _ = await asyncio.to_thread(posts, to)
    await commit_facts(place, a_tenant(), facts, size)
    seen = [(time.perf_counter(), 0)]
    while seen[-1][1] < facts:
        now, _ = await asyncio.to_thread(posts, to)
        seen.append((time.perf_counter(), now - before))
        await asyncio.sleep(0.02)
        if seen[-1][0] - seen[0][0] > _PATIENCE:
            raise TimeoutError(f"{now - before} of {facts} delivered")
    return seen


async def _look(place: Place, to: str, extent: Extent) -> str:
    facts = extent.facts
    bare = await claim_and_mark(place, facts)
    aiohttp = await posts_by_aiohttp(f"{to}/bare", facts)
    httpx = await posts_by_httpx(f"{to}/bare", facts // 10)
    rows: list[tuple[object, ...]] = [
        (name, one.rate, one.rate / bare.rate, one.client_us, database)
        for name, one, database in (
            ("bare: claim and mark", bare, bare.database_us),
            ("bare: post by aiohttp, 32 at once", aiohttp, ""),
            ("bare: post by httpx, one at a time", httpx, ""),
        )
    ]
    for number in (1, 2):
        drained = await _drain(place, to, facts, number)
        rows.append(
            (
                "1 relay" if number == 1 else f"{number} relays",
                drained.rate,
                drained.rate / bare.rate,
                drained.relay_us,
                drained.database_us,
            )
        )
    if jobs.is_there():
        number = facts // 10
        rate = await jobs.per_second(place.superuser_url, number)
        rows.append(("procrastinate, nothing done", rate, rate / bare.rate, "", ""))
    columns = (
        f"{facts:,} facts",
        "a second, by the clock",
        "to the bare claims",
        "client, CPU µs a fact",
        "PostgreSQL, CPU µs a fact",
    )
    backlog = await _drain(place, to, extent.backlog, 1)
    draining = table(
        (f"tenth of {extent.backlog:,}", "facts a second"),
        [(str(tenth), rate) for tenth, rate in enumerate(backlog.tenths, 1)],
    )
    at_rest, most = await _memory(place, to, facts // 10)
    memory = _MEMORY.format(
        facts=facts // 10, size=_LARGE, at_rest=at_rest >> 20, most=most >> 20
    )
    found = f"{_INTRO}\n{table(columns, rows)}\n\n{_DRAINING}\n{draining}"
    return f"{found}\n\n{memory}"


def _measure(_data_dir: Path, extent: Extent) -> str:
    with fresh_place() as place, sink() as to:
        # On the loop that relays run on.
        return run(_look(place, to, extent))


PART = Part("Deliveries", _measure)
