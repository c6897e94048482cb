from collections.abc import AsyncIterator

import pytest

from adapters.outbox.client import WebhookClient, open_client
from tests.unit.adapters.outbox.sink import Sink, open_sink


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """A subscriber on loopback."""
    async with open_sink() as sink:
        yield sink


@pytest.fixture
async def client() -> AsyncIterator[WebhookClient]:
    """A client that may go to loopback."""
    async with open_client({"127.0.0.1"}) as client:
        yield client
