"""Several services share one data directory, and the embedded server in it."""

import asyncio
import os
import signal
from pathlib import Path

from adapters.postgres.embedded import start
from tests.contract.service.caller import Person, calling
from tests.contract.service.process import Service
from tests.unit.adapters.http.edge.toy import check_envelope


def server_of(cwd: Path) -> int | None:
    """Return the embedded server's process, None once it has stopped in good order."""
    try:
        return int((cwd / "data/postgres/postmaster.pid").read_text().split("\n")[0])
    except FileNotFoundError:
        return None


async def test_the_first_starts_it_a_kill_hinders_nobody_the_last_stops_it(
    tmp_path: Path,
) -> None:
    anna = Person()

    async def titles(service: Service) -> set[str]:
        async with calling(service.url) as caller:
            assert (await caller.client.get("/health/ready")).status_code == 200
            page = await caller.listed(by=anna)
            return {item["title"] for item in page["items"]}

    with Service(tmp_path, EVENTS_DIRECTORY="local") as first:
        server = server_of(tmp_path)
        async with calling(first.url) as caller:
            await caller.create(by=anna, title="Of the first")
        with Service(tmp_path, EVENTS_DIRECTORY="local") as second:
            assert server_of(tmp_path) == server
            first.kill()
            assert await titles(second) == {"Of the first"}
            async with calling(second.url) as caller:
                await caller.create(by=anna, title="Of the second")
            first.start()
            assert server_of(tmp_path) == server
            both = {"Of the first", "Of the second"}
            assert await titles(first) == both
        assert await titles(first) == both
        assert server_of(tmp_path) == server
    assert server_of(tmp_path) is None


async def test_a_server_that_is_killed_comes_back_under_those_at_work(
    tmp_path: Path,
) -> None:
    anna, local = Person(), {"EVENTS_DIRECTORY": "local"}
    with Service(tmp_path, **local) as first, Service(tmp_path, **local) as second:
        async with calling(first.url) as caller:
            kept = await caller.create(by=anna)
        server = server_of(tmp_path)
        assert server is not None
        os.kill(server, signal.SIGKILL)
        for service in (first, second):
            async with calling(service.url) as caller, asyncio.timeout(60):
                while True:
                    answer = await caller.ask("GET", f"/{kept['id']}", by=anna)
                    if answer.status_code == 200:
                        break
                    check_envelope(answer, 503, "DATABASE_UNAVAILABLE")
                    assert int(answer.headers["Retry-After"]) > 0
                    await asyncio.sleep(0.05)
                assert answer.json()["title"] == kept["title"]
        assert server_of(tmp_path) not in {None, server}
    assert server_of(tmp_path) is None
    assert (first.log + second.log).count("is started again") == 1


async def test_all_may_be_killed_and_the_server_too_and_the_next_needs_nobody(
    tmp_path: Path,
) -> None:
    anna = Person()
    try:
        with Service(tmp_path, EVENTS_DIRECTORY="local") as service:
            async with calling(service.url) as caller:
                kept = await caller.create(by=anna)
            service.kill()
            server = server_of(tmp_path)
            assert server is not None
            service.start()  # takes over the server that nobody used any more
            assert server_of(tmp_path) == server
            service.kill()
            os.kill(server, signal.SIGKILL)
            service.start()
            assert server_of(tmp_path) != server
            async with calling(service.url) as caller:
                answer = await caller.ask("GET", f"/{kept['id']}", by=anna)
                assert answer.json()["title"] == kept["title"]
        assert server_of(tmp_path) is None
    finally:
        if server_of(tmp_path) is not None:
            start(tmp_path / "data").close()
