"""What cannot be beaten: bare loops that do one thing, and nothing around it."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import aiohttp
import asyncpg
import httpx
from attrs import frozen

from bench.place import Place

_AT_ONCE = 32
_BODY = b"x" * 900

_TABLE = """
    CREATE TABLE bare (id bigint PRIMARY KEY, done boolean NOT NULL DEFAULT false,
        free_at timestamptz NOT NULL DEFAULT now(), token bigint, payload text NOT NULL)
"""
_FILL = """
    INSERT INTO bare (id, payload)
    SELECT n, repeat('x', 420) FROM generate_series(1, $1::int) AS n
"""
_CLAIM_AND_MARK = """
    UPDATE bare SET done = true WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM bare WHERE NOT done ORDER BY id LIMIT 100
        FOR UPDATE SKIP LOCKED
    )) RETURNING id, payload
"""
_LEASE = """
    UPDATE bare SET free_at = now() + interval '45 seconds', token = 1
    WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM bare WHERE NOT done AND free_at <= now() ORDER BY id LIMIT 100
        FOR UPDATE SKIP LOCKED
    )) RETURNING id, payload
"""
_MARK = "UPDATE bare SET done = true WHERE id = ANY ($1::bigint[]) AND token = 1"


@frozen
class Ceiling:
    """So many a second, by the clock; and what each costs, in CPU microseconds."""

    rate: float
    client_us: float
    database_us: float


async def claim_and_mark(place: Place, rows: int) -> Ceiling:
    """Claim a hundred at a time and mark them in the same statement."""

    async def step(connection: asyncpg.Connection) -> bool:
        return bool(await connection.fetch(_CLAIM_AND_MARK))

    return await _through(place, rows, step)


async def lease_and_mark(place: Place, rows: int) -> Ceiling:
    """Claim a hundred at a time for a while, and mark them when they are done.

    Nobody who is to survive a kill can do with less.
    """

    async def step(connection: asyncpg.Connection) -> bool:
        claimed = [row["id"] for row in await connection.fetch(_LEASE)]
        await connection.execute(_MARK, claimed)
        return bool(claimed)

    return await _through(place, rows, step)


async def _through(
    place: Place, rows: int, step: Callable[[asyncpg.Connection], Awaitable[bool]]
) -> Ceiling:
    connection = await asyncpg.connect(place.superuser_url)
    await connection.execute(_TABLE)
    await connection.execute(_FILL, rows)
    await connection.execute("CREATE INDEX ON bare (id) WHERE NOT done")
    await connection.execute("VACUUM ANALYZE bare")
    database, client = place.database_cpu(), time.process_time()
    began = time.perf_counter()
    while await step(connection):
        pass
    rate = rows / (time.perf_counter() - began)
    client = time.process_time() - client
    database = place.database_cpu() - database
    await connection.execute("DROP TABLE bare")
    await connection.close()
    return Ceiling(rate, client / rows * 1e6, database / rows * 1e6)


async def posts_by_aiohttp(to: str, number: int) -> Ceiling:
    """Post the same bytes to a sink, 32 at a time, and do nothing else."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
    ) as session:

        async def post() -> None:
            async with session.post(to, data=_BODY) as response:
                await response.read()

        return await _posting(post, number, _AT_ONCE)


async def posts_by_httpx(to: str, number: int) -> Ceiling:
    """Post the same bytes to a sink, one at a time: it is slower at many."""
    async with httpx.AsyncClient() as client:

        async def post() -> None:
            await client.post(to, content=_BODY)

        return await _posting(post, number, 1)


async def _posting(
    post: Callable[[], Awaitable[None]], number: int, at_once: int
) -> Ceiling:
    left = iter(range(number))

    async def some() -> None:
        for _ in left:
            await post()

    client, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(some() for _ in range(at_once)))
    rate = number / (time.perf_counter() - began)
    return Ceiling(rate, (time.process_time() - client) / number * 1e6, 0.0)
