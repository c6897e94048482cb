"""The language of predicates, interpreted in SQL.

A predicate's *shape* is the predicate with its values blanked. The shape is turned
into a clause with bind parameters, once; the values are bound request by request.
``to_sql`` and ``values_of`` walk a predicate the same way and number its leaves alike.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from adapters.postgres.rows import PERSON
from adapters.postgres.tables import event, event_role
from adapters.postgres.tables.shared import Instant
from events_core.domain.identity import ScopeKind, UserId
from events_core.domain.predicate import (
    AllOf,
    AnyOf,
    CreatedBy,
    Everything,
    HasRole,
    IsDeleted,
    Mentions,
    Not,
    Nothing,
    Predicate,
    ScopeIn,
    ScopeKindIs,
    StatusIn,
    TypeIn,
    VisibilityIn,
)
from events_core.domain.roles import Bearer

# PostgreSQL's clock goes on after Python's; to neither does a role last so long.
_LATE = datetime(9999, 1, 1, tzinfo=UTC)
_NOBODY = UserId(UUID(int=0))


def shape_of(predicate: Predicate) -> Predicate:
    """Return the predicate with every value blanked: what its clause hangs on."""
    match predicate:
        case Everything() | Nothing() | IsDeleted():
            return predicate
        case VisibilityIn():
            return VisibilityIn(frozenset())
        case StatusIn():
            return StatusIn(frozenset())
        case TypeIn():
            return TypeIn(frozenset())
        case ScopeIn():
            return ScopeIn(ScopeKind.TENANT, frozenset())
        case ScopeKindIs():
            return ScopeKindIs(ScopeKind.TENANT)
        case CreatedBy():
            return CreatedBy(_NOBODY)
        case HasRole():
            return HasRole(Bearer(_NOBODY), frozenset())
        case Mentions():
            return Mentions("")
        case Not(inner):
            return Not(shape_of(inner))
        case AllOf(parts):
            return AllOf(tuple(map(shape_of, parts)))
        case AnyOf(parts):
            return AnyOf(tuple(map(shape_of, parts)))
        case _:
            assert_never(predicate)


def values_of(predicate: Predicate) -> dict[str, object]:
    """Return what to bind to the clause of the predicate's shape."""
    values: dict[str, object] = {}
    for number, leaf in enumerate(_leaves(predicate)):
        match leaf:
            case VisibilityIn(members) | StatusIn(members) | TypeIn(members):
                values[f"members_{number}"] = [member.value for member in members]
            case ScopeIn(kind, ids):
                values[f"kind_{number}"] = kind.value
                values[f"ids_{number}"] = list(ids)
            case ScopeKindIs(kind):
                values[f"kind_{number}"] = kind.value
            case CreatedBy(user_id):
                values[f"person_{number}"] = user_id
            case HasRole(bearer, roles):
                values |= values_of_bearer(bearer, f"_{number}")
                values[f"members_{number}"] = [role.value for role in roles]
            case Mentions(folded):
                values[f"text_{number}"] = storable(folded)
    return values


def to_sql(shape: Predicate, table: Table) -> ColumnElement[bool]:
    """Return the clause of a shape, about the rows of a table.

    The table has the columns that are asked about, under the names ``event`` has for
    them; for what only ``event`` has, the row's event is looked up.
    """
    return _Translation(table).clause(shape)


def values_of_bearer(bearer: Bearer, suffix: str) -> dict[str, object]:
    """Return what to bind to the conditions of ``held_by`` with the same suffix."""
    ids = {
        kind: [group.id for group in bearer.groups if group.kind is kind]
        for kind in (ScopeKind.COMMUNITY, ScopeKind.TEAM)
    }
    return {
        f"bearer{suffix}": bearer.user_id,
        f"communities{suffix}": ids[ScopeKind.COMMUNITY],
        f"teams{suffix}": ids[ScopeKind.TEAM],
        f"holders{suffix}": [bearer.user_id, *(group.id for group in bearer.groups)],
        f"at{suffix}": min(bearer.at, _LATE),
    }


def held_by(suffix: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a row of ``event_role`` is somebody's at a moment."""
    ids = event_role.c.holder_id
    person = bindparam(f"bearer{suffix}", type_=Uuid)
    kind = event_role.c.holder_kind

    def one_of(name: str) -> ColumnElement[Any]:
        return func.any(bindparam(f"{name}{suffix}", type_=ARRAY(Uuid)))

    return (
        ids == one_of("holders"),  # for the index; whose id it is comes next
        or_(
            and_(kind == _kind(PERSON), ids == person),
            and_(kind == _kind(ScopeKind.COMMUNITY), ids == one_of("communities")),
            and_(kind == _kind(ScopeKind.TEAM), ids == one_of("teams")),
        ),
        or_(
            event_role.c.expires_at.is_(None),
            event_role.c.expires_at > bindparam(f"at{suffix}", type_=Instant),
        ),
    )


def storable(text: str) -> str:
    """Return the text with what PostgreSQL cannot hold put for what no text holds.

    NUL and lone surrogates are in no stored text, nor is U+0001; so what did not
    match anything still does not, and is no error.
    """
    return "".join(
        "\x01" if char == "\x00" or "\ud800" <= char <= "\udfff" else char
        for char in text
    )


class _Translation:
    """One walk through one shape."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._numbers = count()

    def clause(self, shape: Predicate) -> ColumnElement[bool]:
        columns = self._table.c
        match shape:
            case Not(inner):
                return not_(self.clause(inner))
            case AllOf(parts):
                return and_(true(), *(self.clause(part) for part in parts))
            case AnyOf(parts):
                return or_(false(), *(self.clause(part) for part in parts))
        number = next(self._numbers)
        match shape:
            case Everything():
                return true()
            case Nothing():
                return false()
            case VisibilityIn():
                return columns.visibility == _any_text(f"members_{number}")
            case StatusIn():
                return columns.status == _any_text(f"members_{number}")
            case TypeIn():
                return columns.event_type == _any_text(f"members_{number}")
            case ScopeIn():
                ids = bindparam(f"ids_{number}", type_=ARRAY(Uuid))
                # Looked up in a hash; an array would be walked for every row.
                return and_(
                    columns.scope_kind == bindparam(f"kind_{number}", type_=Text),
                    columns.scope_id.in_(select(func.unnest(ids))),
                )
            case ScopeKindIs():
                return columns.scope_kind == bindparam(f"kind_{number}", type_=Text)
            case IsDeleted():
                if self._table is event:
                    return columns.deleted_at.is_not(None)
                return columns.deleted
            case CreatedBy():
                person = _person(number)
                return and_(
                    columns.created_by.is_not(None), columns.created_by == person
                )
            case HasRole():
                return exists(
                    self._of_the_event(event_role).where(
                        *held_by(f"_{number}"),
                        event_role.c.role == _any_text(f"members_{number}"),
                    )
                )
            case Mentions():
                searched = event.alias(f"searched_{number}")
                folded = bindparam(f"text_{number}", type_=Text)
                has_it = func.strpos(searched.c.searchable, folded) > 0
                # Not EXISTS: that may be answered by searching every event first.
                return (
                    self._of_the_event(searched)
                    .with_only_columns(has_it)
                    .scalar_subquery()
                )
            case _:
                assert_never(shape)

    def _of_the_event(self, other: Any) -> Select[Any]:  # noqa: ANN401 (table or alias)
        return select(other.c.event_id).where(
            other.c.tenant_id == self._table.c.tenant_id,
            other.c.event_id == self._table.c.event_id,
        )


def _leaves(predicate: Predicate) -> Iterator[Predicate]:
    match predicate:
        case Not(inner):
            yield from _leaves(inner)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _leaves(part)
        case _:
            yield predicate


def _kind(name: str) -> ColumnElement[str]:
    return literal_column(f"'{name}'", Text)


def _any_text(name: str) -> ColumnElement[str]:
    return func.any(bindparam(name, type_=ARRAY(Text)))


def _person(number: int) -> BindParameter[UUID]:
    return bindparam(f"person_{number}", type_=Uuid)
