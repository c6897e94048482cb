"""A secret is rotated, one process after the other, and nobody is refused."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from attrs import define, field

from tests.contract.operation.conftest import MakePlace
from tests.contract.service.process import Service
from tests.neighbours import Access, Call
from tests.unit.adapters.http.edge.toy import EVENTS, signed

OLD = b"the old secret, which has 32 bytes or more"
NEW = b"the new secret, which has 32 bytes or more"


class RotatingAccess(Access):
    """Accepts either secret, as a neighbour does meanwhile, and knows which came."""

    def __init__(self) -> None:
        super().__init__(OLD)
        self.signed_with: list[bytes] = []

    def is_signed(self, call: Call) -> bool:
        with self.lock:
            for self.secret in (OLD, NEW):
                if super().is_signed(call):
                    self.signed_with.append(self.secret)
                    return True
        return False


@pytest.fixture
def access() -> Iterator[RotatingAccess]:
    with RotatingAccess() as access:
        yield access


@define
class Traffic:
    """Callers who never stop, each time somebody else, with a secret they know."""

    client: httpx.AsyncClient
    where: str
    secret: bytes
    answers: list[tuple[bytes, int]] = field(factory=list)

    async def insist(self) -> None:
        while True:
            await self.ask()
            await asyncio.sleep(0.02)

    async def ask(self) -> int:
        using, at = self.secret, int(time.time())
        told = signed("GET", EVENTS, secret=using, user=str(uuid4()), timestamp=at)
        answer = await self.client.get(self.where + EVENTS, headers=told)
        self.answers.append((using, answer.status_code))
        return answer.status_code

    async def flow(self) -> None:
        """Return when everybody has asked who is to ask here, and with this secret."""
        until = len(self.answers) + 30
        for _ in range(600):
            await asyncio.sleep(0.05)
            if len(self.answers) >= until:
                return
        raise AssertionError(self.answers[-1])

    async def seen(self) -> float:
        """Return how many signatures of the previous secret the service has seen."""
        text = (await self.client.get(f"{self.where}/metrics/prometheus")).text
        counted = 'events_core_signatures_total{secret="previous"}'
        [line] = re.findall(rf"^{re.escape(counted)} (.+)$", text, re.MULTILINE)
        return float(line)


async def test_a_secret_is_rotated_and_nobody_is_refused(
    make_place: MakePlace, access: RotatingAccess, tmp_path: Path
) -> None:
    place = make_place()
    urls = {"ACCESS_BASE_URL": access.url, "PORTAL_BASE_URL": access.url}

    def start(current: bytes, previous: bytes | None) -> Service:
        secrets = {"BFF_INTERNAL_HMAC_SECRET": current.decode()}
        if previous is not None:
            secrets["BFF_INTERNAL_HMAC_SECRET_PREVIOUS"] = previous.decode()
        return Service(tmp_path, **secrets, **urls, **place.settings)

    async with AsyncExitStack() as clients, asyncio.TaskGroup() as callers:
        client = await clients.enter_async_context(httpx.AsyncClient())
        with ExitStack() as services:
            first = services.enter_context(await asyncio.to_thread(start, OLD, NEW))
            traffic = Traffic(client, first.url, OLD)
            insisting = [callers.create_task(traffic.insist()) for _ in range(4)]
            await traffic.flow()
            assert await traffic.seen() == 0
            traffic.secret = NEW  # the callers change over
            await traffic.flow()
            assert await traffic.seen() > 0
            assert set(access.signed_with) == {OLD}

            second = services.enter_context(await asyncio.to_thread(start, NEW, OLD))
            traffic.where = second.url
            traffic.secret = OLD  # one of them was forgotten
            await asyncio.to_thread(first.__exit__)
            since = len(access.signed_with)
            await traffic.flow()
            assert set(access.signed_with[since:]) == {NEW}
            assert await traffic.seen() > 0
            traffic.secret = NEW
            await traffic.flow()
            before = await traffic.seen()
            await traffic.flow()
            assert await traffic.seen() == before  # the old one can go

            third = services.enter_context(await asyncio.to_thread(start, NEW, None))
            traffic.where = third.url
            await asyncio.to_thread(second.__exit__)
            await traffic.flow()
            for one in insisting:
                one.cancel()
            assert set(traffic.answers) == {(OLD, 200), (NEW, 200)}
            traffic.secret = OLD
            assert await traffic.ask() == 401
