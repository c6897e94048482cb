"""What a list costs, and that it holds at the ends of time."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import asyncpg
import pytest
from attrs import evolve
from sqlalchemy import Executable, select, text

from adapters.postgres import Database, PostgresStore
from adapters.postgres.listing import (
    LOOK_BACK,
    ListShape,
    page_statement,
    places_statement,
    values_of_list,
)
from adapters.postgres.statements import prepared
from adapters.postgres.tables import occurrence
from adapters.postgres.tables.events import IS_LONG
from adapters.postgres.transaction import TENANT
from events_core.domain.actors import Viewer
from events_core.domain.answers import Answer
from events_core.domain.exposure import Status
from events_core.domain.identity import Scope, ScopeKind, TenantId
from events_core.domain.predicate import AllOf, Everything, Mentions, StatusIn
from events_core.domain.roles import Bearer
from events_core.domain.schedule import LONGEST, TimeWindow
from events_core.domain.visibility import visible_to
from events_core.ports.store import PagePosition, PageQuery
from events_core.testing.builders import a_person, a_schedule, a_tenant, an_event
from events_core.testing.contracts.store.factory import page_of, put
from tests.unit.adapters.postgres.seeding import community_of, fill

FEW, MANY = 100, 100_000
EVERY = timedelta(minutes=44)  # a thousand a month
FIRST = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def tenants(superuser_url: str) -> dict[int, TenantId]:
    """A tenant with few events and one with many."""
    tenants = {number: a_tenant() for number in (FEW, MANY)}
    for number, tenant_id in tenants.items():
        await fill(superuser_url, tenant_id, number, every=EVERY)
    return tenants


def a_month(events: int) -> TimeWindow:
    """Return a month in the middle of so many events."""
    start = FIRST + EVERY * (events // 2)
    return TimeWindow(start, start + timedelta(days=30))


def a_reader(tenant_id: TenantId) -> Viewer:
    """Return somebody who is a member of thirty communities and teams."""
    kinds = (ScopeKind.COMMUNITY, ScopeKind.TEAM)
    scopes = (Scope(kind, community_of(n)) for kind in kinds for n in range(30))
    return Viewer(tenant_id, a_person(), member_of=frozenset(scopes))


def query_of(viewer: Viewer, window: TimeWindow) -> PageQuery:
    on_view = StatusIn(frozenset({Status.PUBLISHED, Status.COMPLETED}))
    where = AllOf((on_view, visible_to(viewer)))
    return PageQuery(
        where=where, reader=Bearer(viewer.user_id), window=window, limit=50
    )


def mentioning(query: PageQuery, *words: str) -> PageQuery:
    return evolve(query, where=AllOf((query.where, *map(Mentions, words))))


QUESTIONS: dict[str, Callable[[PageQuery], PageQuery]] = {
    "plain": lambda query: query,
    "without a total": lambda query: evolve(query, count=False),
    "my answers": lambda query: evolve(
        query, my_answers=frozenset({Answer.GOING, None})
    ),
    "search": lambda query: mentioning(query, "event", "about"),
    "deep": lambda query: evolve(query, offset=10),
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("is_open", [False, True])
async def test_a_page_takes_as_many_statements_however_many_events(
    database: Database, tenants: dict[int, TenantId], question: str, *, is_open: bool
) -> None:
    store = PostgresStore(database)
    for events, tenant_id in tenants.items():
        window = TimeWindow() if is_open else a_month(events)
        viewer = a_reader(tenant_id)
        query = QUESTIONS[question](query_of(viewer, window))
        with database.watching() as opened:
            async with store.unit_of_work(tenant_id) as uow:
                page = await uow.events.page(query)
                sent = len(opened[0].statements)
                await uow.events.places(visible_to(viewer), window)
        assert sent == 1
        assert len(opened[0].statements) == sent + 1
        assert page.items


async def test_the_total_of_many_is_exact_and_every_page_is_full(
    store: PostgresStore, database: Database, tenants: dict[int, TenantId]
) -> None:
    tenant_id, window = tenants[MANY], a_month(MANY)
    viewer = a_reader(tenant_id)
    query = query_of(viewer, window)
    first = await page_of(store, tenant_id, query)
    walked, page = list(first.items), first
    while page.next:
        assert len(page.items) == query.limit
        page = await page_of(store, tenant_id, evolve(query, after=page.next))
        assert page.total == first.total
        walked += page.items
    assert len(walked) == len(set(walked)) == first.total
    async with database.transaction(tenant_id) as transaction:
        counted = await transaction.run(
            text(
                """
                SELECT count(*) FROM events.event
                WHERE ends >= CAST(:from AS timestamptz) AT TIME ZONE 'UTC'
                    AND starts <= CAST(:until AS timestamptz) AT TIME ZONE 'UTC'
                    AND (visibility = 'public' OR scope_id = ANY (:scopes)
                        AND visibility IN ('community', 'team'))
                """
            ),
            {
                "from": window.start,
                "until": window.end,
                "scopes": [scope.id for scope in viewer.member_of],
            },
        )
        assert counted.scalar_one() == first.total


INDEXES = ("occurrence_long_idx", "occurrence_start_idx")


async def test_a_page_reads_no_more_than_is_near_its_window(
    database: Database, tenants: dict[int, TenantId]
) -> None:
    tenant_id, window = tenants[MANY], a_month(MANY)
    query = query_of(a_reader(tenant_id), window)
    assert window.start
    near = (window.end or FIRST) - window.start + LOOK_BACK
    shape, values = ListShape.of(query), values_of_list(query)
    for statement, expected in (
        (page_statement(shape), [*INDEXES, "occurrence_pkey", *INDEXES]),
        (
            page_statement(evolve(shape, is_counted=False)),
            [*INDEXES, "occurrence_pkey"],
        ),
        (places_statement(shape), [*INDEXES]),
    ):
        nodes = await plan_of(database, tenant_id, statement, values)
        on_occurrences = [n for n in nodes if n.get("Relation Name") == "occurrence"]
        indexes = [node["Index Name"] for node in on_occurrences]
        assert sorted(indexes) == sorted(expected)
        for node in on_occurrences:
            assert read_by(node) <= near / EVERY + 100
            assert node["Index Name"] != "occurrence_start_idx" or (
                node["Node Type"] == "Index Only Scan"
            )


async def test_a_page_does_not_read_all_the_roles_that_its_reader_holds(
    database: Database, tenants: dict[int, TenantId], superuser_url: str
) -> None:
    tenant_id, window = tenants[MANY], a_month(MANY)
    viewer = a_reader(tenant_id)
    connection = await asyncpg.connect(superuser_url)
    try:
        await connection.execute(_EVERYWHERE, tenant_id, viewer.user_id)
    finally:
        await connection.close()
    query = query_of(viewer, window)
    statement, values = page_statement(ListShape.of(query)), values_of_list(query)
    nodes = await plan_of(database, tenant_id, statement, values)
    on_roles = [n for n in nodes if n.get("Relation Name") == "event_role"]
    assert on_roles
    for node in on_roles:
        assert read_by(node) <= MANY / 20


_EVERYWHERE = """
    INSERT INTO events.event_role
        (tenant_id, event_id, holder_id, role, granted_at, by_creation)
    SELECT tenant_id, event_id, $2, 'viewer', now(), false
    FROM events.event WHERE tenant_id = $1
"""


async def test_the_planner_knows_how_few_are_long(
    database: Database, tenants: dict[int, TenantId]
) -> None:
    statement = select(occurrence.c.event_id).where(
        occurrence.c.tenant_id == TENANT, text(IS_LONG)
    )
    root, *_ = await plan_of(database, tenants[MANY], statement, {})
    assert root["Actual Rows"] < MANY / 1000
    assert root["Plan Rows"] < MANY / 100


async def test_an_open_list_reads_its_page_and_stops(
    database: Database, tenants: dict[int, TenantId]
) -> None:
    tenant_id = tenants[MANY]
    query = query_of(a_reader(tenant_id), TimeWindow())
    statement = page_statement(ListShape.of(evolve(query, count=False)))
    nodes = await plan_of(database, tenant_id, statement, values_of_list(query))
    for node in nodes:
        if node.get("Relation Name"):
            assert read_by(node) < 10 * query.limit


def read_by(node: Mapping[str, Any]) -> float:
    """Return how many rows a node of a plan looked at."""
    each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return float(each * node["Actual Loops"])


UTMOST = [
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    datetime.min.replace(tzinfo=UTC),
    datetime(1969, 12, 31, tzinfo=UTC),
    datetime(2200, 1, 3, tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
]


@pytest.mark.parametrize("start", [None, *UTMOST])
@pytest.mark.parametrize("end", [None, *UTMOST])
async def test_a_window_may_reach_to_the_ends_of_time(
    store: PostgresStore, start: datetime | None, end: datetime | None
) -> None:
    tenant_id = a_tenant()
    first = an_event(
        tenant_id=tenant_id, schedule=a_schedule(datetime(1970, 1, 1), hours=1)
    )
    last = an_event(
        tenant_id=tenant_id,
        schedule=a_schedule(datetime(2199, 12, 31), all_day=True),
    )
    await put(store, first, last)
    whole = (start is None or start < FIRST) and (end is None or end > FIRST)
    window = TimeWindow(start, end)
    async with store.unit_of_work(tenant_id) as uow:
        page = await uow.events.page(
            PageQuery(where=Everything(), reader=Bearer(a_person()), window=window)
        )
        await uow.events.places(Everything(), window)
    expected = [first.id, last.id] if whole else []
    assert [item.id for item in page.items] == expected
    assert page.total == len(expected)


@pytest.mark.parametrize("moment", UTMOST)
async def test_a_place_may_be_at_the_ends_of_time(
    store: PostgresStore, moment: datetime
) -> None:
    one = an_event()
    await put(store, one)
    query = PageQuery(
        where=Everything(),
        reader=Bearer(a_person()),
        after=PagePosition(moment, one.id, one.occurrence),
    )
    page = await page_of(store, one.tenant_id, query)
    assert [item.id for item in page.items] == ([one.id] if moment < FIRST else [])
    assert page.total == 1


@pytest.mark.parametrize("longer", [timedelta(seconds=s) for s in (-1, 0, 1)])
@pytest.mark.parametrize("lasts", [LOOK_BACK, LONGEST - timedelta(seconds=1)])
async def test_the_longest_are_found_to_their_last_second(
    store: PostgresStore, lasts: timedelta, longer: timedelta
) -> None:
    starts = datetime(2027, 3, 1, 12)
    one = an_event(schedule=a_schedule(starts, starts + lasts + longer))
    await put(store, one)
    over = one.schedule.lasts_until
    for start, found in ((over, 1), (over + timedelta(seconds=1), 0)):
        query = PageQuery(
            where=Everything(),
            reader=Bearer(a_person()),
            window=TimeWindow(start, None),
        )
        page = await page_of(store, one.tenant_id, query)
        assert (len(page.items), page.total) == (found, found)


async def plan_of(
    database: Database,
    tenant_id: TenantId,
    statement: Executable,
    values: Mapping[str, object],
) -> list[dict[str, Any]]:
    """Return the nodes of the plan as it was carried out, as the service plans it."""
    what = prepared(statement)
    bound = what.bound({"of_tenant": tenant_id, **values})
    async with database.transaction(tenant_id) as transaction:
        connection = transaction._connection
        planned = await connection.prepare(what.text)
        types = (parameter.name for parameter in planned.get_parameters())
        given = ", ".join(map(literal, bound, types))
        [[plan]] = await connection.fetch(
            f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {planned.get_name()}({given})"
        )
    nodes, left = [], [plan[0]["Plan"]]
    while left:
        nodes.append(left.pop())
        left += nodes[-1].get("Plans", ())
    return nodes


def literal(value: object, kind: str) -> str:
    if isinstance(value, list):
        value = "{" + ",".join(map(str, value)) + "}"
    return f"'{value}'::{kind}"
