"""Who belongs where and who may do what, as a small application knows it."""

from collections.abc import Collection, Mapping

from attrs import frozen

from events_core import Actor, Permission, Scope, UserId
from events_core.domain.permissions import IMPLICIT_PERMISSIONS
from events_core.ports.people import Access, Held, Membership, Memberships


@frozen
class ClubPeople:
    """``Memberships`` and ``Access`` at once: members of clubs, and who runs them.

    There is no outage: it is a table of ours.
    """

    members: Mapping[Scope, Collection[UserId]]
    organizers: Mapping[Scope, Collection[UserId]]

    async def memberships(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Membership]:
        return {
            scope: Membership.MEMBER
            if actor.user_id in self.members.get(scope, ())
            else Membership.NOT_A_MEMBER
            for scope in scopes
        }

    async def permissions(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Held]:
        tenant = Scope.of_tenant(actor.tenant_id)
        return {
            scope: Held(frozenset(Permission), ("organizer",))
            if any(
                actor.user_id in self.organizers.get(place, ())
                for place in (scope, tenant)  # the tenant's count everywhere
            )
            else Held(IMPLICIT_PERMISSIONS)
            for scope in scopes
        }


def _satisfies_ports(people: ClubPeople) -> tuple[Memberships, Access]:
    return people, people
