"""Two tenants, and a connection as the app."""

import asyncpg
import pytest

from adapters.postgres import Database
from adapters.postgres.embedded import APP
from tests.postgres import Connect
from tests.unit.adapters.postgres.fence.tenancy import Inhabited, inhabited


@pytest.fixture
async def ours(database: Database) -> Inhabited:
    return await inhabited(database)


@pytest.fixture
async def theirs(database: Database) -> Inhabited:
    return await inhabited(database)


@pytest.fixture
async def app(connect: Connect) -> asyncpg.Connection:
    return await connect(APP)
