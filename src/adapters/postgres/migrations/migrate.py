"""Bringing a database up to date, whoever else tries at the same time.

Alembic is loaded where there are steps to take; most starts of the service find none.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pkgutil import iter_modules
from typing import Any

import asyncpg
from sqlalchemy import Connection, Select, column, func, select, table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.postgres.database import Database
from adapters.postgres.migrations import versions
from adapters.postgres.tables import SCHEMA

_LOCK = 0x6576656E7473  # "events"
_APP, _RELAY = "events_app", "events_relay"

_REVISIONS = table("alembic_version", column("version_num"), schema=SCHEMA)
_ARE_THERE = select(func.to_regclass(f"{SCHEMA}.alembic_version"))
_REVISION = select(_REVISIONS.c.version_num)

_HAS_ROLE = text("SELECT count(*) FROM pg_roles WHERE rolname = :role")
_IS_MEMBER = text("SELECT pg_has_role(current_user, :role, 'MEMBER')")


class MigrationError(Exception):
    """The database cannot be brought up to date; one line for the operator."""


async def migrate(owner_url: str) -> None:
    """Take every step that the database has not taken yet.

    The URL is the owner's, and leads to the server itself and not to a pooler: the
    lock that lets one migrate at a time is a session's. Again does nothing, and so it
    does where a newer version has taken further ones. Every step is taken as a whole
    or not at all.

    Raises:
        MigrationError: it cannot be done; the message says what is in the way.
    """
    async with _alone(owner_url) as connection:
        revision = await _revision(connection.scalar)
        await connection.rollback()  # the steps begin transactions of their own
        if not _is_current(revision):
            await _take(connection, "upgrade", "head")


async def roll_back(owner_url: str, revision: str) -> None:
    """Undo every step after a revision (``base``: all), and what only they keep.

    Raises:
        MigrationError: as ``migrate``.
    """
    async with _alone(owner_url) as connection:
        await _take(connection, "downgrade", revision)


async def current_revision(database: Database) -> str | None:
    """Return the revision the database is at, None where it was never migrated.

    Raises:
        StoreUnavailable: it cannot be reached.
    """
    async with database.transaction(None) as transaction:

        async def scalar(question: Select[Any]) -> object:
            return (await transaction.run(question)).scalar_one_or_none()

        return await _revision(scalar)


async def is_current(database: Database) -> bool:
    """Tell whether the database has every step this version knows.

    It may have further ones, of a newer version: those do not break this one.

    Raises:
        StoreUnavailable: it cannot be reached.
    """
    return _is_current(await current_revision(database))


async def check_is_current(database: Database) -> None:
    """Check that the database has every step this version knows.

    Raises:
        MigrationError: it has not.
        StoreUnavailable: it cannot be reached.
    """
    if not await is_current(database):
        raise MigrationError(
            "the database is not up to date: run `events-core migrate` as its owner"
        )


async def _revision(scalar: Callable[[Select[Any]], Awaitable[Any]]) -> str | None:
    if await scalar(_ARE_THERE) is None:
        return None
    revision: str | None = await scalar(_REVISION)
    return revision


def _is_current(revision: str | None) -> bool:
    return revision not in {None, *_older_revisions()}


@cache
def _older_revisions() -> frozenset[str]:
    modules = sorted(one.name for one in iter_modules(versions.__path__))
    return frozenset(name[1:5] for name in modules[:-1])  # r0007_positions is 0007


@asynccontextmanager
async def _alone(owner_url: str) -> AsyncGenerator[AsyncConnection, None]:
    """Connect as the owner, and keep everybody else from migrating meanwhile."""
    engine = create_async_engine(
        "postgresql+asyncpg://", connect_args={"dsn": owner_url}, poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            await _run(connection, "SET lock_timeout = '60s'")
            await _run(connection, f"SELECT pg_advisory_lock({_LOCK})")
            # A table in use is waited for, but not for long: whoever wants to use it
            # queues behind.
            await _run(connection, "SET lock_timeout = '5s'")
            await _prepare(connection)
            yield connection
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig else None
        raise MigrationError(f"cannot migrate: {_line(cause or error)}") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise MigrationError(f"cannot migrate: {_line(error)}") from error
    finally:
        await engine.dispose()  # the lock goes with the session


async def _prepare(connection: AsyncConnection) -> None:
    for role in (_APP, _RELAY):
        if not (await connection.execute(_HAS_ROLE, {"role": role})).scalar():
            raise MigrationError(f"cannot migrate: there is no role {role}; create it")
    if not (await connection.execute(_IS_MEMBER, {"role": _RELAY})).scalar():
        raise MigrationError(
            f"cannot migrate: the owner must be let act as {_RELAY}: GRANT it to her"
        )
    await _run(connection, f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")


async def _run(connection: AsyncConnection, statement: str) -> None:
    await connection.exec_driver_sql(statement)
    await connection.commit()


async def _take(connection: AsyncConnection, direction: str, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

    def take(sync_connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "adapters.postgres:migrations")
        config.attributes["connection"] = sync_connection
        getattr(command, direction)(config, revision)

    await connection.run_sync(take)
    await connection.commit()


def _line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
