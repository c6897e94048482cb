from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from adapters.postgres import Database
from adapters.postgres.tables.shared import Instant

instants = st.datetimes(
    datetime(1, 1, 3),
    datetime(9999, 12, 30),
    timezones=st.integers(-1439, 1439).map(
        lambda minutes: timezone(timedelta(minutes=minutes))
    ),
)


@pytest.fixture(scope="module", params=[False, True], ids=["direct", "pooled"])
async def strange(
    request: pytest.FixtureRequest, superuser_url: str, app_url: str
) -> AsyncIterator[Database]:
    """The module's database, which has a zone and a spelling of its own."""
    superuser = await asyncpg.connect(superuser_url)
    name = await superuser.fetchval("SELECT current_database()")
    for setting in ("timezone = 'Asia/Kathmandu'", "datestyle = 'SQL, DMY'"):
        await superuser.execute(f'ALTER DATABASE "{name}" SET {setting}')
    await superuser.close()
    database = Database.at(app_url, pooled=request.param)
    yield database
    await database.close()


@given(st.lists(instants, min_size=1, max_size=30))
async def test_instants_come_back_in_utc_however_the_database_spells_them(
    strange: Database, written: list[datetime]
) -> None:
    names = [f"instant_{number}" for number in range(len(written))]
    statement = select(*(bindparam(name, type_=Instant) for name in names))
    async with strange.transaction(None) as transaction:
        found = await transaction.run(statement, dict(zip(names, written, strict=True)))
    read = found.one()
    assert [*read] == written
    assert all(instant.tzinfo is UTC for instant in read)
