"""`events-core retention`: what has been kept long enough goes."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from adapters.cli.environment import opened_database, settings_from
from adapters.cli.errors import UsageError
from adapters.postgres import Database, check_is_current, clear_away
from adapters.system import SystemClock


def retention(environ: Mapping[str, str], *, archived_days: str, dry_run: bool) -> int:
    """Delete what has expired, and print how much; meant to run every night."""
    if not archived_days.isascii() or not archived_days.isdigit():
        raise UsageError("--archived-days must be a whole number of days")
    age = timedelta(days=min(int(archived_days), 365_000))
    with opened_database(settings_from(environ)) as urls:
        if urls.relay is None:
            raise UsageError("set EVENTS_DATABASE_RELAY_URL: only the relay clears up")
        cleared = asyncio.run(_clear(urls.relay, age, dry_run=dry_run))
    for name, count in cleared.items():
        print(f"{name} {count}")
    if dry_run:
        print("nothing was deleted")
    return 0


async def _clear(url: str, age: timedelta, *, dry_run: bool) -> Mapping[str, int]:
    relay = Database.at(url, connections=1)
    try:
        await check_is_current(relay)
        now = SystemClock().now()
        return await clear_away(
            relay, now=now, archived_before=now - age, dry_run=dry_run
        )
    finally:
        await relay.close()
