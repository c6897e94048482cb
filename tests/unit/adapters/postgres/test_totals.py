import time
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from adapters.postgres import Database, PostgresStore, Totals
from events_core.domain.answers import Answer
from events_core.domain.signup import Signup, Waitlist
from events_core.testing.builders import NOW, a_person, an_event
from events_core.testing.contracts.store.factory import answered, put

#: What is told beside what is counted.
OTHERS = {"clock_skew_seconds", "notify_queue_usage"}


async def measured(database: Database) -> dict[str, float]:
    """Return what is counted."""
    measured = await Totals(database).measure()
    return {told.name: told.value for told in measured if told.name not in OTHERS}


async def test_what_there_is_is_counted_over_all_tenants(
    database: Database, store: PostgresStore
) -> None:
    assert await measured(database) == {
        "events_total": 0,
        "rsvp_total": 0,
        "outbox_pending": 0,
        "outbox_failed": 0,
        "outbox_dead": 0,
        "outbox_oldest_seconds": 0,
    }
    there, here, gone = an_event(), an_event(), an_event(deleted_at=NOW)
    for event in (there, here, gone):
        await put(store, event)
    await answered(store, there, a_person(), Answer.GOING)
    await answered(store, here, a_person(), Answer.NOT_GOING)
    await answered(store, here, a_person(), Answer.INTERESTED)
    full = an_event(signup=Signup(capacity=1, waitlist=Waitlist.AUTOMATIC))
    await put(store, full)
    await answered(store, full, a_person(), Answer.GOING)
    await answered(store, full, a_person(), Answer.GOING)  # waits
    told = await measured(database)
    assert told.pop("outbox_oldest_seconds") >= 0
    assert told == {
        "events_total": 3,
        "rsvp_total": 5,
        "outbox_pending": 9,
        "outbox_failed": 0,
        "outbox_dead": 0,
    }


async def test_counting_is_not_done_for_everybody_who_asks(
    database: Database, store: PostgresStore
) -> None:
    totals = Totals(database)
    first, before = await totals.measure(), await measured(database)
    await put(store, an_event())
    assert await totals.measure() is first
    assert (await measured(database))["events_total"] == before["events_total"] + 1


async def test_the_age_of_the_oldest_fact_is_told_in_seconds(
    database: Database, store: PostgresStore, superuser_url: str
) -> None:
    an_hour = timedelta(hours=1)
    connection = await asyncpg.connect(superuser_url)
    await put(store, an_event())
    await connection.execute("TRUNCATE events.outbox")
    await put(store, an_event(at=datetime.now(UTC) - an_hour))
    await put(store, an_event(at=datetime.now(UTC)))
    await connection.close()
    oldest = (await measured(database))["outbox_oldest_seconds"]
    assert 3600 <= oldest < 3660


@pytest.mark.parametrize("ahead", [-600, 0, 31, 2**31])
async def test_how_far_a_clock_is_from_the_databases_is_told(
    database: Database, ahead: float
) -> None:
    told = await Totals(database, lambda: time.time() + ahead).measure()
    [skew] = [one.value for one in told if one.name == "clock_skew_seconds"]
    assert skew == pytest.approx(ahead, abs=5)
