"""The pool of connections, and when one is no longer believed in."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from attrs import define, field

from adapters.postgres.failures import OUT_OF_REACH, reaching
from adapters.postgres.statements import Row
from adapters.readings import Reading

#: What the server is to be told, for ``_CODECS`` to understand it.
SPELLING = {"datestyle": "ISO", "timezone": "UTC"}

#: In seconds: how long a server is waited for that should take note of our leaving.
_FAREWELL = 0.2
#: In seconds: how long anybody waits for a connection to be given back.
_PARTING = 0.5
#: In seconds: how long a connection is used, at most.
_LIFETIME = 1800.0


class Connection(asyncpg.Connection):
    """A connection that leaves without a word where the server does not listen."""

    opened_at = 0.0

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Say goodbye and close, or abort."""
        await super().close(timeout=min(timeout or _FAREWELL, _FAREWELL))


@define(eq=False)
class Pool:
    """At most so many connections; the one given back last is taken first.

    ``arguments`` are the driver's, for a connection; ``turn`` is how long anybody
    waits for one to be free, in seconds. Nothing is connected before it is needed.
    """

    arguments: Mapping[str, Any] = field(repr=False)
    limit: int
    turn: float
    _free: list[Connection] = field(factory=list, init=False)
    _turns: asyncio.Semaphore = field(init=False)
    _doubted_at: float = field(default=0.0, init=False)
    _is_closed: bool = field(default=False, init=False)
    _in_use: int = field(default=0, init=False)
    _waiting: int = field(default=0, init=False)
    _taken: int = field(default=0, init=False)
    _missed: int = field(default=0, init=False)
    _seconds: float = field(default=0.0, init=False)

    @_turns.default
    def _as_many_turns(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.limit)

    async def take(self, by: float) -> Connection:
        """Return a connection, whose turn it is to come; ``put_back`` it in the end.

        ``by`` is when it is too late for it, by the clock of the loop.

        Raises:
            StoreUnavailable: there is none in time, or none can be made.
        """
        began = time.monotonic()
        self._taken += 1
        self._waiting += 1
        try:
            with reaching():
                return await self._taken_in_turn(by)
        except BaseException:
            self._missed += 1
            raise
        finally:
            self._waiting -= 1
            self._seconds += time.monotonic() - began

    async def put_back(self, connection: Connection) -> None:
        """Undo what is open on a connection and keep it for the next, if it is sound.

        A server that hangs holds up nobody for long.
        """
        try:
            if not connection.is_closed() and connection.is_in_transaction():
                await connection.execute("ROLLBACK", timeout=_PARTING)
        except OUT_OF_REACH:
            connection.terminate()
        except BaseException:
            connection.terminate()
            raise
        finally:
            if self._is_closed:
                connection.terminate()
            self._in_use -= 1
            self._free.append(connection)
            self._turns.release()

    def doubt(self) -> None:
        """Use no connection from before again.

        A server that does not answer in time may be gone without a word, as after a
        failover: so the first who notices is the last.
        """
        self._doubted_at = time.monotonic()

    async def close(self) -> None:
        """Close what is free now, and whatever is put back later."""
        self._is_closed = True
        free, self._free = self._free, []
        await asyncio.gather(*(c.close() for c in free), return_exceptions=True)

    def readings(self) -> Iterator[Reading]:
        """Tell how the pool does, and how long its turns were waited for so far."""
        free = sum(not connection.is_closed() for connection in self._free)
        for state, count in (("in_use", self._in_use), ("idle", free)):
            text = "Connections this process has to the database."
            yield Reading("database_connections", text, count, {"state": state})
        text = "How many connections this process keeps at most."
        yield Reading("database_connections_limit", text, self.limit)
        text = "Those who wait for a connection now."
        yield Reading("database_waiting", text, self._waiting)
        text = "How often somebody asked for a connection."
        yield Reading("database_turns", text, self._taken, is_counter=True)
        text = "How often she did not get one in time, or at all."
        yield Reading("database_turns_missed", text, self._missed, is_counter=True)
        text = "How long all who asked waited for one, together."
        yield Reading("database_turn_seconds", text, self._seconds, is_counter=True)

    async def _taken_in_turn(self, by: float) -> Connection:
        # Mostly there is one at once, and nothing to be timed.
        if self._turns.locked():
            now = asyncio.get_running_loop().time()
            async with asyncio.timeout_at(min(now + self.turn, by)):
                await self._turns.acquire()
        else:
            await self._turns.acquire()
        try:
            connection = self._sound_one()
            if connection is None:
                async with asyncio.timeout_at(by):
                    connection = await self._connected()
        except BaseException:
            self._turns.release()
            raise
        self._in_use += 1
        return connection

    def _sound_one(self) -> Connection | None:
        believed_since = max(self._doubted_at, time.monotonic() - _LIFETIME)
        while self._free:
            connection = self._free.pop()
            if connection.opened_at > believed_since and not connection.is_closed():
                return connection
            connection.terminate()
        return None

    async def _connected(self) -> Connection:
        connection: Connection = await asyncpg.connect(
            **self.arguments, connection_class=Connection, record_class=Row
        )
        connection.opened_at = time.monotonic()
        try:
            async with connection.transaction():
                for name, (encoder, decoder) in _CODECS.items():
                    await connection.set_type_codec(
                        name, schema="pg_catalog", encoder=encoder, decoder=decoder
                    )
        except BaseException:
            connection.terminate()
            raise
        return connection


def to_json(value: object) -> str:
    """Return the JSON text of a value, compact."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def to_text(instant: datetime) -> str:
    """Return an instant as text, in UTC: not every offset there is, is one there."""
    return instant.astimezone(UTC).isoformat()


# Both travel as text. Python reads an instant three times as fast as the driver adds
# one up from microseconds, and of such a page of events is full.
_CODECS: Mapping[str, tuple[Callable[[Any], str], Callable[[str], object]]] = {
    "json": (to_json, orjson.loads),
    "timestamptz": (to_text, datetime.fromisoformat),
}
