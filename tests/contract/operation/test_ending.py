"""SIGTERM: readiness goes at once, what is at work ends, and ten seconds suffice."""

import asyncio
import signal
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.contract.operation.cluster import OwnCluster
from tests.contract.operation.conftest import MakePlace
from tests.contract.service.caller import Person, calling
from tests.contract.service.process import COMMAND, Service, environment
from tests.neighbours import Access, Portal, slow
from tests.unit.adapters.http.edge.toy import SECRET, check_envelope
from tests.unit.adapters.portal.conftest import until


async def test_what_is_at_work_ends_and_nothing_new_is_taken_for_long(
    make_place: MakePlace, portal: Portal, access: Access, tmp_path: Path
) -> None:
    neighbours = {"PORTAL_BASE_URL": portal.url, "ACCESS_BASE_URL": access.url}
    anna, place = Person(), make_place()
    drain = {"EVENTS_DRAIN_SECONDS": "3"}
    with Service(tmp_path, **neighbours, **drain, **place.settings) as service:
        async with calling(service.url) as caller:
            access.always(slow(0.5))
            at_work = asyncio.create_task(caller.ask("GET", "/", by=anna))
            await until(lambda: access.calls)  # before, it may not be taken up
            began = time.monotonic()
            service.signal(signal.SIGTERM)
            await asyncio.sleep(0.1)
            ready = await caller.client.get("/health/ready")
            assert check_envelope(ready, 503, "NOT_READY")["failed"] == ["draining"]
            answer = await at_work
            assert answer.status_code == 200
            assert answer.headers["connection"] == "close"
            assert await asyncio.to_thread(service.wait) == 0
            assert 3 <= time.monotonic() - began < 7
            with pytest.raises(httpx.ConnectError):
                await caller.client.get("/health")


async def test_a_database_that_hangs_does_not_keep_it(tmp_path: Path) -> None:
    with OwnCluster(tmp_path / "database") as cluster:
        settings = await cluster.migrated()
        with Service(tmp_path, EVENTS_DIRECTORY="local", **settings) as service:
            async with calling(service.url) as caller:
                anna = Person()
                await caller.create(by=anna)
                with cluster.paused():
                    many = [caller.ask("GET", "/", by=anna) for _ in range(30)]
                    at_work = asyncio.gather(*many)
                    await asyncio.sleep(0.3)
                    began = time.monotonic()
                    service.signal(signal.SIGTERM)
                    answers = await at_work
                    assert {answer.status_code for answer in answers} == {503}
                    assert await asyncio.to_thread(service.wait) == 0
                    assert time.monotonic() - began < 10


async def test_who_is_told_to_end_once_she_says_where_she_is_does(
    make_place: MakePlace, tmp_path: Path
) -> None:
    """A signal may come at any word of the start; each of these comes at another."""
    place = make_place()
    for _ in range(8):
        with Service(tmp_path, EVENTS_DIRECTORY="local", **place.settings) as service:
            service.signal(signal.SIGTERM)
            assert service.wait() == 0
            assert "Traceback" not in service.log, service.log


def begun(cwd: Path, **settings: str) -> subprocess.Popen[str]:
    """Begin to start a service."""
    needed = {"BFF_INTERNAL_HMAC_SECRET": SECRET.decode(), "EVENTS_DIRECTORY": "local"}
    return subprocess.Popen(
        [COMMAND, "serve", "--port", "0"],
        cwd=cwd,
        env=environment(**needed, **settings),
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_who_is_told_to_end_while_she_starts_does(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place()
    connection = await asyncpg.connect(place.superuser)
    await connection.execute("BEGIN; LOCK events.alembic_version")
    process = begun(tmp_path, **place.settings)
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = $1"
    database = await connection.fetchval(
        "SELECT oid FROM pg_database WHERE datname = $1", place.name
    )
    while not await connection.fetchval(waiting, database):
        assert process.poll() is None
        await asyncio.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in err
    await connection.close()


def test_who_is_told_to_end_while_her_database_starts_leaves_none(
    tmp_path: Path,
) -> None:
    place = tmp_path / str(uuid4())
    process = begun(tmp_path, EVENTS_DATA_DIR=str(place))
    while not (place / "postgres" / "postmaster.pid").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert not (place / "postgres" / "postmaster.pid").exists()
