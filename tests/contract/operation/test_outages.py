"""The database away and back: told as what it is, in time, and healed of itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from itertools import cycle
from typing import Any

import asyncpg
import httpx
import pytest
from attrs import frozen

from adapters.postgres.embedded import APP
from tests.contract.operation.cluster import OwnCluster
from tests.contract.operation.wire import Wire
from tests.contract.service.caller import SOON, Caller, Person, calling
from tests.contract.service.process import Service
from tests.neighbours import Access, Portal
from tests.unit.adapters.http.edge.toy import SECRET, check_envelope

CONNECTIONS = 6

#: In seconds: what an answer may take at most, and how much of that is this machine's,
#: which has much else to do.
AT_MOST = 4.0
NOISE = 4.0


@frozen
class World:
    """A service, its database, and somebody who asks it everything there is to ask."""

    cluster: OwnCluster
    wire: Wire
    service: Service
    caller: Caller
    anna: Person
    event: Mapping[str, Any]

    async def ask(self, kind: str) -> httpx.Response:
        url = f"/{self.event['id']}"
        match kind:
            case "list":
                return await self.caller.ask("GET", "/", by=self.anna)
            case "read":
                return await self.caller.ask("GET", url, by=self.anna)
            case "answer":
                body = {"status": "going"}
                return await self.caller.ask("POST", f"{url}/rsvp", body, by=self.anna)
            case _:
                body = {"title": "Another", "startsAt": SOON}
                return await self.caller.ask("POST", "/", body, by=self.anna.as_admin())

    async def ask_all(self, times: int = 3) -> list[httpx.Response]:
        """Ask for everything, several times, at once."""
        kinds = ("list", "read", "answer", "create") * times
        return await asyncio.gather(*map(self.ask, kinds))

    async def is_ready(self) -> bool:
        answer = await self.caller.client.get("/health/ready")
        return answer.status_code == 200

    async def check_unavailable(self, *, times: int = 3) -> None:
        """Check that everything is answered 503, in time, and that health is not."""
        began = time.monotonic()
        for answer in await self.ask_all(times):
            check_envelope(answer, 503, "DATABASE_UNAVAILABLE")
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.elapsed.total_seconds() < AT_MOST + NOISE
        assert time.monotonic() - began < AT_MOST + NOISE
        assert (await self.caller.client.get("/health")).status_code == 200

    async def check_not_ready(self, *, within: float = 13.0) -> None:
        """Check that it comes to say so; an answer of a moment ago may be repeated."""
        began = time.monotonic()
        while await self.is_ready():
            assert time.monotonic() - began < within + NOISE

    async def check_healed(self, *, within: float = 13.0) -> None:
        """Check that it works again, all of it, without anybody's help."""
        began = time.monotonic()
        while not (await self.is_ready() and all(map(is_fine, await self.ask_all()))):
            assert time.monotonic() - began < within + NOISE
            await asyncio.sleep(0.1)
        for _ in range(3):
            assert [a.text for a in await self.ask_all() if not is_fine(a)] == []


def is_fine(answer: httpx.Response) -> bool:
    return answer.status_code in {200, 201}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCluster]:
    with OwnCluster(tmp_path_factory.mktemp("outages") / "database") as cluster:
        yield cluster


@pytest.fixture(scope="module")
async def world(
    cluster: OwnCluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A service whose database is over a wire, and whose neighbours are well."""
    await cluster.migrated()
    with Portal(SECRET) as portal, Access(SECRET) as access:
        async with Wire(cluster.socket) as wire:
            settings = {
                "PORTAL_BASE_URL": portal.url,
                "ACCESS_BASE_URL": access.url,
                "EVENTS_DATABASE_URL": wire.dsn(APP),
                "EVENTS_DATABASE_CONNECTIONS": str(CONNECTIONS),
            }
            directory = tmp_path_factory.mktemp("service")
            service = await asyncio.to_thread(Service, directory, **settings)
            try:
                async with calling(service.url) as caller:
                    anna = Person()
                    event = await caller.create(by=anna)
                    yield World(cluster, wire, service, caller, anna, event)
            finally:
                await asyncio.to_thread(service.__exit__)


@contextmanager
def stopped(cluster: OwnCluster) -> Iterator[None]:
    cluster.stop()
    yield
    cluster.start()


@contextmanager
def killed(cluster: OwnCluster) -> Iterator[None]:
    cluster.kill()
    yield
    cluster.start()


HOW: Mapping[str, Callable[[OwnCluster], AbstractContextManager[None]]] = {
    "stopped": stopped,
    "killed": killed,
    "paused": OwnCluster.paused,
}


@pytest.mark.parametrize("how", HOW.values(), ids=HOW.keys())
async def test_a_database_that_is_away_is_told_and_comes_back(
    world: World, how: Callable[[OwnCluster], AbstractContextManager[None]]
) -> None:
    await world.check_healed()
    with how(world.cluster):
        await world.check_unavailable()
        await world.check_not_ready()
        await world.check_unavailable(times=10)
    await world.check_healed()


async def test_a_restart_under_load_loses_nothing_and_is_never_taken_for_an_answer(
    world: World,
) -> None:
    is_over, answers = asyncio.Event(), list[httpx.Response]()
    kinds = cycle(("list", "read", "answer", "create"))

    async def insist() -> None:
        while not is_over.is_set():
            answers.append(await world.ask(next(kinds)))

    async with asyncio.TaskGroup() as group:
        for _ in range(12):
            group.create_task(insist())
        for how in (stopped, killed, OwnCluster.paused):
            await asyncio.sleep(1.0)
            with how(world.cluster):
                await asyncio.sleep(0.5)
        await asyncio.sleep(1.0)
        is_over.set()
    await world.check_healed()
    statuses = {answer.status_code for answer in answers}
    assert statuses == {200, 201, 503}, world.service.log
    for answer in answers:
        assert answer.elapsed.total_seconds() < AT_MOST + NOISE
        if answer.status_code == 503:
            check_envelope(answer, 503, "DATABASE_UNAVAILABLE")
    created = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    for event_id in created:
        there = await world.caller.ask("GET", f"/{event_id}", by=world.anna)
        assert there.status_code == 200


async def test_a_failover_without_a_word_is_noticed_once(world: World) -> None:
    await world.check_healed()
    world.wire.cut()
    await world.check_unavailable(times=1)
    assert all(map(is_fine, await world.ask_all()))


async def test_a_database_that_is_slow_is_waited_for_until_it_is_too_slow(
    world: World,
) -> None:
    world.wire.delay = 0.05
    assert is_fine(await world.ask("list"))
    world.wire.delay = 3.0
    await world.check_unavailable(times=1)
    world.wire.delay = 0.0
    await world.check_healed()


async def test_a_lock_that_somebody_else_holds_is_waited_for_and_given_up(
    world: World,
) -> None:
    async with holding(world.cluster, "events.event_version"):
        answer = await world.ask("create")
        check_envelope(answer, 503, "DATABASE_UNAVAILABLE")
        assert answer.elapsed.total_seconds() < AT_MOST + NOISE
        assert is_fine(await world.ask("list"))
    assert is_fine(await world.ask("create"))


async def test_a_full_pool_is_told_to_those_who_find_no_place(world: World) -> None:
    async with holding(world.cluster, "events.event_version"):
        creating = asyncio.gather(
            *(world.ask("create") for _ in range(3 * CONNECTIONS))
        )
        await asyncio.sleep(0.5)
        reading = await asyncio.gather(*(world.ask("read") for _ in range(CONNECTIONS)))
        answers = [*await creating, *reading]
    assert {answer.status_code for answer in answers} <= {200, 503}
    for answer in answers:
        assert answer.elapsed.total_seconds() < AT_MOST + NOISE
        if not is_fine(answer):
            check_envelope(answer, 503, "DATABASE_UNAVAILABLE")
    await world.check_healed()


async def test_a_server_that_takes_no_more_connections_is_told(world: World) -> None:
    await world.check_healed()
    async with as_superuser(world.cluster) as run:
        await run("ALTER ROLE events_app CONNECTION LIMIT 0")
        await run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE usename = 'events_app'"
        )
        await world.check_unavailable()
        await run("ALTER ROLE events_app CONNECTION LIMIT -1")
    await world.check_healed()


@asynccontextmanager
async def as_superuser(
    cluster: OwnCluster,
) -> AsyncIterator[Callable[[str], Awaitable[object]]]:
    connection = await asyncpg.connect(cluster.superuser)
    try:
        yield connection.execute
    finally:
        await connection.close()


@asynccontextmanager
async def holding(cluster: OwnCluster, table: str) -> AsyncIterator[None]:
    """Hold a lock that lets nobody else at a table."""
    async with as_superuser(cluster) as run:
        await run(f"BEGIN; LOCK {table}")
        yield
        await run("ROLLBACK")
