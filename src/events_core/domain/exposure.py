"""What decides who gets to hear of an event."""

from enum import StrEnum

from attrs import frozen

from events_core.domain.identity import Scope, ScopeKind
from events_core.errors import VisibilityNeedsScope


class Visibility(StrEnum):
    """Who may see an event that is not hidden."""

    PUBLIC = "public"
    COMMUNITY = "community"
    TEAM = "team"
    PRIVATE = "private"


class Status(StrEnum):
    """Where an event is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    ARCHIVED = "archived"


@frozen
class Exposure:
    """The visibility and the status an event has, or had before a change.

    A deleted event has those it had when it was deleted.
    """

    visibility: Visibility
    status: Status
    deleted: bool = False


_NEEDED_SCOPE = {
    Visibility.COMMUNITY: ScopeKind.COMMUNITY,
    Visibility.TEAM: ScopeKind.TEAM,
}


def checked_visibility(visibility: Visibility, scope: Scope) -> Visibility:
    """Return the visibility if it is possible in the scope.

    Raises:
        VisibilityNeedsScope: ``community`` and ``team`` go only with such a scope.
    """
    if _NEEDED_SCOPE.get(visibility, scope.kind) is not scope.kind:
        raise VisibilityNeedsScope(visibility, scope.kind)
    return visibility
