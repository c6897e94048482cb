"""`events-core migrate`: bring the database up to date."""

import asyncio
from collections.abc import Mapping

from adapters import postgres
from adapters.cli.environment import opened_database, settings_from
from adapters.cli.errors import UsageError


def migrate(environ: Mapping[str, str]) -> int:
    """Migrate as the owner; of several at once, one does the work.

    Does nothing where the database is up to date.
    """
    with opened_database(settings_from(environ)) as urls:
        if urls.owner is None:
            raise UsageError("set EVENTS_DATABASE_OWNER_URL: only the owner migrates")
        asyncio.run(postgres.migrate(urls.owner))
    print("the database is up to date")
    return 0
