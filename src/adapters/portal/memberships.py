"""Memberships, as the Portal tells them."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from types import MappingProxyType

from adapters.portal.answers import CachePolicy, SharedAnswers
from adapters.portal.client import Neighbour, read_object
from adapters.readings import Reading
from events_core.domain.actors import Actor
from events_core.domain.identity import Scope, ScopeKind, TenantId, UserId
from events_core.ports.people import Membership, Memberships

LOOKUPS_AT_ONCE = 200
SECONDS_AT_ONCE = 2.0

_Asker = tuple[TenantId, UserId]

_COLLECTIONS: Mapping[ScopeKind, str] = MappingProxyType(
    {ScopeKind.COMMUNITY: "communities", ScopeKind.TEAM: "teams"}
)


class PortalMemberships:
    """Asks the Portal, scope by scope, in parallel, and remembers for a while.

    One question looks up at most 200 scopes that are not remembered, and takes at
    most 2 s; what is left over is UNKNOWN, and asked again the next time.
    """

    def __init__(
        self,
        portal: Neighbour,
        *,
        cache: CachePolicy | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._portal = portal
        self._answers = SharedAnswers[_Asker, Scope, Membership](
            cache or CachePolicy(),
            is_yes=lambda answer: answer is Membership.MEMBER,
            monotonic=monotonic,
        )

    def readings(self) -> Iterable[Reading]:
        """Tell how full the memory is, and what it was good for."""
        return self._answers.readings("memberships")

    async def memberships(
        self, actor: Actor, scopes: Collection[Scope]
    ) -> Mapping[Scope, Membership]:
        """Tell for each of the scopes whether the actor is a member of it.

        Raises:
            ValueError: a scope is of a kind that has no members.
        """
        for scope in scopes:
            if scope.kind not in _COLLECTIONS:
                raise ValueError(f"a {scope.kind} has no members")
        told = await self._answers.collect(
            (actor.tenant_id, actor.user_id),
            scopes,
            partial(self._look_up, actor),
            within=SECONDS_AT_ONCE,
            at_most=LOOKUPS_AT_ONCE,
        )
        return dict.fromkeys(scopes, Membership.UNKNOWN) | told

    async def _look_up(self, actor: Actor, scope: Scope) -> Membership | None:
        return await self._portal.ask(
            actor,
            "GET",
            f"/{_COLLECTIONS[scope.kind]}/{scope.id}/members/{actor.user_id}",
            understand=_membership,
        )


def _membership(status: int, content: bytes) -> Membership | None:
    if status == 404:
        return Membership.NOT_A_MEMBER
    if status != 200:
        return None
    answer = read_object(content)
    # A member is only who is said to be one: neither "yes" nor 1 says it.
    if answer is None or answer.get("member") is not True:
        return None
    return Membership.MEMBER


def _satisfies_ports(memberships: PortalMemberships) -> Memberships:
    return memberships
