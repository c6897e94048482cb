"""What a tenant is called, kept for who has no request to read it from."""

import asyncpg
import pytest
from hypothesis import given
from sqlalchemy import select

from adapters.postgres import Database, PostgresSlugs
from adapters.postgres.embedded import RELAY
from adapters.postgres.slugs import LONGEST
from adapters.postgres.tables import tenant_slug
from adapters.postgres.transaction import TENANT
from events_core.domain.actors import Actor
from events_core.domain.identity import TenantId
from events_core.testing.builders import a_person, a_tenant
from events_core.testing.contracts.store.factory import PROPERTY
from events_core.testing.strategies import hostile_texts
from tests.postgres import Connect

KEPT = select(tenant_slug.c.slug).where(tenant_slug.c.tenant_id == TENANT)


def called(slug: str, tenant_id: TenantId) -> Actor:
    return Actor(tenant_id, a_person(), tenant_slug=slug)


@pytest.fixture
async def relay(connect: Connect) -> asyncpg.Connection:
    return await connect(RELAY)


async def kept(relay: asyncpg.Connection, tenant_id: TenantId) -> str | None:
    found: str | None = await relay.fetchval(
        "SELECT slug FROM events.tenant_slug WHERE tenant_id = $1", tenant_id
    )
    return found


async def test_the_last_one_heard_is_kept(
    database: Database, relay: asyncpg.Connection
) -> None:
    here, there = PostgresSlugs(database), PostgresSlugs(database)
    tenant_id, other = a_tenant(), a_tenant()
    assert await kept(relay, tenant_id) is None
    for process, slug in ((here, "one"), (there, "two"), (here, "three")):
        await process.hear(called(slug, tenant_id))
        assert await kept(relay, tenant_id) == slug
    assert await kept(relay, other) is None


async def test_what_is_no_news_is_not_written(
    database: Database, relay: asyncpg.Connection
) -> None:
    slugs, tenant_id = PostgresSlugs(database), a_tenant()
    await slugs.hear(called("one", tenant_id))
    where = "SELECT ctid, xmin FROM events.tenant_slug WHERE tenant_id = $1"
    before = await relay.fetchrow(where, tenant_id)
    with database.watching() as transactions:
        await slugs.hear(called("one", tenant_id))
    assert not transactions
    await PostgresSlugs(database).hear(called("one", tenant_id))
    assert await relay.fetchrow(where, tenant_id) == before


@pytest.mark.parametrize("slug", ["", "x" * (LONGEST + 1), "ж" * 100])
async def test_what_cannot_be_a_slug_is_passed_over(
    database: Database, relay: asyncpg.Connection, slug: str
) -> None:
    slugs, tenant_id = PostgresSlugs(database), a_tenant()
    await slugs.hear(called("one", tenant_id))
    await slugs.hear(called(slug, tenant_id))
    assert await kept(relay, tenant_id) == "one"


@PROPERTY
@given(hostile_texts())
async def test_whatever_it_is_it_can_stand_in_a_header(
    database: Database, text: str
) -> None:
    tenant_id = a_tenant()
    await PostgresSlugs(database).hear(called(text, tenant_id))
    async with database.transaction(tenant_id) as transaction:
        rows = await transaction.run(KEPT)
    for slug in rows.scalars():
        assert slug.isascii()
        assert slug.isprintable()
        assert " " not in slug
