"""What the commands have in common: settings that suffice, a database that is there."""

import asyncio
import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING
from uuid import UUID

from adapters.cli.errors import UsageError
from adapters.settings import Settings, SettingsError, read_settings
from events_core.errors import StoreUnavailable

if TYPE_CHECKING:
    from adapters.compose import DatabaseUrls


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Return the settings, and have zone data be those the package is locked to.

    Raises:
        UsageError: a setting is wrong, or needs what is not installed.
    """
    zoneinfo.reset_tzpath(to=())
    try:
        settings = read_settings(environ)
    except SettingsError as error:
        raise UsageError(str(error)) from None
    if settings.traces_endpoint is not None and find_spec("opentelemetry") is None:
        raise UsageError("OTEL_EXPORTER_OTLP_ENDPOINT needs the extra `otel`")
    return settings


@contextmanager
def opened_database(settings: Settings) -> "Iterator[DatabaseUrls]":
    """Have the database there, the embedded one started, until the block ends.

    Raises:
        UsageError: it cannot be had, or what the block needs of it is not so; one
            line says why.
    """
    from adapters.compose import database
    from adapters.postgres import MigrationError, UnsafeRoleError
    from adapters.postgres.embedded import EmbeddedPostgresError

    others = {
        "EVENTS_DATABASE_OWNER_URL": settings.database_owner_url,
        "EVENTS_DATABASE_RELAY_URL": settings.database_relay_url,
        "EVENTS_DATABASE_DIRECT_URL": settings.database_direct_url,
    }
    ways = [name for name, url in others.items() if url is not None]
    if ways and settings.database_url is None:
        # Not the embedded one, when another is meant.
        raise UsageError(f"set EVENTS_DATABASE_URL beside {', '.join(ways)}")
    try:
        with database(settings) as urls:
            yield urls
    except StoreUnavailable as problem:
        raise UsageError(_with_its_cause(problem)) from None
    except (EmbeddedPostgresError, MigrationError, UnsafeRoleError) as problem:
        raise UsageError(str(problem)) from None


def relay_url(urls: "DatabaseUrls", use: str) -> str:
    """Return the address of the role that sees all tenants, which ``use`` needs.

    Raises:
        UsageError: there is none.
        UnsafeRoleError: it is another role's, as far as that can be told by now.
    """
    if urls.relay is None:
        raise UsageError(f"set EVENTS_DATABASE_RELAY_URL: {use}")
    asyncio.run(check_sight(urls.relay))
    return urls.relay


async def check_sight(url: str) -> None:
    """Check the role of an address, unless the database cannot be reached now.

    Raises:
        UnsafeRoleError: it does not see all tenants.
    """
    from adapters.postgres import Database, check_relay_role

    database = Database.at(url, connections=1)
    try:
        with suppress(StoreUnavailable):
            await check_relay_role(database)
    finally:
        await database.close()


def _with_its_cause(problem: StoreUnavailable) -> str:
    """Return what went wrong, and what the server or the network said of it."""
    cause: BaseException = problem
    while cause.__cause__ is not None:
        cause = cause.__cause__
    said = str(cause).strip().partition("\n")[0]
    return f"{problem}: {said}" if said and cause is not problem else str(problem)


def uuid_argument(name: str, text: str) -> UUID:
    """Return an id given on the command line.

    Raises:
        UsageError: it is none.
    """
    try:
        return UUID(text)
    except ValueError:
        raise UsageError(f"{name} must be a UUID, not {text!r}") from None
