"""Word that facts were committed: sent after the commit, and never more than a hint.

Within the transaction it would have commits wait for each other. Whoever misses it
finds the facts when she next looks.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg
from attrs import define, field

from adapters.postgres.failures import OUT_OF_REACH

_CHANNEL = "events_facts"
_TOGETHER = 0.005  # seconds: what is announced within is announced at once
_ALIVE_EVERY = 5.0
_ALIVE_WITHIN = 2.0
_AGAIN_AFTER = 1.0


@define
class Announcer:
    """Tells relays, wherever they run, that there are new facts."""

    url: str = field(repr=False)
    _is_asked: bool = field(default=False, init=False)
    _task: "asyncio.Task[None] | None" = field(default=None, init=False)
    _connection: asyncpg.Connection | None = field(default=None, init=False)

    def announce(self) -> None:
        """Tell them soon. Returns at once, and never fails."""
        self._is_asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell())

    async def close(self) -> None:
        """Tell what is still to be told, and close the connection."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_ALIVE_WITHIN)
            self._task.cancel()
        if self._connection is not None:
            self._connection.terminate()

    async def _tell(self) -> None:
        while self._is_asked:
            # Before it is told and never after: who asks meanwhile is told of again.
            self._is_asked = False
            with suppress(*OUT_OF_REACH):
                async with asyncio.timeout(_ALIVE_WITHIN):
                    if self._connection is None or self._connection.is_closed():
                        self._connection = await _connect(self.url)
                    await _notify(self._connection)
            await asyncio.sleep(_TOGETHER)


async def listen(
    url: str, wake: Callable[[], None], *, alive_every: float = _ALIVE_EVERY
) -> None:
    """Call ``wake`` whenever facts are announced, until cancelled.

    The URL leads to the server itself, round any pooler. After a lost connection
    there is a new one within seconds, and a ``wake`` in case something was missed. So
    often, in seconds, it is asked whether the server is still there.
    """
    while True:
        with suppress(*OUT_OF_REACH):
            connection = await _connect(url)
            try:
                await connection.add_listener(_CHANNEL, lambda *_: wake())
                wake()
                while True:
                    await asyncio.sleep(alive_every)
                    # A server that went without a word does not say so by itself.
                    await connection.execute("SELECT 1", timeout=_ALIVE_WITHIN)
            finally:
                connection.terminate()
        await asyncio.sleep(_AGAIN_AFTER)


async def _notify(connection: asyncpg.Connection) -> None:
    try:
        await connection.execute(f"NOTIFY {_CHANNEL}")
    except asyncpg.ProgramLimitExceededError:
        # The server's queue is full. It lets go of what everybody has read when it is
        # asked how full it is, and else only when something new is put in.
        await connection.execute("SELECT pg_notification_queue_usage()")
        raise


async def _connect(url: str) -> asyncpg.Connection:
    settings = {
        "application_name": "events-core wake-up",
        # It changes nothing, so nobody need wait for the disk.
        "synchronous_commit": "off",
    }
    return await asyncpg.connect(
        url, timeout=_ALIVE_WITHIN, command_timeout=5, server_settings=settings
    )
