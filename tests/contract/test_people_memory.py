from collections.abc import Callable

import pytest
from attrs import define, field

from events_core.domain.actors import Actor
from events_core.domain.identity import Scope
from events_core.testing.contracts.people import (
    AccessContract,
    AccessWorld,
    MembershipsContract,
    MembershipsWorld,
)
from events_core.testing.people import MemoryAccess, MemoryMemberships


@define
class MemoryMembershipsWorld:
    memberships: MemoryMemberships = field(factory=MemoryMemberships)

    async def add(self, actor: Actor, scope: Scope) -> None:
        self.memberships.add(actor, scope)

    async def remove(self, actor: Actor, scope: Scope) -> None:
        self.memberships.remove(actor, scope)

    async def silence(self) -> None:
        self.memberships.silent = True

    async def restore(self) -> None:
        self.memberships.silent = False

    async def settle(self) -> None:
        """Changes show at once."""


@define
class MemoryAccessWorld:
    access: MemoryAccess = field(factory=MemoryAccess)

    async def bind(self, actor: Actor, scope: Scope, role: str) -> None:
        self.access.bind(actor, scope, role)

    async def unbind(self, actor: Actor, scope: Scope, role: str) -> None:
        self.access.unbind(actor, scope, role)

    async def silence(self) -> None:
        self.access.silent = True

    async def restore(self) -> None:
        self.access.silent = False

    async def settle(self) -> None:
        """Changes show at once."""


class TestMemoryMemberships(MembershipsContract):
    @pytest.fixture
    def make_world(self) -> Callable[[], MembershipsWorld]:
        return MemoryMembershipsWorld


class TestMemoryAccess(AccessContract):
    @pytest.fixture
    def make_world(self) -> Callable[[], AccessWorld]:
        return MemoryAccessWorld
