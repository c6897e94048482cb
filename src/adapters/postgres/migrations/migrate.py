"""Bringing a database up to date, whoever else tries at the same time."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import cache, partial

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, func, select, table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.postgres.database import Database
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
    lock that lets one migrate at a time is a session's. Again does nothing. Every
    step is taken as a whole or not at all.

    Raises:
        MigrationError: it cannot be done; the message says what is in the way.
    """
    async with _alone(owner_url) as connection:
        await _take(connection, partial(command.upgrade, revision="head"))


async def roll_back(owner_url: str, revision: str) -> None:
    """Undo every step after a revision (``base``: all), and what only they keep.

    Raises:
        MigrationError: as ``migrate``.
    """
    async with _alone(owner_url) as connection:
        await _take(connection, partial(command.downgrade, revision=revision))


async def current_revision(database: Database) -> str | None:
    """Return the revision the database is at, None where it was never migrated.

    Raises:
        StoreUnavailable: it cannot be reached.
    """
    async with database.transaction(None) as transaction:
        if (await transaction.run(_ARE_THERE)).scalar_one() is None:
            return None
        revision: str | None = (await transaction.run(_REVISION)).scalar_one_or_none()
        return revision


async def is_current(database: Database) -> bool:
    """Tell whether the database has every step this version knows.

    It may have further ones, of a newer version: those do not break this one.

    Raises:
        StoreUnavailable: it cannot be reached.
    """
    return await current_revision(database) not in {None, *_older_revisions()}


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


@cache
def _older_revisions() -> frozenset[str]:
    scripts = ScriptDirectory.from_config(_config())
    every = {step.revision for step in scripts.walk_revisions()}
    return frozenset(every - {scripts.get_current_head()})


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "adapters.postgres:migrations")
    return config


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


async def _take(connection: AsyncConnection, steps: Callable[[Config], None]) -> None:
    def take(sync_connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = sync_connection
        steps(config)

    await connection.run_sync(take)
    await connection.commit()


def _line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
