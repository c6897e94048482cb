"""Who sees which events: the one statement of the rule.

``visible_to`` says it, of any event; ``on_view_to`` is the part of it that is about
events on view. It knows everything about the viewer
already; what is left asks about the event alone. It looks at no query, no permission
but ``events.event.manage``, and no clock.
"""

from uuid import UUID

from events_core.domain.actors import Viewer
from events_core.domain.exposure import Status, Visibility
from events_core.domain.identity import ScopeKind
from events_core.domain.permissions import EDITING_ROLES, Role
from events_core.domain.predicate import (
    AllOf,
    AnyOf,
    HasRole,
    IsDeleted,
    Not,
    Predicate,
    ScopeIn,
    StatusIn,
    VisibilityIn,
)


def visible_to(viewer: Viewer) -> Predicate:
    """Return what is true of exactly the events the viewer may see.

    An event is seen by the audience its visibility names and by whoever holds a role
    on it. A draft or deleted one is seen by those with an editing role, and by those
    of its audience who hold ``events.event.manage`` in its scope. An undecided
    membership is none.
    """
    hidden = AnyOf((StatusIn(frozenset({Status.DRAFT})), IsDeleted()))
    managed = AnyOf(
        tuple(
            ScopeIn(
                kind,
                frozenset(scope.id for scope in viewer.manages if scope.kind is kind),
            )
            for kind in ScopeKind
        )
    )
    return AnyOf(
        (
            AllOf((on_view_to(viewer), AnyOf((Not(hidden), managed)))),
            HasRole(viewer.roles_as, EDITING_ROLES),
        )
    )


def on_view_to(viewer: Viewer) -> Predicate:
    """Return what of it is left to ask where no event is a draft, or deleted."""
    return AnyOf(
        (
            VisibilityIn(frozenset({Visibility.PUBLIC})),
            _among(viewer, Visibility.COMMUNITY, ScopeKind.COMMUNITY),
            _among(viewer, Visibility.TEAM, ScopeKind.TEAM),
            HasRole(viewer.roles_as, frozenset(Role)),
        )
    )


def _among(viewer: Viewer, visibility: Visibility, kind: ScopeKind) -> Predicate:
    mine: frozenset[UUID] = frozenset(
        [scope.id for scope in viewer.member_of if scope.kind is kind]
    )
    return AllOf((VisibilityIn(frozenset({visibility})), ScopeIn(kind, mine)))
