"""Which scopes there are events in: remembered for ever, asked for memberships."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import FromClause, Select, func, select
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.database import TENANT, Transaction
from adapters.postgres.predicates import to_sql
from adapters.postgres.rows import exposed_columns
from adapters.postgres.tables import scope
from events_core.domain.event import Event
from events_core.domain.identity import ScopeKind
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
def remembered_statement(shape: Predicate) -> Select[Any]:
    """Return the statement that reads which communities and teams can match."""
    found = select(scope.c.scope_kind, scope.c.scope_id).where(
        scope.c.tenant_id == TENANT,
        scope.c.scope_kind != ScopeKind.TENANT.value,
        to_sql(shape, scope),
    )
    return by_kind(found.subquery())


def by_kind(found: FromClause) -> Select[Any]:
    """Return the statement that reads kinds and ids: of each kind the ids, once."""
    kind, scope_id = select(*found.c).distinct().subquery().c
    return select(kind, func.array_agg(scope_id)).group_by(kind)


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
