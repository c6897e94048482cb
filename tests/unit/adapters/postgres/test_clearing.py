from datetime import timedelta
from secrets import token_bytes

import asyncpg
from sqlalchemy import select

from adapters.postgres import Database, PostgresRepeats, PostgresSignatures
from adapters.postgres.clearing import AT_MOST, EVERY
from adapters.postgres.tables import repeat
from adapters.postgres.transaction import TENANT
from events_core.domain.identity import TenantId
from events_core.ports.repeats import Claimed, RepeatKey
from events_core.testing.builders import NOW, a_person, a_tenant, new_uuid

SECOND = timedelta(seconds=1)

_HOLD = select(repeat.c.key).where(repeat.c.tenant_id == TENANT).with_for_update()


async def claim(
    repeats: PostgresRepeats, tenant_id: TenantId, *, after: timedelta, times: int
) -> None:
    for _ in range(times):
        claimed = await repeats.claim(
            RepeatKey(tenant_id, a_person(), token_bytes(32)),
            b"print",
            seed=new_uuid(),
            now=NOW + after,
            keep_for=SECOND,
        )
        assert isinstance(claimed, Claimed)


async def kept(url: str, table: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        number: int = await connection.fetchval(f"SELECT count(*) FROM events.{table}")
        return number
    finally:
        await connection.close()


async def test_repeats_do_not_pile_up(database: Database, superuser_url: str) -> None:
    repeats, tenant_id = PostgresRepeats(database), a_tenant()
    await claim(repeats, tenant_id, after=0 * SECOND, times=EVERY - 1)
    await claim(repeats, tenant_id, after=2 * SECOND, times=1)
    assert await kept(superuser_url, "repeat") == 1
    for round_ in range(4):
        await claim(repeats, tenant_id, after=round_ * 10 * SECOND, times=EVERY)
        assert await kept(superuser_url, "repeat") < 2 * EVERY


async def test_signatures_do_not_pile_up(
    database: Database, superuser_url: str
) -> None:
    signatures = PostgresSignatures(database)
    for seconds in range(4 * EVERY):
        now = NOW + seconds * SECOND
        until = now + SECOND / 2
        assert await signatures.admit(token_bytes(32), b"", now=now, until=until)
        assert await kept(superuser_url, "signature") <= EVERY + 1


async def test_little_is_cleared_away_at_a_time(
    database: Database, superuser_url: str
) -> None:
    tenant_id = a_tenant()
    connection = await asyncpg.connect(superuser_url)
    await connection.execute(
        """
        INSERT INTO events.repeat
        SELECT $1, gen_random_uuid(), 'key', 'print', gen_random_uuid(), NULL,
            '2026-01-01Z', NULL, NULL, NULL
        FROM generate_series(1, 200)
        """,
        tenant_id,
    )
    await connection.close()
    before = await kept(superuser_url, "repeat")
    await claim(PostgresRepeats(database), tenant_id, after=SECOND, times=EVERY)
    assert await kept(superuser_url, "repeat") == before + EVERY - AT_MOST


async def test_nobody_waits_for_what_another_clears_away(database: Database) -> None:
    repeats, tenant_id = PostgresRepeats(database), a_tenant()
    await claim(repeats, tenant_id, after=0 * SECOND, times=EVERY - 1)
    async with database.transaction(tenant_id) as transaction:
        held = await transaction.run(_HOLD)
        assert len(held.all()) == EVERY - 1
        await claim(repeats, tenant_id, after=5 * SECOND, times=1)
