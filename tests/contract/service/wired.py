"""The service in this process: wired as for an operator, over a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
from attrs import field, frozen

from adapters.compose import Wired, app_of, database, open_core
from adapters.settings import read_settings
from tests.contract.service.caller import Caller, calling
from tests.contract.service.database import Place
from tests.unit.adapters.http.edge.toy import SECRET


@frozen
class InProcess:
    """A service without a network, whose every statement can be counted."""

    wired: Wired
    caller: Caller
    place: Place
    statements: list[str] = field(factory=list)

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Collect the statements sent to the database while the block runs."""
        sent: list[str] = []
        with self.wired.database.watching() as opened:
            yield sent
        for transaction in opened:
            sent += transaction.statements


@asynccontextmanager
async def in_process(place: Place, **settings: str) -> AsyncIterator[InProcess]:
    """Have the service over a migrated database, with these settings."""
    read = read_settings(
        {
            "BFF_INTERNAL_HMAC_SECRET": SECRET.decode(),
            "EVENTS_DATABASE_URL": place.app,
            **settings,
        }
    )
    with database(read) as urls:
        async with open_core(read, urls) as wired:
            app = app_of(wired, read, asyncio.Event())
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with calling(transport) as caller:
                yield InProcess(wired, caller, place)
