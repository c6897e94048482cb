"""Which scopes there are events in: remembered for ever, asked for memberships."""

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    false,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.predicates import to_sql
from adapters.postgres.roles import GROUPS
from adapters.postgres.rows import exposed_columns, scopes_from
from adapters.postgres.statements import Row
from adapters.postgres.tables import scope
from adapters.postgres.transaction import TENANT, Transaction
from events_core.domain.event import Event
from events_core.domain.identity import Scope, ScopeKind
from events_core.domain.predicate import (
    AllOf,
    AnyOf,
    Everything,
    Not,
    Nothing,
    Predicate,
    ScopeIn,
    ScopeKindIs,
    StatusIn,
    VisibilityIn,
)
from events_core.domain.schedule import TimeWindow
from events_core.ports.store import Places

# In a window up to so long it costs little to look at every event, and the answer is
# exact; each scope that is not in it is one question less to the authority.
SHORT = timedelta(days=62)

_EXPOSURE = ("scope_kind", "scope_id", "visibility", "status")
_REMEMBER = insert(scope).on_conflict_do_nothing()


async def remember_scope(transaction: Transaction, event: Event) -> None:
    """Note that there is an event so exposed in its scope."""
    exposed = exposed_columns(event)
    row = {name: exposed[name] for name in _EXPOSURE}
    await transaction.write(_REMEMBER, [row])


@lru_cache(512)
def remembered_statement(shape: Predicate) -> CompoundSelect[Any]:
    """Return the statement that reads which communities and teams can match."""
    found = select(scope.c.scope_kind, scope.c.scope_id).where(
        scope.c.tenant_id == TENANT,
        scope.c.scope_kind != ScopeKind.TENANT.value,
        to_sql(shape, scope),
    )
    return beside_groups(found.subquery())


def beside_groups(found: FromClause) -> CompoundSelect[Any]:
    """Return the statement that reads scopes, and beside them the groups with roles.

    A row has whether it is of these, a kind, and ids of that kind.
    """
    events = select(*found.c).distinct().subquery()
    return union_all(_by_kind(events, false()), _by_kind(GROUPS.subquery(), true()))


def places_from(rows: Iterable[Row]) -> Places:
    """Return the places of such rows."""
    found: tuple[list[Scope], list[Scope]] = ([], [])
    for with_roles, kind, ids in rows:
        found[with_roles].extend(scopes_from(kind, ids))
    return Places(*map(frozenset, found))


def _by_kind(scopes: FromClause, with_roles: ColumnElement[bool]) -> Select[Any]:
    kind, scope_id = scopes.c
    return select(with_roles, kind, func.array_agg(scope_id)).group_by(kind)


def is_short(window: TimeWindow) -> bool:
    """Tell whether so few events can be in the window that all may be looked at."""
    if window.start is None or window.end is None:
        return False
    return window.end - window.start <= SHORT


def widened(predicate: Predicate) -> Predicate:
    """Return what holds for every scope in which the predicate holds for an event.

    It asks about scope, visibility and status alone.
    """
    match predicate:
        case AllOf(parts):
            return AllOf(tuple(map(widened, parts)))
        case AnyOf(parts):
            return AnyOf(tuple(map(widened, parts)))
        case _:
            return predicate if _is_about_scopes(predicate) else Everything()


def _is_about_scopes(predicate: Predicate) -> bool:
    match predicate:
        case Not(inner):
            return _is_about_scopes(inner)
        case AllOf(parts) | AnyOf(parts):
            return all(map(_is_about_scopes, parts))
        case _:
            return isinstance(
                predicate,
                Everything | Nothing | VisibilityIn | StatusIn | ScopeIn | ScopeKindIs,
            )
