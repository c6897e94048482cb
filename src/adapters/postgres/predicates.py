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

# What is left of a question without its values.
_VISIBILITY = VisibilityIn(frozenset())
_STATUS = StatusIn(frozenset())
_TYPE = TypeIn(frozenset())
_SCOPE = ScopeIn(ScopeKind.TENANT, frozenset())
_SCOPE_KIND = ScopeKindIs(ScopeKind.TENANT)
_CREATOR = CreatedBy(UserId(UUID(int=0)))
_MENTION = Mentions("")


def shape_of(predicate: Predicate, *bearers: Bearer) -> Predicate:
    """Return the predicate with every value blanked: what its clause hangs on.

    Of its bearers is left which of them are the same: each is a number. ``bearers``
    are counted first, whether they are in it or not.
    """
    return _blanked(predicate, [*bearers])


def values_of(predicate: Predicate, *bearers: Bearer) -> dict[str, object]:
    """Return what to bind to the clause of the predicate's shape."""
    values: dict[str, object] = {}
    counted = [*bearers]
    for number, leaf in enumerate(_leaves(predicate)):
        match leaf:
            case VisibilityIn(members) | StatusIn(members) | TypeIn(members):
                values[f"members_{number}"] = [*members]
            case ScopeIn(kind, ids):
                values[f"kind_{number}"] = kind
                values[f"ids_{number}"] = list(ids)
            case ScopeKindIs(kind):
                values[f"kind_{number}"] = kind
            case CreatedBy(user_id):
                values[f"person_{number}"] = user_id
            case HasRole(bearer, roles):
                _number_of(bearer, counted)
                values[f"members_{number}"] = [*roles]
            case Mentions(folded):
                values[f"text_{number}"] = storable(folded)
    for number, bearer in enumerate(counted):
        values |= _values_of_bearer(bearer, number)
    return values


def to_sql(shape: Predicate, table: Table) -> ColumnElement[bool]:
    """Return the clause of a shape, about the rows of a table.

    The table has the columns that are asked about, under the names ``event`` has for
    them; for what only ``event`` has, the row's event is looked up.
    """
    return _Translation(table).clause(shape)


def held_by(number: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a row of ``event_role`` is a bearer's at a moment.

    They are bound by ``values_of`` of whatever has so many bearers before this one.
    """
    ids = event_role.c.holder_id
    person = bindparam(f"bearer_{number}", type_=Uuid)
    kind = event_role.c.holder_kind

    def one_of(name: str) -> ColumnElement[Any]:
        return func.any(bindparam(f"{name}_{number}", type_=ARRAY(Uuid)))

    return (
        ids == one_of("holders"),  # for the index; whose id it is comes next
        or_(
            and_(kind == _kind(PERSON), ids == person),
            and_(kind == _kind(ScopeKind.COMMUNITY), ids == one_of("communities")),
            and_(kind == _kind(ScopeKind.TEAM), ids == one_of("teams")),
        ),
        or_(
            event_role.c.expires_at.is_(None),
            event_role.c.expires_at > bindparam(f"at_{number}", type_=Instant),
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
            case HasRole(bearer, _):
                # Not EXISTS: that may be answered by reading all that she holds first.
                one = self._of_the_event(event_role).where(
                    *held_by(bearer.user_id.int),
                    event_role.c.role == _any_text(f"members_{number}"),
                )
                return one.limit(1).scalar_subquery().is_not(None)
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


def _blanked(predicate: Predicate, bearers: list[Bearer]) -> Predicate:
    match predicate:
        case Not(inner):
            return Not(_blanked(inner, bearers))
        case AllOf(parts):
            return AllOf(tuple([_blanked(part, bearers) for part in parts]))
        case AnyOf(parts):
            return AnyOf(tuple([_blanked(part, bearers) for part in parts]))
        case Everything() | Nothing() | IsDeleted():
            return predicate
        case VisibilityIn():
            return _VISIBILITY
        case StatusIn():
            return _STATUS
        case TypeIn():
            return _TYPE
        case ScopeIn():
            return _SCOPE
        case ScopeKindIs():
            return _SCOPE_KIND
        case CreatedBy():
            return _CREATOR
        case HasRole(bearer, _):
            number = _number_of(bearer, bearers)
            return HasRole(Bearer(UserId(UUID(int=number))), frozenset())
        case Mentions():
            return _MENTION
        case _:
            assert_never(predicate)


def _number_of(bearer: Bearer, bearers: list[Bearer]) -> int:
    if bearer not in bearers:
        bearers.append(bearer)
    return bearers.index(bearer)


def _values_of_bearer(bearer: Bearer, number: int) -> dict[str, object]:
    ids = {
        kind: [group.id for group in bearer.groups if group.kind is kind]
        for kind in (ScopeKind.COMMUNITY, ScopeKind.TEAM)
    }
    return {
        f"bearer_{number}": bearer.user_id,
        f"communities_{number}": ids[ScopeKind.COMMUNITY],
        f"teams_{number}": ids[ScopeKind.TEAM],
        f"holders_{number}": [bearer.user_id, *(group.id for group in bearer.groups)],
        f"at_{number}": min(bearer.at, _LATE),
    }


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
