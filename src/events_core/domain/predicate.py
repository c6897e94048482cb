"""A small closed language of questions about one event.

Rules about which events somebody gets are *values* of this language, so that one rule
serves a decision in Python (``holds``) and a selection in a store. Two things may not
enter it: anything that could be unknown (every node asks about something each event
has), and anything that is asked about more than one event.
"""

from typing import assert_never
from uuid import UUID

from attrs import frozen

from events_core.domain.details import EventType
from events_core.domain.event import Event
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import ScopeKind, UserId
from events_core.domain.permissions import Role
from events_core.domain.roles import Bearer


@frozen
class Everything:
    """Every event."""


@frozen
class Nothing:
    """No event."""


@frozen
class VisibilityIn:
    """The visibility is one of these."""

    visibilities: frozenset[Visibility]


@frozen
class StatusIn:
    """The status is one of these."""

    statuses: frozenset[Status]


@frozen
class TypeIn:
    """The type is one of these."""

    types: frozenset[EventType]


@frozen
class ScopeIn:
    """The scope is of this kind, and its id one of these."""

    kind: ScopeKind
    ids: frozenset[UUID]


@frozen
class ScopeKindIs:
    """The scope is of this kind."""

    kind: ScopeKind


@frozen
class IsDeleted:
    """The event has been deleted."""


@frozen
class CreatedBy:
    """This person created the event."""

    user_id: UserId


@frozen
class HasRole:
    """This person holds one of these roles on the event, herself or in a group."""

    bearer: Bearer
    roles: frozenset[Role]


@frozen
class Mentions:
    """Title, description or location contain this text, folded by ``text.fold``."""

    folded: str


@frozen
class Not:
    """The other question's answer is no."""

    predicate: "Predicate"


@frozen
class AllOf:
    """Every one holds; of none, that is so."""

    predicates: tuple["Predicate", ...]


@frozen
class AnyOf:
    """At least one holds; of none, that is not so."""

    predicates: tuple["Predicate", ...]


Predicate = (
    Everything
    | Nothing
    | VisibilityIn
    | StatusIn
    | TypeIn
    | ScopeIn
    | ScopeKindIs
    | IsDeleted
    | CreatedBy
    | HasRole
    | Mentions
    | Not
    | AllOf
    | AnyOf
)


def holds(predicate: Predicate, event: Event) -> bool:
    """Tell whether the predicate is true of the event."""
    match predicate:
        case Everything():
            return True
        case Nothing():
            return False
        case VisibilityIn(visibilities):
            return event.visibility in visibilities
        case StatusIn(statuses):
            return event.status in statuses
        case TypeIn(types):
            return event.details.event_type in types
        case ScopeIn(kind, ids):
            return event.scope.kind is kind and event.scope.id in ids
        case ScopeKindIs(kind):
            return event.scope.kind is kind
        case IsDeleted():
            return event.deleted_at is not None
        case CreatedBy(user_id):
            return event.created_by == user_id
        case HasRole(bearer, roles):
            return any(g.role in roles and g.is_held_by(bearer) for g in event.grants)
        case Mentions(folded):
            return folded in event.details.searchable
        case Not(inner):
            return not holds(inner, event)
        case AllOf(predicates):
            return all(holds(part, event) for part in predicates)
        case AnyOf(predicates):
            return any(holds(part, event) for part in predicates)
        case _:
            assert_never(predicate)
