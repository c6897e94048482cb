import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from uuid import uuid4

import pytest
from attrs import define

from adapters.portal.client import Neighbour, open_neighbour
from events_core.domain.actors import Actor
from events_core.domain.identity import TenantId, UserId
from tests.neighbours import Access, Portal
from tests.unit.adapters.portal.asking import CALL_SECONDS, Notes

SECRET = b"a secret of thirty-two bytes, ok!"


@define
class Ticks:
    """A monotonic clock that stands still until it is moved."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


async def until(condition: Callable[[], object]) -> None:
    """Let the others go on until it is so."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 (there is no event for everything)
            await asyncio.sleep(0.001)


@pytest.fixture
def portal() -> Iterator[Portal]:
    with Portal(SECRET) as portal:
        yield portal
    assert portal.crashes == []


@pytest.fixture
def access() -> Iterator[Access]:
    with Access(SECRET) as access:
        yield access
    assert access.crashes == []


@pytest.fixture
def actor() -> Actor:
    return Actor(
        TenantId(uuid4()), UserId(uuid4()), tenant_slug="guild", request_id="req-1"
    )


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
async def neighbour(portal: Portal, notes: Notes) -> AsyncIterator[Neighbour]:
    async with open_neighbour(
        "portal", portal.url, secret=SECRET, observe=notes, call_seconds=CALL_SECONDS
    ) as neighbour:
        yield neighbour
