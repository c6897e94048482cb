"""Who belongs where, and who may do what: asked of others, never owned here."""

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Protocol

from attrs import frozen

from events_core.domain.actors import Actor
from events_core.domain.identity import Scope
from events_core.domain.permissions import Permission


class Membership(Enum):
    """What the membership authority says of one person and one scope."""

    MEMBER = "member"
    NOT_A_MEMBER = "not a member"
    UNKNOWN = "unknown"


class Memberships(Protocol):
    """The authority on who belongs to which community and team."""

    async def memberships(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Membership]:
        """Tell for each of the scopes whether the actor is a member of it.

        Every scope asked about is in the answer. A scope nobody knows is one she is
        no member of. Where the authority gives no answer, or not in time, it is
        UNKNOWN for that scope alone: an outage is a value, so that a list can be
        partial. Never raises for an outage. Only communities and teams have members;
        about other kinds do not ask.

        May answer from a cache some seconds old: a membership given or taken just
        now need not show yet. An UNKNOWN is never cached. Not promised: that two
        scopes are judged at the same instant, and any order of asking.
        """
        ...


@frozen
class Held:
    """What one person holds in one scope, and the roles behind it: names, sorted."""

    permissions: frozenset[Permission] = frozenset()
    roles: tuple[str, ...] = ()


class Access(Protocol):
    """The authority on permissions."""

    async def permissions(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Held]:
        """Tell for each of the scopes which events permissions the actor holds there.

        Every scope asked about is in the answer, also where nothing is held there.
        What is held in the whole tenant counts in every scope. Master flags are
        not judged here but by the core, which does not ask about a barred person
        or a system admin.

        May answer from a cache some seconds old.

        Raises:
            AccessUnavailable: some scope could not be told, or not in time. Nothing
                is said of the others: a permission is a yes, a no, or this error.
        """
        ...
