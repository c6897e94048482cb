"""`events-core retention`: what has been kept long enough goes."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from adapters.cli.environment import opened_database, relay_url, settings_from
from adapters.cli.errors import UsageError
from adapters.postgres import Database, Kept, check_is_current, clear_away
from adapters.system import SystemClock


def retention(
    environ: Mapping[str, str],
    *,
    archived_days: str,
    attempt_days: str,
    dead_letter_days: str,
    dry_run: bool,
) -> int:
    """Delete what has expired, and print how much; meant to run every night."""
    settings = settings_from(environ)
    kept = Kept(
        archived_events=_days("--archived-days", archived_days),
        facts=timedelta(days=settings.facts_days),
        attempts=_days("--attempt-days", attempt_days),
        dead_letters=_days("--dead-letter-days", dead_letter_days),
    )
    with opened_database(settings) as urls:
        url = relay_url(urls, "only the relay clears up")
        cleared = asyncio.run(_clear(url, kept, dry_run=dry_run))
    for name, count in cleared.items():
        print(f"{name} {count}")
    if dry_run:
        print("nothing was deleted")
    return 0


def _days(option: str, text: str) -> timedelta:
    if not text.isascii() or not text.isdigit():
        raise UsageError(f"{option} must be a whole number of days")
    return timedelta(days=min(int(text), 365_000))


async def _clear(url: str, kept: Kept, *, dry_run: bool) -> Mapping[str, int]:
    relay = Database.at(url, connections=1)
    try:
        await check_is_current(relay)
        now = SystemClock().now()
        return await clear_away(relay, now=now, kept=kept, dry_run=dry_run)
    finally:
        await relay.close()
