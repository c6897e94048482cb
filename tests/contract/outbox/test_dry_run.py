"""`events-core relay --dry-run`: it says what would be sent, and changes nothing."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from attrs import evolve

from adapters.cli import main
from adapters.outbox.messages import said_to
from adapters.postgres import PostgresStore
from adapters.postgres.embedded import APP, RELAY, RunningCluster
from adapters.postgres.queue.laying_out import PORTION
from adapters.postgres.queue.outbox import PostgresOutbox
from adapters.postgres.queue.pool import RelayPool
from adapters.postgres.queue.sequencer import AnotherClusterError, Sequencer
from adapters.postgres.queue.subscriptions import Subscriptions
from events_core.domain.change import Change
from events_core.domain.event import Event
from events_core.ports.outbox import Kind, Outcome, Subscriber
from events_core.testing.builders import a_tenant, an_event, arrival_of, step_between
from events_core.testing.contracts.outbox import (
    KEEP,
    TOUCHY,
    a_subscriber,
    next_of,
    result,
)
from tests.contract.outbox.writers import Writer
from tests.logs import restored_logging
from tests.unit.adapters.outbox.sink import open_sink

TENANT = a_tenant()
TABLES = """subscription delivery attempt dead_letter outbox sequencer fact_head
    fact_position audit_entry audit_link audit_head"""


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


async def test_it_says_what_would_be_sent_and_can_write_nothing(
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
    read_only = f"ALTER ROLE {RELAY} IN DATABASE {name}"

    async def dry_run() -> tuple[list[list[str]], list[str], str]:
        """Return of what it says what goes where, what is said there, and the end."""
        before = await contents(superuser)
        await superuser.execute(f"{read_only} SET default_transaction_read_only = on")
        assert await asyncio.to_thread(main, ["relay", "--dry-run"], environ) == 0
        await superuser.execute(f"{read_only} RESET default_transaction_read_only")
        assert await contents(superuser) == before
        *lines, last = capsys.readouterr().out.splitlines()
        return [line.split(" ") for line in lines[::2]], lines[1::2], last

    assert await dry_run() == ([], [], "0 would be sent now; nothing was")
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
        first, second, third = (an_event(tenant_id=TENANT) for _ in range(3))
        await save(store, arrival_of(first))
        await advance(outbox)
        failed = await outbox.claim(room=9, each=9, busy={}, keep=KEEP)
        await outbox.settle([result(d, Outcome.AGAIN) for d in failed], TOUCHY)
        for subscriber in (well, activity):
            await subscriptions.add(subscriber)
        tenant = f"tenant={TENANT}"

        def wanted(
            *told: tuple[int, str, Subscriber],
        ) -> list[list[str]]:
            return sorted(
                [kind, tenant, f"position={position}", "attempt=1", one.url]
                for position, kind, one in told
            )

        # Committed, and nobody has given it a position.
        await save(store, arrival_of(second))
        await save(store, step_between(second, next_of(second)))
        heads, said, last = await dry_run()
        of_second = [
            (2, "event.created", well),
            # Of each event the first, at Activity of each tenant; to her who is left
            # alone nothing.
            (2, "event.created", activity),
        ]
        assert sorted(head[1:] for head in heads) == wanted(*of_second)
        assert last == "2 would be sent now; nothing was"
        # With a position, and not laid out.
        await Sequencer(pool).tick()
        assert await dry_run() == (heads, said, last)
        # Laid out; and another besides that is not.
        await advance(outbox)
        await save(store, arrival_of(third))
        heads, said, last = await dry_run()
        of_third = (4, "event.created", well)
        assert sorted(head[1:] for head in heads) == wanted(*of_second, of_third)
        assert last == "3 would be sent now; nothing was"
        assert not sink.received
    await advance(outbox)
    claimed = await outbox.claim(room=9, each=9, busy={}, keep=KEEP)
    assert sorted(str(one.message_id) for one in claimed) == sorted(
        head[0] for head in heads
    )
    assert {one.attempt for one in claimed} == {1}
    bodies = [said_to(one.subscriber.kind, one.body or b"").decode() for one in claimed]
    assert sorted(f"  {body}" for body in bodies) == sorted(said)


async def test_where_positions_mean_nothing_nothing_is_foretold(
    pool: RelayPool, superuser: asyncpg.Connection
) -> None:
    await superuser.execute("UPDATE events.sequencer SET cluster = cluster + 1")
    with pytest.raises(AnotherClusterError):
        await PostgresOutbox(pool).preview(room=9, each=9)


async def test_what_is_not_for_somebody_hides_nothing_that_is(
    pool: RelayPool, superuser: asyncpg.Connection
) -> None:
    await Subscriptions(pool).add(a_subscriber(TENANT))
    writer = Writer(superuser)
    await writer.begin()
    for _ in range(PORTION + 1):
        await writer.write(TENANT, visibility="private")
    last = await writer.write(TENANT)
    await writer.commit()
    [delivery] = await PostgresOutbox(pool).preview(room=9, each=9)
    assert (delivery.message_id, delivery.position) == (last, PORTION + 2)


async def save(store: PostgresStore, change: Change[Event]) -> None:
    async with store.unit_of_work(TENANT) as uow:
        await uow.events.save(change)
        await uow.commit()


async def advance(outbox: PostgresOutbox) -> None:
    while await outbox.advance():
        pass
