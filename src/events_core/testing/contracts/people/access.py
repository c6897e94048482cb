"""Access: who holds what, and where."""

import asyncio
from collections.abc import Callable
from itertools import product
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.actors import Actor
from events_core.domain.identity import Scope, ScopeKind
from events_core.domain.permissions import CATALOGUE, IMPLICIT_PERMISSIONS, Permission
from events_core.errors import AccessUnavailable
from events_core.ports.people import Access, Held
from events_core.testing.builders import a_community, a_team, an_actor
from events_core.testing.contracts.people.world import (
    MANY,
    Authority,
    Cast,
    OfPeople,
    Person,
    Place,
    any_number_of_worlds,
    persons,
    places,
)

ORGANIZER = "events.organizer"
PARTICIPANT = "events.participant"


class AccessWorld(Authority, Protocol):
    """An ``Access``, and who holds what."""

    @property
    def access(self) -> Access:
        """The implementation under test."""
        ...

    async def bind(self, actor: Actor, scope: Scope, role: str) -> None:
        """Give the actor a role of the ``CATALOGUE`` in the scope."""
        ...

    async def unbind(self, actor: Actor, scope: Scope, role: str) -> None:
        """Take away a role the actor has in the scope."""
        ...


class AccessContract(OfPeople[AccessWorld]):
    """What is granted is held where it was granted; not knowing is an error."""

    async def test_who_was_granted_nothing_holds_what_everybody_holds(
        self, world: AccessWorld
    ) -> None:
        actor = an_actor()
        scopes = [tenant_of(actor), a_community(), a_team()]
        told = await world.access.permissions(actor, scopes)
        assert told == dict.fromkeys(scopes, Held(IMPLICIT_PERMISSIONS))

    async def test_a_role_counts_where_it_is_bound(self, world: AccessWorld) -> None:
        actor, community = an_actor(), a_community()
        await world.bind(actor, community, ORGANIZER)
        told = await world.access.permissions(actor, [community])
        assert told == {community: holding(ORGANIZER)}

    async def test_permissions_are_told_in_our_own_terms(
        self, world: AccessWorld
    ) -> None:
        actor, team = an_actor(), a_team()
        await world.bind(actor, team, ORGANIZER)
        told = await world.access.permissions(actor, [team])
        assert all(isinstance(held, Permission) for held in told[team].permissions)

    async def test_a_role_in_one_scope_counts_in_no_other(
        self, world: AccessWorld
    ) -> None:
        actor, community = an_actor(), a_community()
        others = [
            tenant_of(actor),
            a_community(),
            Scope(ScopeKind.TEAM, community.id),
        ]
        await world.bind(actor, community, ORGANIZER)
        told = await world.access.permissions(actor, others)
        assert told == dict.fromkeys(others, holding())

    async def test_a_role_in_the_tenant_counts_in_every_scope(
        self, world: AccessWorld
    ) -> None:
        actor = an_actor()
        scopes = [tenant_of(actor), a_community(), a_team()]
        await world.bind(actor, tenant_of(actor), ORGANIZER)
        told = await world.access.permissions(actor, scopes)
        assert told == dict.fromkeys(scopes, holding(ORGANIZER))

    async def test_a_role_bound_in_scope_and_tenant_is_named_once(
        self, world: AccessWorld
    ) -> None:
        actor, team = an_actor(), a_team()
        await world.bind(actor, team, ORGANIZER)
        await world.bind(actor, tenant_of(actor), ORGANIZER)
        told = await world.access.permissions(actor, [team])
        assert told == {team: holding(ORGANIZER)}

    async def test_several_roles_add_up(self, world: AccessWorld) -> None:
        actor, community = an_actor(), a_community()
        await world.bind(actor, community, ORGANIZER)
        await world.bind(actor, tenant_of(actor), PARTICIPANT)
        told = await world.access.permissions(actor, [community])
        assert told == {community: holding(ORGANIZER, PARTICIPANT)}

    async def test_a_role_is_nobody_elses(self, world: AccessWorld) -> None:
        actor, community = an_actor(), a_community()
        await world.bind(actor, community, ORGANIZER)
        told = await world.access.permissions(an_actor(actor.tenant_id), [community])
        assert told == {community: holding()}

    async def test_the_same_ids_in_another_tenant_are_somebody_else(
        self, world: AccessWorld
    ) -> None:
        actor, community = an_actor(), a_community()
        await world.bind(actor, community, ORGANIZER)
        await world.bind(actor, tenant_of(actor), ORGANIZER)
        namesake = an_actor(user_id=actor.user_id)
        told = await world.access.permissions(namesake, [community])
        assert told == {community: holding()}

    async def test_asking_about_nothing_tells_nothing(self, world: AccessWorld) -> None:
        await world.silence()
        assert await world.access.permissions(an_actor(), []) == {}

    async def test_many_scopes_are_told_at_once(self, world: AccessWorld) -> None:
        actor = an_actor()
        scopes = [a_community() for _ in range(MANY)]
        for scope in scopes[::2]:
            await world.bind(actor, scope, ORGANIZER)
        told = await world.access.permissions(actor, scopes)
        assert [told[scope] for scope in scopes] == [
            holding(ORGANIZER),
            holding(),
        ] * (MANY // 2)

    async def test_an_outage_is_an_error_for_whoever_asks(
        self, world: AccessWorld
    ) -> None:
        organizer, community = an_actor(), a_community()
        await world.bind(organizer, community, ORGANIZER)
        await world.silence()
        for actor in (organizer, an_actor()):
            with pytest.raises(AccessUnavailable):
                await world.access.permissions(actor, [community])

    async def test_after_an_outage_it_is_told_as_soon_as_it_can_be(
        self, world: AccessWorld
    ) -> None:
        actor, community = an_actor(), a_community()
        await world.bind(actor, community, ORGANIZER)
        await world.silence()
        with pytest.raises(AccessUnavailable):
            await world.access.permissions(actor, [community])
        await world.restore()
        told = await world.access.permissions(actor, [community])
        assert told == {community: holding(ORGANIZER)}

    async def test_binding_and_unbinding_show_after_a_while(
        self, world: AccessWorld
    ) -> None:
        actor, team = an_actor(), a_team()
        assert await world.access.permissions(actor, [team]) == {team: holding()}
        await world.bind(actor, team, ORGANIZER)
        await world.settle()
        told = await world.access.permissions(actor, [team])
        assert told == {team: holding(ORGANIZER)}
        await world.unbind(actor, team, ORGANIZER)
        await world.settle()
        assert await world.access.permissions(actor, [team]) == {team: holding()}

    async def test_who_gives_up_leaves_the_others_their_answer(
        self, world: AccessWorld
    ) -> None:
        actor, team = an_actor(), a_team()
        await world.bind(actor, team, ORGANIZER)
        asked = [
            asyncio.create_task(_hold(world.access, actor, team)) for _ in range(3)
        ]
        await asyncio.sleep(0)
        asked[0].cancel()
        assert await asyncio.gather(*asked[1:]) == [holding(ORGANIZER)] * 2

    @any_number_of_worlds
    @given(
        bound=st.sets(
            st.tuples(persons, st.none() | places, st.sampled_from(sorted(CATALOGUE)))
        ),
        questions=st.lists(
            st.tuples(persons, st.lists(st.none() | places)), max_size=4
        ),
    )
    async def test_it_tells_what_is_so_and_nothing_else(
        self,
        make_world: Callable[[], AccessWorld],
        bound: set[tuple[Person, Place | None, str]],
        questions: list[tuple[Person, list[Place | None]]],
    ) -> None:
        world, cast = make_world(), Cast()

        def scope(actor: Actor, place: Place | None) -> Scope:
            return tenant_of(actor) if place is None else cast.scope(place)

        for person, place, role in bound:
            actor = cast.actor(person)
            await world.bind(actor, scope(actor, place), role)
        for person, asked in questions:
            actor = cast.actor(person)
            told = await world.access.permissions(
                actor, [scope(actor, place) for place in asked]
            )
            assert told == {
                scope(actor, place): holding(
                    *(
                        role
                        for where, role in product((place, None), CATALOGUE)
                        if (person, where, role) in bound
                    )
                )
                for place in asked
            }


def tenant_of(actor: Actor) -> Scope:
    """Return the scope that is the actor's whole tenant."""
    return Scope.of_tenant(actor.tenant_id)


def holding(*roles: str) -> Held:
    """Return what is held by these roles and what everybody holds."""
    return Held(
        IMPLICIT_PERMISSIONS.union(*(CATALOGUE[role] for role in roles)),
        tuple(sorted(set(roles))),
    )


async def _hold(access: Access, actor: Actor, scope: Scope) -> Held:
    return (await access.permissions(actor, [scope]))[scope]
