"""The relay's way to the database: the bare driver, since every fact passes here."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
from attrs import define, field

from adapters.postgres.database import Patience
from events_core.errors import StoreUnavailable

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = PoolConnectionProxy[asyncpg.Record]

Row: TypeAlias = asyncpg.Record

_CLOSING_SECONDS = 2.0

# What is asked is always the same, and there is an index for it; how much there is
# changes within a second, so that what the server believes of it is long over. It
# plans once, and along the indexes, whatever it believes.
_PLANS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}


@define
class RelayPool:
    """A few connections as the relay's role, opened when they are first needed.

    Everything that keeps it from the database is ``StoreUnavailable``, and what was
    under way is then undone, or cannot be told. It recovers by itself.
    """

    url: str = field(repr=False)
    connections: int = 4
    patience: Patience = Patience()
    _pool: "asyncpg.Pool[asyncpg.Record] | None" = field(default=None, init=False)
    _opening: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    @asynccontextmanager
    async def connection(self) -> "AsyncGenerator[Connection, None]":
        """Have a connection, each statement a transaction of its own.

        Raises:
            StoreUnavailable: there is none, or it broke.
        """
        with_time = self.patience.turn.total_seconds()
        try:
            pool = await self._opened()
            async with pool.acquire(timeout=with_time) as connection:
                yield connection
        except (
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            asyncpg.PostgresConnectionError,
            asyncpg.OperatorInterventionError,
            asyncpg.InsufficientResourcesError,
            asyncpg.LockNotAvailableError,
            asyncpg.InvalidAuthorizationSpecificationError,
            asyncpg.InvalidCatalogNameError,
            asyncpg.ReadOnlySQLTransactionError,
            asyncpg.TransactionRollbackError,
            OSError,  # a TimeoutError is one
        ) as error:
            raise StoreUnavailable from error

    @asynccontextmanager
    async def transaction(self) -> "AsyncGenerator[Connection, None]":
        """Have a connection in a transaction, committed at the end of the block.

        Raises:
            StoreUnavailable: as ``connection``; whether a commit under way was done
                cannot be told.
        """
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def close(self) -> None:
        """Close every connection, by force where one is still in use."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await pool.close()
                return
        pool.terminate()

    async def _opened(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                seconds = self.patience.statement.total_seconds()
                for_locks = self.patience.lock.total_seconds()
                self._pool = await asyncpg.create_pool(
                    self.url,
                    min_size=0,
                    max_size=self.connections,
                    timeout=self.patience.connect.total_seconds(),
                    # The server gives up first, as long as it is there to do so.
                    command_timeout=seconds + 2,
                    # Nobody leaves anything behind that would have to be reset.
                    reset=_as_it_is,
                    server_settings={
                        "application_name": "events-core relay",
                        **_PLANS,
                        "statement_timeout": f"{seconds * 1000:.0f}",
                        "lock_timeout": f"{for_locks * 1000:.0f}",
                        "idle_in_transaction_session_timeout": "15000",
                    },
                )
            return self._pool


async def _as_it_is(_: asyncpg.Connection) -> None:
    """Leave a connection as it is."""
