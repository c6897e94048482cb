"""`events-core relay --dry-run`: it says what would be sent, and changes nothing."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from attrs import evolve

from adapters.cli import main
from adapters.postgres import PostgresStore
from adapters.postgres.embedded import APP, RunningCluster
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.domain.event import Event
from events_core.ports.outbox import Kind, Outcome
from events_core.testing.builders import a_tenant, an_event, arrival_of, step_between
from events_core.testing.contracts.outbox import (
    KEEP,
    TOUCHY,
    a_subscriber,
    next_of,
    result,
)
from tests.logs import restored_logging
from tests.unit.adapters.outbox.sink import open_sink

TENANT = a_tenant()
TABLES = "subscription delivery attempt dead_letter outbox sequencer fact_head"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The command has this process log where it is tested, to what is closed later."""
    with restored_logging():
        yield


async def contents(superuser: asyncpg.Connection) -> list[list[asyncpg.Record]]:
    """Return every row, and where it is: a row that is written anew is elsewhere."""
    return [
        await superuser.fetch(f"SELECT ctid, xmin, xmax, * FROM events.{table}")
        for table in TABLES.split()
    ]


async def test_it_says_what_is_due_and_claims_and_sends_nothing(
    *,
    store: PostgresStore,
    pool: RelayPool,
    superuser: asyncpg.Connection,
    relay_url: str,
    name: str,
    postgres_cluster: RunningCluster,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environ = {
        "EVENTS_DATABASE_URL": postgres_cluster.dsn(APP, name),
        "EVENTS_DATABASE_RELAY_URL": relay_url,
        "EVENTS_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
    }

    async def dry_run() -> list[str]:
        assert await asyncio.to_thread(main, ["relay", "--dry-run"], environ) == 0
        return capsys.readouterr().out.splitlines()

    assert await dry_run() == ["0 would be sent now; nothing was"]
    outbox, subscriptions = PostgresOutbox(pool), Subscriptions(pool)
    async with open_sink() as sink:
        well, activity, ill = (
            evolve(a_subscriber(TENANT, kind=kind), url=f"{sink.url}/{path}")
            for kind, path in (
                (Kind.STANDARD, "well"),
                (Kind.ACTIVITY, "activity"),
                (Kind.STANDARD, "ill"),
            )
        )
        await subscriptions.add(ill)
        first, second = an_event(tenant_id=TENANT), an_event(tenant_id=TENANT)
        await published(store, outbox, first)
        failed = await outbox.claim(room=9, each=9, busy={}, keep=KEEP)
        await outbox.settle([result(d, Outcome.AGAIN) for d in failed], TOUCHY)
        for subscriber in (well, activity):
            await subscriptions.add(subscriber)
        await published(store, outbox, second)
        async with store.unit_of_work(TENANT) as uow:
            await uow.events.save(step_between(second, next_of(second)))
            await uow.commit()
        third = an_event(tenant_id=TENANT)
        await published(store, outbox, third)
        before = await contents(superuser)
        said = await dry_run()
        assert said[-1] == "3 would be sent now; nothing was"
        told = [line.split()[1:] for line in said[:-1]]
        tenant = f"tenant={TENANT}"
        # Of each event the first, at Activity of each tenant; to her who is left
        # alone nothing.
        assert sorted(told) == sorted(
            [
                ["event.created", tenant, f"position={position}", "attempt=1", one.url]
                for position, one in ((2, well), (2, activity), (4, well))
            ]
        )
        assert await dry_run() == said
        assert await contents(superuser) == before
        assert not sink.received
    claimed = await outbox.claim(room=9, each=9, busy={}, keep=KEEP)
    assert [str(one.message_id) for one in claimed] == [
        line.split()[0] for line in said[:-1]
    ]
    assert {one.attempt for one in claimed} == {1}


async def published(store: PostgresStore, outbox: PostgresOutbox, event: Event) -> None:
    async with store.unit_of_work(TENANT) as uow:
        await uow.events.save(arrival_of(event))
        await uow.commit()
    while await outbox.advance():
        pass
