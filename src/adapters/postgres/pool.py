"""The pool of connections, and when one is no longer believed in."""

import json
from datetime import timedelta

import asyncpg
import orjson
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

#: In seconds: how long a server is waited for that should take note of our leaving.
_FAREWELL = 0.2


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
