"""Where an authority is tested, and the people and places it is asked about."""

from collections.abc import AsyncIterator, Callable
from typing import Generic, Protocol, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from events_core.domain.actors import Actor
from events_core.domain.identity import Scope, ScopeKind
from events_core.testing.builders import a_person, a_tenant, an_actor, new_uuid

MANY = 100


class Authority(Protocol):
    """Whoever knows, and what can befall her."""

    async def silence(self) -> None:
        """Cut the authority off: from now on no question of ours is answered."""
        ...

    async def restore(self) -> None:
        """Undo ``silence``; nothing where there is nothing to undo."""
        ...

    async def settle(self) -> None:
        """Let so much time pass that every change must show."""
        ...


W = TypeVar("W", bound=Authority)


class OfPeople(Generic[W]):
    """What every suite of an authority stands on."""

    @pytest.fixture
    def make_world(self) -> Callable[[], W]:
        """Return a factory of worlds."""
        raise NotImplementedError

    @pytest.fixture
    async def world(self, make_world: Callable[[], W]) -> AsyncIterator[W]:
        """Return the world of one test; its authority answers again after it."""
        world = make_world()
        yield world
        await world.restore()


#: Few of each, so that things meet: a person is (tenant, user), a place (kind, id).
Person = tuple[int, int]
Place = tuple[ScopeKind, int]

persons = st.tuples(st.integers(0, 1), st.integers(0, 1))
places = st.tuples(
    st.sampled_from([ScopeKind.COMMUNITY, ScopeKind.TEAM]), st.integers(0, 1)
)


class Cast:
    """New people and places for one example, by number.

    A user goes by the same id in every tenant, and a community and a team of one
    number by the same id: nothing but the whole of it tells them apart.
    """

    def __init__(self) -> None:
        self._ids = [new_uuid() for _ in range(2)]
        self._tenants = [a_tenant() for _ in range(2)]
        self._users = [a_person() for _ in range(2)]

    def actor(self, person: Person) -> Actor:
        tenant, user = person
        return an_actor(self._tenants[tenant], self._users[user])

    def scope(self, place: Place) -> Scope:
        kind, number = place
        return Scope(kind, self._ids[number])


any_number_of_worlds = settings(
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # a factory may be shared
        HealthCheck.too_slow,
    ]
)
