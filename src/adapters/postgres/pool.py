"""The pool of connections, and when one is no longer believed in."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import asyncpg
import orjson
from attrs import define
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from adapters.readings import Reading

#: In seconds: how long a server is waited for that should take note of our leaving.
_FAREWELL = 0.2


@define
class Turns:
    """Counts those who wait for a connection."""

    waiting: int = 0
    taken: int = 0
    missed: int = 0
    seconds: float = 0.0

    async def take(self, engine: AsyncEngine) -> AsyncConnection:
        """Return a connection, whose turn it is to come."""
        began = time.monotonic()
        self.taken += 1
        self.waiting += 1
        try:
            return await engine.connect()
        except BaseException:
            self.missed += 1
            raise
        finally:
            self.waiting -= 1
            self.seconds += time.monotonic() - began

    def readings(self, engine: AsyncEngine) -> Iterator[Reading]:
        """Tell how the pool does, and how long its turns were waited for so far."""
        pool = engine.pool
        assert isinstance(pool, QueuePool)
        for state, count in (("in_use", pool.checkedout()), ("idle", pool.checkedin())):
            text = "Connections this process has to the database."
            yield Reading("database_connections", text, count, {"state": state})
        text = "How many connections this process keeps at most."
        yield Reading("database_connections_limit", text, pool.size())
        text = "Those who wait for a connection now."
        yield Reading("database_waiting", text, self.waiting)
        text = "How often somebody asked for a connection."
        yield Reading("database_turns", text, self.taken, is_counter=True)
        text = "How often she did not get one in time, or at all."
        yield Reading("database_turns_missed", text, self.missed, is_counter=True)
        text = "How long all who asked waited for one, together."
        yield Reading("database_turn_seconds", text, self.seconds, is_counter=True)


def make_engine(
    url: str,
    *,
    connections: int,
    pooled: bool,
    connect: timedelta,
    turn: timedelta,
    statement: timedelta,
) -> AsyncEngine:
    """Return an engine with a pool of at most so many connections, none of them open.

    A server that does not answer a statement in time may be gone without a word, as
    after a failover. Then no connection from before is used again, so that the first
    who notices is the last.
    """
    arguments: dict[str, object] = {
        "dsn": url,
        "timeout": connect.total_seconds(),
        "command_timeout": statement.total_seconds(),
        "connection_class": _Connection,
    }
    if pooled:
        arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    else:
        settings = {"application_name": "events-core", "jit": "off"}
        arguments |= {"server_settings": settings}
    engine = create_async_engine(
        "postgresql+asyncpg://",
        connect_args=arguments,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=turn.total_seconds(),
        pool_recycle=1800,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        json_serializer=to_json,
        json_deserializer=orjson.loads,
    )
    event.listen(engine.sync_engine, "handle_error", _doubt)
    return engine


def to_json(value: object) -> str:
    """Return the JSON text of a value, compact."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _doubt(context: ExceptionContext) -> None:
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = context.invalidate_pool_on_disconnect = True


class _Connection(asyncpg.Connection):
    """A connection that leaves without a word where the server does not listen."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Say goodbye and close, or abort."""
        await super().close(timeout=min(timeout or _FAREWELL, _FAREWELL))
