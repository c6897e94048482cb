from collections.abc import AsyncIterator, Callable

import pytest
from attrs import define, field

from adapters.portal.access import PortalAccess
from adapters.portal.client import open_neighbour
from adapters.portal.memberships import PortalMemberships
from events_core.domain.actors import Actor
from events_core.domain.identity import Scope
from events_core.testing.contracts.people import (
    AccessContract,
    AccessWorld,
    MembershipsContract,
    MembershipsWorld,
)
from tests.neighbours import Access, Portal, reset, say

SECRET = b"a secret of thirty-two bytes, ok!"


@define
class Ticks:
    """A monotonic clock that stands still until it is moved."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@define
class PortalWorld:
    portal: Portal
    memberships: PortalMemberships
    ticks: Ticks = field(factory=Ticks)

    async def add(self, actor: Actor, scope: Scope) -> None:
        self.portal.add(actor.tenant_id, actor.user_id, scope.kind, scope.id)

    async def remove(self, actor: Actor, scope: Scope) -> None:
        self.portal.remove(actor.tenant_id, actor.user_id, scope.kind, scope.id)

    async def silence(self) -> None:
        self.portal.always(reset)

    async def restore(self) -> None:
        self.portal.behave()

    async def settle(self) -> None:
        self.ticks.seconds += 30


@define
class RemoteAccessWorld:
    neighbour: Access
    access: PortalAccess
    ticks: Ticks

    async def bind(self, actor: Actor, scope: Scope, role: str) -> None:
        self.neighbour.bind(actor.tenant_id, actor.user_id, scope.kind, scope.id, role)

    async def unbind(self, actor: Actor, scope: Scope, role: str) -> None:
        self.neighbour.unbind(
            actor.tenant_id, actor.user_id, scope.kind, scope.id, role
        )

    async def silence(self) -> None:
        self.neighbour.always(say(503))

    async def restore(self) -> None:
        self.neighbour.behave()

    async def settle(self) -> None:
        self.ticks.seconds += 30


class TestPortalMemberships(MembershipsContract):
    @pytest.fixture
    async def make_world(self) -> AsyncIterator[Callable[[], MembershipsWorld]]:
        ticks = Ticks()
        with Portal(SECRET) as portal:
            async with open_neighbour("portal", portal.url, secret=SECRET) as client:
                memberships = PortalMemberships(client, monotonic=ticks)
                world = PortalWorld(portal, memberships, ticks)
                yield lambda: world
        assert not portal.crashes


class TestPortalAccess(AccessContract):
    @pytest.fixture
    async def make_world(self) -> AsyncIterator[Callable[[], AccessWorld]]:
        ticks = Ticks()
        with Access(SECRET) as neighbour:
            async with open_neighbour("access", neighbour.url, secret=SECRET) as client:
                access = PortalAccess(client, monotonic=ticks)
                world = RemoteAccessWorld(neighbour, access, ticks)
                yield lambda: world
        assert not neighbour.crashes
