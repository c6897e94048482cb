"""What deliveries are measured with: facts, relays, and a subscriber that counts."""

import sys
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import asyncpg

from adapters.postgres.embedded import RELAY
from adapters.system import TimeOrderedIds
from bench.place import Place, open_place
from bench.processes import Started, running
from events_core.domain.publication import Audience
from events_core.ports.outbox import Kind, Subscriber

_SCRIPT = str(Path(sys.executable).with_name("events-core"))

_FACTS = """
    INSERT INTO events.outbox (
        tenant_id, message_id, event_id, event_version, event_type, schema_version,
        occurred_at, scope_kind, scope_id, visibility, status, personal, traceparent,
        payload
    )
    SELECT $1, gen_random_uuid(), md5((n % 2000)::text)::uuid, 1 + n / 2000,
        'event.created', 1, now(), 'TENANT', $1, 'public', 'published', false,
        '00-' || md5(n::text) || '-' || left(md5(n::text), 16) || '-00',
        '{"message_id":"' || gen_random_uuid() || '","text":"' ||
            left(repeat(md5(n::text), $3::int / 32 + 1), $3::int) || '"}'
    FROM generate_series(0, $2::int - 1) AS n
"""


@contextmanager
def fresh_place() -> Iterator[Place]:
    """Have a PostgreSQL with nothing in its outbox."""
    with TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        with open_place(Path(directory) / "data") as place:
            yield place


def relay_url(place: Place) -> str:
    """Return the database as the relay sees it."""
    return place.cluster.dsn(RELAY)


@contextmanager
def sink() -> Iterator[str]:
    """Run a subscriber that answers at once; its URL."""
    command = (sys.executable, "-m", "bench.sink")
    with running(*command, announced="serving on ") as started:
        yield started.url


def posts(sink: str) -> tuple[int, float]:
    """Return how many facts a sink was sent so far, and when the last came."""
    with urllib.request.urlopen(sink) as answer:
        number, last = answer.read().split()
    return int(number), float(last)


def times(sink: str) -> Mapping[str, float]:
    """Return when each message came first to a sink's ``/timed``."""
    with urllib.request.urlopen(f"{sink}/times") as answer:
        lines = answer.read().decode().splitlines()
    return {one: float(when) for one, when in (line.split() for line in lines)}


def subscriber(sink: str, path: str = "/hook") -> Subscriber:
    """Return a sink as a subscriber to everything there is for subscribers."""
    return Subscriber(
        id=UUID(int=TimeOrderedIds().new().int),
        kind=Kind.STANDARD,
        url=f"{sink}{path}",
        audience=Audience(tenant_id=None),
        secrets=(b"s" * 32,),
    )


async def commit_facts(
    place: Place, tenant_id: UUID, count: int, size: int = 360
) -> None:
    """Write facts of two thousand events into the outbox, commit, and tell relays.

    ``size`` is about how many bytes each has.
    """
    connection = await asyncpg.connect(place.superuser_url)
    try:
        await connection.execute(_FACTS, tenant_id, count, size)
        await connection.execute("NOTIFY events_facts")
    finally:
        await connection.close()


async def clean(place: Place) -> None:
    """Have the database in the order it gets by itself, in time."""
    connection = await asyncpg.connect(place.superuser_url)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def rates(times: Sequence[float], done: Iterable[int], parts: int) -> Sequence[float]:
    """Return how fast each part of all that was done went: so much by those times."""
    by_then = [*done]
    reached = [
        next(
            t
            for t, n in zip(times, by_then, strict=True)
            if n * parts >= by_then[-1] * p
        )
        for p in range(parts + 1)
    ]
    return [
        by_then[-1] / parts / max(0.001, later - sooner)
        for sooner, later in pairwise(reached)
    ]


@contextmanager
def relays(place: Place, number: int) -> Iterator[list[Started]]:
    """Run so many relays, as an operator would."""
    environ: Mapping[str, str] = {
        "EVENTS_DATABASE_URL": relay_url(place),
        "EVENTS_DATABASE_RELAY_URL": relay_url(place),
        "EVENTS_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
    }
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                running(_SCRIPT, "relay", environ=environ, announced="relaying")
            )
            for _ in range(number)
        ]
