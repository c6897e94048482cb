"""Behind PgBouncer in transaction mode everything is as without it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import literal, select, text

from adapters.postgres import (
    Database,
    Patience,
    PostgresRepeats,
    PostgresSignatures,
    PostgresStore,
)
from adapters.postgres.embedded import APP, OWNER, RunningCluster
from events_core.ports.repeats import Repeats, Signatures
from events_core.testing.builders import a_tenant
from events_core.testing.contracts.repeats import RepeatsContract, SignaturesContract
from events_core.testing.contracts.store import MakeStore
from events_core.testing.contracts.store.histories import HistoriesContract
from events_core.testing.contracts.store.rosters import RostersContract
from events_core.testing.contracts.store.tenants import TenantsContract
from events_core.testing.contracts.store.transactions import TransactionsContract
from tests.contract.debian.programs import SERVER_CONNECTIONS
from tests.contract.service.caller import Person, calling
from tests.contract.service.process import Service

CLIENTS = 16


@pytest.fixture(scope="module")
def name(make_migrated_database: Callable[[], str]) -> str:
    return make_migrated_database()


@pytest.fixture(scope="class")
async def database(
    pgbouncer: RunningCluster, name: str, patience: Patience
) -> AsyncIterator[Database]:
    url = pgbouncer.dsn(APP, name)
    database = Database.at(url, connections=CLIENTS, pooled=True, patience=patience)
    yield database
    await database.close()


class TestStoreBehindPgBouncer(
    TransactionsContract, TenantsContract, RostersContract, HistoriesContract
):
    """What a pooler could mix up; what is found by which statement it cannot."""

    @pytest.fixture
    def make_store(self, database: Database) -> MakeStore:
        async def make() -> PostgresStore:
            return PostgresStore(database)

        return make


class TestRepeatsBehindPgBouncer(RepeatsContract):
    @pytest.fixture
    def make_repeats(self, database: Database) -> Callable[[], Repeats]:
        return lambda: PostgresRepeats(database)


class TestSignaturesBehindPgBouncer(SignaturesContract):
    @pytest.fixture
    def make_signatures(self, database: Database) -> Callable[[], Signatures]:
        return lambda: PostgresSignatures(database)


async def test_many_clients_share_few_servers_and_leave_nothing_on_them(
    database: Database,
) -> None:
    """Each sees its own tenant, whoever used the server before, and prepares nothing
    that would stay there."""
    tenant_is = select(literal(1)).where(text("events.tenant_id()::text = :tenant"))
    left_over = text(
        "SELECT pg_backend_pid() AS pid,"
        " (SELECT count(*) FROM pg_prepared_statements) AS prepared"
    )
    seen: set[int] = set()

    async def use() -> None:
        tenant = a_tenant()
        for _ in range(10):
            async with database.transaction(tenant) as transaction:
                found = await transaction.run(tenant_is, {"tenant": str(tenant)})
                assert found.scalar_one() == 1
                await asyncio.sleep(0)
                row = (await transaction.run(left_over)).one()
                assert row.prepared == 0
                seen.add(row.pid)

    await asyncio.gather(*(use() for _ in range(CLIENTS)))
    assert 1 < len(seen) <= SERVER_CONNECTIONS


async def test_the_service_runs_behind_it(
    pgbouncer: RunningCluster,
    postgres_cluster: RunningCluster,
    make_migrated_database: Callable[[], str],
    tmp_path: Path,
) -> None:
    name = make_migrated_database()
    settings = {
        "EVENTS_DATABASE_URL": pgbouncer.dsn(APP, name),
        "EVENTS_DATABASE_PGBOUNCER": "1",
        "EVENTS_DATABASE_DIRECT_URL": postgres_cluster.dsn(APP, name),
        "EVENTS_DATABASE_OWNER_URL": postgres_cluster.dsn(OWNER, name),
        "EVENTS_DIRECTORY": "local",
    }
    with Service(tmp_path, **settings) as service:
        async with calling(service.url) as caller:
            anna = Person()
            events = await asyncio.gather(
                *(caller.create(by=anna) for _ in range(CLIENTS))
            )
            answers = await asyncio.gather(
                *(
                    caller.ask("POST", f"/{e['id']}/rsvp", {"status": "going"}, by=anna)
                    for e in events
                ),
                *(caller.ask("GET", "/", by=anna) for _ in range(2 * CLIENTS)),
            )
            assert {answer.status_code for answer in answers} == {200}
            going = await caller.listed("?rsvp=going", by=anna)
            assert going["meta"]["total"] == CLIENTS
            assert (await caller.client.get("/health/ready")).status_code == 200
