"""The authorities on people, in memory: told what to say, and when to say nothing."""

import asyncio
from collections.abc import Collection, Mapping

from attrs import define, field

from events_core.domain.actors import Actor
from events_core.domain.identity import Scope, TenantId, UserId
from events_core.domain.permissions import (
    CATALOGUE,
    IMPLICIT_PERMISSIONS,
    Permission,
)
from events_core.errors import AccessUnavailable
from events_core.ports.people import Access, Held, Membership, Memberships

_Place = tuple[TenantId, UserId, Scope]


@define
class MemoryMemberships:
    """``Memberships`` that says what it was told, at once.

    While ``silent`` it can tell of no scope, and never of those in ``undecided``.
    """

    silent: bool = False
    undecided: set[Scope] = field(factory=set)
    _members: set[_Place] = field(factory=set, init=False)

    def add(self, actor: Actor, *scopes: Scope) -> None:
        """Make the actor a member. Flags and the like do not matter, here or below."""
        self._members.update(_place(actor, scope) for scope in scopes)

    def remove(self, actor: Actor, *scopes: Scope) -> None:
        """Make the actor no member, if she was one."""
        self._members.difference_update(_place(actor, scope) for scope in scopes)

    async def memberships(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Membership]:
        """See ``Memberships.memberships``.

        Raises:
            ValueError: a scope is of a kind that has no members.
        """
        await asyncio.sleep(0)  # whoever asks elsewhere is overtaken too
        return {scope: self._membership(actor, scope) for scope in scopes}

    def _membership(self, actor: Actor, scope: Scope) -> Membership:
        if not scope.has_members:
            raise ValueError(f"a {scope.kind} has no members")
        if self.silent or scope in self.undecided:
            return Membership.UNKNOWN
        if _place(actor, scope) in self._members:
            return Membership.MEMBER
        return Membership.NOT_A_MEMBER


@define
class MemoryAccess:
    """``Access`` that says what it was told, at once.

    ``everybody`` is what is held everywhere without being granted. While ``silent``
    it can tell of no scope, and never of those in ``undecided``.
    """

    everybody: frozenset[Permission] = IMPLICIT_PERMISSIONS
    silent: bool = False
    undecided: set[Scope] = field(factory=set)
    _roles: dict[_Place, set[str]] = field(factory=dict, init=False)
    _granted: dict[_Place, set[Permission]] = field(factory=dict, init=False)

    def bind(self, actor: Actor, scope: Scope, role: str = "events.organizer") -> None:
        """Give the actor a role of the catalogue in the scope.

        In the scope that is the tenant it counts in every scope of it.

        Raises:
            KeyError: the catalogue has no such role.
        """
        CATALOGUE[role]
        self._roles.setdefault(_place(actor, scope), set()).add(role)

    def unbind(
        self, actor: Actor, scope: Scope, role: str = "events.organizer"
    ) -> None:
        """Take the role away, if she had it there."""
        self._roles.setdefault(_place(actor, scope), set()).discard(role)

    def grant(self, actor: Actor, scope: Scope, *permissions: Permission) -> None:
        """Give the actor permissions in the scope, by no role at all."""
        self._granted.setdefault(_place(actor, scope), set()).update(permissions)

    def revoke(self, actor: Actor, scope: Scope, *permissions: Permission) -> None:
        """Take granted permissions away; what a role gives is not touched."""
        held = self._granted.setdefault(_place(actor, scope), set())
        held.difference_update(permissions)

    async def permissions(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Held]:
        """See ``Access.permissions``."""
        await asyncio.sleep(0)  # whoever asks elsewhere is overtaken too
        if any(self.silent or scope in self.undecided for scope in scopes):
            raise AccessUnavailable
        return {scope: self._held(actor, scope) for scope in scopes}

    def _held(self, actor: Actor, scope: Scope) -> Held:
        places = {
            _place(actor, scope),
            _place(actor, Scope.of_tenant(actor.tenant_id)),
        }
        roles = set[str]().union(*(self._roles.get(place, ()) for place in places))
        return Held(
            self.everybody.union(
                *(CATALOGUE[role] for role in roles),
                *(self._granted.get(place, ()) for place in places),
            ),
            tuple(sorted(roles)),
        )


def _place(actor: Actor, scope: Scope) -> _Place:
    return actor.tenant_id, actor.user_id, scope


def _satisfies_ports(
    memberships: MemoryMemberships, access: MemoryAccess
) -> tuple[Memberships, Access]:
    return memberships, access
