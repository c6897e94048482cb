from uuid import UUID

import pytest
from hypothesis import assume, given
from sqlalchemy import BindParameter
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import visitors

from adapters.postgres import PostgresStore
from adapters.postgres.listing import ListShape, page_statement
from adapters.postgres.predicates import shape_of, to_sql, values_of
from adapters.postgres.scopes import widened
from adapters.postgres.tables import event, occurrence, scope
from events_core.domain.actors import Viewer
from events_core.domain.event import Event
from events_core.domain.identity import OccurrenceKey, UserId
from events_core.domain.predicate import AllOf, Everything, Mentions, Predicate, holds
from events_core.domain.roles import Bearer
from events_core.domain.visibility import visible_to
from events_core.ports.store import PagePosition, PageQuery
from events_core.testing.builders import NOW, a_person, an_event
from events_core.testing.contracts.store.factory import put
from events_core.testing.strategies import (
    events,
    predicates,
    viewers,
)


def binds_of(shape: Predicate) -> set[str]:
    clause = to_sql(shape, occurrence)
    return {
        part.key
        for part in visitors.iterate(clause)
        if isinstance(part, BindParameter) and not part.unique
    }


@given(predicates())
def test_whatever_the_clause_asks_for_is_bound(predicate: Predicate) -> None:
    # What cannot matter, beside a Nothing say, the clause does not ask for.
    assert binds_of(shape_of(predicate)) <= values_of(predicate).keys()


@given(predicates())
def test_a_shape_has_no_values_left_and_is_its_own_shape(predicate: Predicate) -> None:
    shape = shape_of(predicate)
    assert shape_of(shape) == shape
    numbers = [UUID(int=number) for number in range(len(values_of(predicate)))]
    some_day = values_of(Everything(), Bearer(UserId(UUID(int=0))))["at_0"]
    blank = ("TENANT", some_day, *numbers, *([number] for number in numbers))
    for value in values_of(shape).values():
        assert not value or value in blank


@given(viewers(), viewers())
def test_the_rule_has_one_shape_whoever_looks(one: Viewer, other: Viewer) -> None:
    assert shape_of(visible_to(one)) == shape_of(visible_to(other))


@given(viewers(), viewers())
def test_statements_are_built_once_for_all_who_ask_alike(
    one: Viewer, other: Viewer
) -> None:
    shapes = [
        ListShape.of(PageQuery(where=visible_to(viewer), reader=viewer.roles_as))
        for viewer in (one, other)
    ]
    first, second = map(page_statement, shapes)
    assert first is second


@given(predicates())
def test_every_clause_can_be_asked_of_events_and_of_occurrences(
    predicate: Predicate,
) -> None:
    for table in (event, occurrence):
        clause = to_sql(shape_of(predicate), table)
        assert str(clause.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


@given(events(), predicates())
def test_widening_loses_no_scope(event: Event, predicate: Predicate) -> None:
    assume(holds(predicate, event))
    assert holds(widened(predicate), event)


@given(predicates())
def test_what_is_widened_asks_about_scopes_alone(predicate: Predicate) -> None:
    clause = to_sql(shape_of(widened(predicate)), scope)
    tables = {
        column.table for column in visitors.iterate(clause) if hasattr(column, "table")
    }
    assert tables <= {scope}


HOSTILE = [
    "\x00",
    "a\x00b",
    "\ud800",
    "%",
    "_",
    "\\",
    "'",
    '"',
    "\x01",
    "'; DROP--",
    "$1",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_hostile_search_finds_what_has_it_and_nothing_else(
    store: PostgresStore, text: str
) -> None:
    one = an_event(title="100% of _one_ \\ 'two' \"three\" '; DROP-- $1")
    await put(store, one)
    async with store.unit_of_work(one.tenant_id) as uow:
        found = await uow.events.get(one.id, Mentions(text))
    assert (found is not None) == (text in one.details.searchable)


@pytest.mark.parametrize("key", HOSTILE)
async def test_a_hostile_key_is_no_key(store: PostgresStore, key: str) -> None:
    one, her, hostile = an_event(), a_person(), OccurrenceKey(key)
    await put(store, one)
    async with store.unit_of_work(one.tenant_id) as uow:
        assert await uow.rosters.claim(one.id, hostile, her) is None
        assert await uow.attendance.find(one.id, hostile, her) is None
        position = PagePosition(NOW, one.id, hostile)
        page = await uow.events.page(
            PageQuery(where=AllOf(()), reader=Bearer(her), after=position)
        )
        assert [item.id for item in page.items] == [one.id]
