"""What is over is completed and archived: over all tenants, once, and nothing else."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from attrs import evolve

from adapters.cli.housekeeping import NOBODY, housekeeping
from adapters.postgres import Database, PostgresStore, over_events
from adapters.postgres.embedded import APP, OWNER, RELAY, RunningCluster
from adapters.postgres.housekeeping import PORTION
from events_core import Actor, EventsCore, Status, Via, let_time_pass
from events_core.testing.builders import EVENING, NOW, a_schedule, an_event
from events_core.testing.contracts.store.factory import put
from events_core.testing.wired import MemoryCore

YEAR = timedelta(days=365)


async def test_several_at_once_do_all_that_is_due_once(
    app: Database, relay: Database
) -> None:
    memory = MemoryCore()
    core = EventsCore(
        store=PostgresStore(app),
        memberships=memory.memberships,
        access=memory.access,
        clock=memory.clock,
        ids=memory.ids,
    )
    now = a_schedule(EVENING).lasts_until
    memory.clock.set(now)
    long_ago = a_schedule(EVENING - YEAR)
    over = an_event(), an_event(schedule=long_ago)
    old = [
        an_event(status=status, schedule=long_ago)
        for status in (Status.CANCELLED, Status.COMPLETED)
    ]
    left = [
        an_event(schedule=a_schedule(EVENING + timedelta(seconds=1))),
        an_event(status=Status.DRAFT),
        an_event(status=Status.POSTPONED, schedule=long_ago),
        an_event(status=Status.COMPLETED),
        an_event(deleted_at=NOW),
    ]
    for event in (*over, *old, *left):
        await put(core.store, event)

    async def run() -> Counter[Status | None]:
        walk = over_events(relay, now)
        return Counter(
            [
                await let_time_pass(core, Actor(tenant, NOBODY, via=Via.SYSTEM), event)
                async for tenant, event in walk
            ]
        )

    done = Counter[Status | None]()
    for one in await asyncio.gather(run(), run(), run()):
        done += one
    # One of them was over a year ago and still published: it is archived right away.
    assert (done[Status.COMPLETED], done[Status.ARCHIVED]) == (2, 3)
    assert await run() == {}


async def test_a_walk_goes_on_behind_a_full_portion(
    app: Database, relay: Database
) -> None:
    first = an_event()
    events = [
        evolve(an_event(tenant_id=first.tenant_id), id=an_event().id)
        for _ in range(PORTION + 1)
    ]
    await put(PostgresStore(app), *events)
    now = events[0].schedule.lasts_until
    walked = [event_id async for _, event_id in over_events(relay, now)]
    assert walked == sorted(event.id for event in events)


def test_the_command_does_it_and_says_how_much(
    name: str, postgres_cluster: RunningCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {
        "EVENTS_DATABASE_URL": postgres_cluster.dsn(APP, name),
        "EVENTS_DATABASE_OWNER_URL": postgres_cluster.dsn(OWNER, name),
        "EVENTS_DATABASE_RELAY_URL": postgres_cluster.dsn(RELAY, name),
    }

    async def plan() -> None:
        database = Database.at(postgres_cluster.dsn(APP, name))
        past = a_schedule(EVENING.replace(year=2001))
        await put(PostgresStore(database), an_event(schedule=past))
        await database.close()

    asyncio.run(plan())
    for completed, archived in ((1, 1), (0, 0)):
        assert housekeeping(environ) == 0
        said = f"completed {completed}\narchived {archived}\n"
        assert capsys.readouterr().out == said
