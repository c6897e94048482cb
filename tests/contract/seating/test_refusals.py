"""Whatever is refused is refused with a code, says what to do, and changes nothing."""

from collections.abc import Awaitable, Callable, Mapping

import asyncpg
import pytest

from events_core.errors import EventsError
from tests.contract.seating.refusals import answering, living, waiting
from tests.contract.seating.refusals.refusal import Refusal
from tests.contract.seating.world import Stage, World

REFUSALS = (*answering.REFUSALS, *waiting.REFUSALS, *living.REFUSALS)


async def rows_of(connection: asyncpg.Connection, tenant: str) -> Mapping[str, object]:
    """Return all that every table has of a tenant, but what tells of refusals."""
    tables = await connection.fetch(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE relnamespace = 'events'::regnamespace AND relkind = 'r'"
        " AND attname = 'tenant_id' AND relname NOT LIKE 'audit%'"
    )
    return {
        table: await connection.fetch(
            f"SELECT t::text FROM events.{table} AS t"
            " WHERE tenant_id::text = $1 ORDER BY 1",
            tenant,
        )
        for (table,) in tables
    }


async def no_rows() -> object:
    """Memory keeps what the ports tell, and no more."""
    return None


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.what)
def test_a_refusal_has_a_code_says_what_to_do_and_changes_nothing(
    stage: Stage, superuser_url: str, refusal: Refusal
) -> None:
    async def refused(world: World, rows: Callable[[], Awaitable[object]]) -> None:
        for deed in refusal.before:
            await deed(world)
        world.wait_until(refusal.hour)
        before = await world.held(), await rows()
        with pytest.raises(EventsError) as raised:
            await refusal.deed(world)
        error = raised.value
        told = {name: getattr(error, name) for name in refusal.tells}
        assert (error.code, told) == (refusal.code, refusal.tells)
        assert refusal.says in str(error)
        assert (await world.held(), await rows()) == before

    async def both() -> None:
        await refused(here, no_rows)
        connection = await asyncpg.connect(superuser_url)
        tenant = str(there.actors[0].tenant_id)
        await refused(there, lambda: rows_of(connection, tenant))
        await connection.close()

    here, there = stage.worlds(start=5, **{"guests_per_answer": 3, **refusal.terms})
    stage.loop.run(both())
