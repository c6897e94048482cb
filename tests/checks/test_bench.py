"""The benchmarks measure what there is: their town is one of ours, their page whole."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from adapters.postgres import Database, PostgresStore
from adapters.postgres.embedded import APP, SUPERUSER, RunningCluster
from bench.__main__ import PARTS
from bench.handwritten import PAGE_STATEMENT, TOTAL_STATEMENT
from bench.report import Section, table, write
from bench.town import READER, Town
from events_core.domain.actors import Viewer
from events_core.domain.exposure import Status
from events_core.domain.identity import Scope, ScopeKind, TenantId, UserId
from events_core.domain.predicate import AllOf, StatusIn
from events_core.domain.roles import Bearer
from events_core.domain.schedule import TimeWindow
from events_core.domain.visibility import visible_to
from events_core.ports.store import PageQuery

BEGIN, END = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC)


async def test_the_page_by_hand_shows_what_the_store_shows(
    postgres_cluster: RunningCluster, make_migrated_database: Callable[[], str]
) -> None:
    name, town = make_migrated_database(), Town(1_000)
    await town.fill(postgres_cluster.dsn(SUPERUSER, name))
    connection = await asyncpg.connect(postgres_cluster.dsn(SUPERUSER, name))
    places = (town.communities, town.teams)
    asked = (
        town.tenant_id,
        BEGIN,
        END,
        *places,
        [READER, *town.communities, *town.teams],
    )
    try:
        rows = await connection.fetch(PAGE_STATEMENT, *asked, READER, 50)
        total = await connection.fetchval(TOTAL_STATEMENT, *asked)
    finally:
        await connection.close()

    database = Database.at(postgres_cluster.dsn(APP, name))
    async with PostgresStore(database).unit_of_work(TenantId(town.tenant_id)) as uow:
        page = await uow.events.page(_question(town))
    await database.close()

    assert [item.id for item in page.items] == [row["event_id"] for row in rows]
    assert page.total == total > 50


def test_a_part_that_is_measured_again_leaves_the_others_as_they_are(
    tmp_path: Path,
) -> None:
    page = tmp_path / "page.md"
    titles = [part.title for part in PARTS.values()]
    first, second = titles[:2]
    for title, told in ((second, "slow"), (first, "fast"), (second, "faster")):
        write(Section(title, table(("what",), [(told,)])), titles, page)

    text = page.read_text()

    assert text.index(first) < text.index("| fast |") < text.index(second)
    assert "| faster |" in text
    assert "slow" not in text


def _question(town: Town) -> PageQuery:
    belonging = {
        *(Scope(ScopeKind.COMMUNITY, one) for one in town.communities),
        *(Scope(ScopeKind.TEAM, one) for one in town.teams),
    }
    viewer = Viewer(
        TenantId(town.tenant_id), UserId(READER), member_of=frozenset(belonging)
    )
    shown = StatusIn(frozenset({Status.PUBLISHED, Status.COMPLETED}))
    return PageQuery(
        where=AllOf((shown, visible_to(viewer))),
        reader=Bearer(UserId(READER)),
        window=TimeWindow(BEGIN, END),
        limit=50,
    )
