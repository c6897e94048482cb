"""What every ``Memberships`` and every ``Access`` promises.

Subclass a suite and override its factory, which returns a *world*: the implementation
under test, and the means to arrange what it tells of. Each test works with people and
places of its own, so the factory may return the same world again and again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import product
from secrets import token_bytes
from typing import Protocol
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events_core.domain.actors import Actor
from events_core.domain.identity import Scope, ScopeKind, TenantId, UserId
from events_core.domain.permissions import (
    CATALOGUE,
    IMPLICIT_PERMISSIONS,
    Permission,
)
from events_core.errors import AccessUnavailable
from events_core.ports.people import Access, Held, Membership, Memberships

ORGANIZER = "events.organizer"
PARTICIPANT = "events.participant"

MANY = 100


class MembershipsWorld(Protocol):
    """A ``Memberships``, and who is a member of what."""

    @property
    def memberships(self) -> Memberships:
        """The implementation under test."""
        ...

    async def add(self, actor: Actor, scope: Scope) -> None:
        """Make the actor a member."""
        ...

    async def remove(self, actor: Actor, scope: Scope) -> None:
        """Make the actor, who is a member, no member."""
        ...

    async def silence(self) -> None:
        """Cut the authority off: from now on no question of ours is answered."""
        ...

    async def restore(self) -> None:
        """Undo ``silence``; nothing where there is nothing to undo."""
        ...

    async def settle(self) -> None:
        """Let so much time pass that every change must show."""
        ...


class AccessWorld(Protocol):
    """An ``Access``, and who holds what. The rest is as in ``MembershipsWorld``."""

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

    async def silence(self) -> None: ...

    async def restore(self) -> None: ...

    async def settle(self) -> None: ...


def new_uuid() -> UUID:
    """Return a UUID nobody has used."""
    return UUID(bytes=token_bytes(16), version=4)


def new_actor(*, like: Actor | None = None) -> Actor:
    """Return somebody new; in the tenant of another one, if there is one."""
    tenant_id = like.tenant_id if like else TenantId(new_uuid())
    return Actor(
        tenant_id, UserId(new_uuid()), tenant_slug="here", request_id="contract"
    )


def new_community() -> Scope:
    """Return a community nobody has used."""
    return Scope(ScopeKind.COMMUNITY, new_uuid())


def new_team() -> Scope:
    """Return a team nobody has used."""
    return Scope(ScopeKind.TEAM, new_uuid())


def tenant_of(actor: Actor) -> Scope:
    """Return the scope that is the actor's whole tenant."""
    return Scope.of_tenant(actor.tenant_id)


# Few of each, so that things meet: persons are (tenant, user), places (kind, id).
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
        self._tenants = [TenantId(new_uuid()) for _ in range(2)]
        self._users = [UserId(new_uuid()) for _ in range(2)]

    def actor(self, person: tuple[int, int]) -> Actor:
        tenant, user = person
        return Actor(
            self._tenants[tenant],
            self._users[user],
            tenant_slug="here",
            request_id="contract",
        )

    def scope(self, place: tuple[ScopeKind, int]) -> Scope:
        kind, number = place
        return Scope(kind, self._ids[number])


any_number_of_worlds = settings(
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # a factory may be shared
        HealthCheck.too_slow,
    ]
)


class MembershipsContract:
    """A member is told to be one, nobody else is, and not knowing is said."""

    @pytest.fixture
    def make_world(self) -> Callable[[], MembershipsWorld]:
        """Return a factory of worlds."""
        raise NotImplementedError

    @pytest.fixture
    async def world(
        self, make_world: Callable[[], MembershipsWorld]
    ) -> AsyncIterator[MembershipsWorld]:
        world = make_world()
        yield world
        await world.restore()

    async def test_a_member_is_told_to_be_one(self, world: MembershipsWorld) -> None:
        actor, community, team = new_actor(), new_community(), new_team()
        await world.add(actor, community)
        await world.add(actor, team)
        assert await world.memberships.memberships(actor, {community, team}) == {
            community: Membership.MEMBER,
            team: Membership.MEMBER,
        }

    async def test_a_scope_nobody_knows_has_no_members(
        self, world: MembershipsWorld
    ) -> None:
        community, team = new_community(), new_team()
        assert await world.memberships.memberships(new_actor(), [community, team]) == {
            community: Membership.NOT_A_MEMBER,
            team: Membership.NOT_A_MEMBER,
        }

    async def test_somebody_else_is_no_member_by_that(
        self, world: MembershipsWorld
    ) -> None:
        member, community = new_actor(), new_community()
        await world.add(member, community)
        told = await world.memberships.memberships(new_actor(like=member), [community])
        assert told == {community: Membership.NOT_A_MEMBER}

    async def test_the_same_ids_in_another_tenant_are_somebody_else(
        self, world: MembershipsWorld
    ) -> None:
        member, community = new_actor(), new_community()
        await world.add(member, community)
        namesake = Actor(TenantId(new_uuid()), member.user_id, tenant_slug="there")
        told = await world.memberships.memberships(namesake, [community])
        assert told == {community: Membership.NOT_A_MEMBER}

    async def test_a_community_and_a_team_of_one_id_are_two(
        self, world: MembershipsWorld
    ) -> None:
        actor, community = new_actor(), new_community()
        team = Scope(ScopeKind.TEAM, community.id)
        await world.add(actor, community)
        assert await world.memberships.memberships(actor, [team, community]) == {
            community: Membership.MEMBER,
            team: Membership.NOT_A_MEMBER,
        }

    async def test_asking_about_nothing_tells_nothing(
        self, world: MembershipsWorld
    ) -> None:
        await world.silence()
        assert await world.memberships.memberships(new_actor(), []) == {}

    async def test_asking_about_one_scope_twice_tells_it_once(
        self, world: MembershipsWorld
    ) -> None:
        actor, team = new_actor(), new_team()
        await world.add(actor, team)
        told = await world.memberships.memberships(actor, [team, team])
        assert told == {team: Membership.MEMBER}

    async def test_many_scopes_are_told_at_once(self, world: MembershipsWorld) -> None:
        actor = new_actor()
        scopes = [new_community() for _ in range(MANY)]
        for scope in scopes[::2]:
            await world.add(actor, scope)
        told = await world.memberships.memberships(actor, scopes)
        assert [told[scope] for scope in scopes] == [
            Membership.MEMBER,
            Membership.NOT_A_MEMBER,
        ] * (MANY // 2)

    async def test_an_outage_is_unknown_for_members_and_for_others(
        self, world: MembershipsWorld
    ) -> None:
        actor, joined, other = new_actor(), new_community(), new_team()
        await world.add(actor, joined)
        await world.silence()
        assert await world.memberships.memberships(actor, [joined, other]) == {
            joined: Membership.UNKNOWN,
            other: Membership.UNKNOWN,
        }

    async def test_what_was_unknown_is_told_as_soon_as_it_can_be(
        self, world: MembershipsWorld
    ) -> None:
        actor, joined, other = new_actor(), new_community(), new_team()
        await world.add(actor, joined)
        await world.silence()
        await world.memberships.memberships(actor, [joined, other])
        await world.restore()
        assert await world.memberships.memberships(actor, [joined, other]) == {
            joined: Membership.MEMBER,
            other: Membership.NOT_A_MEMBER,
        }

    async def test_joining_and_leaving_show_after_a_while(
        self, world: MembershipsWorld
    ) -> None:
        actor, community = new_actor(), new_community()
        told = await world.memberships.memberships(actor, [community])
        assert told == {community: Membership.NOT_A_MEMBER}
        await world.add(actor, community)
        await world.settle()
        told = await world.memberships.memberships(actor, [community])
        assert told == {community: Membership.MEMBER}
        await world.remove(actor, community)
        await world.settle()
        told = await world.memberships.memberships(actor, [community])
        assert told == {community: Membership.NOT_A_MEMBER}

    async def test_who_asks_at_the_same_time_is_told_the_same(
        self, world: MembershipsWorld
    ) -> None:
        actor, joined, other = new_actor(), new_community(), new_team()
        await world.add(actor, joined)
        asked = [
            world.memberships.memberships(actor, [joined, other]) for _ in range(20)
        ]
        assert await asyncio.gather(*asked) == [
            {joined: Membership.MEMBER, other: Membership.NOT_A_MEMBER}
        ] * len(asked)

    async def test_who_gives_up_leaves_the_others_their_answer(
        self, world: MembershipsWorld
    ) -> None:
        actor, joined = new_actor(), new_community()
        await world.add(actor, joined)
        asked = [
            asyncio.create_task(_tell(world.memberships, actor, joined))
            for _ in range(3)
        ]
        await asyncio.sleep(0)
        asked[0].cancel()
        assert await asyncio.gather(*asked[1:]) == [Membership.MEMBER] * 2

    @any_number_of_worlds
    @given(
        facts=st.sets(st.tuples(persons, places)),
        questions=st.lists(st.tuples(persons, st.lists(places)), max_size=4),
    )
    async def test_it_tells_what_is_so_and_nothing_else(
        self,
        make_world: Callable[[], MembershipsWorld],
        facts: set[tuple[tuple[int, int], tuple[ScopeKind, int]]],
        questions: list[tuple[tuple[int, int], list[tuple[ScopeKind, int]]]],
    ) -> None:
        world, cast = make_world(), Cast()
        for person, place in facts:
            await world.add(cast.actor(person), cast.scope(place))
        for person, asked in questions:
            told = await world.memberships.memberships(
                cast.actor(person), [cast.scope(place) for place in asked]
            )
            assert told == {
                cast.scope(place): Membership.MEMBER
                if (person, place) in facts
                else Membership.NOT_A_MEMBER
                for place in asked
            }


async def _tell(memberships: Memberships, actor: Actor, scope: Scope) -> Membership:
    return (await memberships.memberships(actor, [scope]))[scope]


class AccessContract:
    """What is granted is held where it was granted; not knowing is an error."""

    @pytest.fixture
    def make_world(self) -> Callable[[], AccessWorld]:
        """Return a factory of worlds."""
        raise NotImplementedError

    @pytest.fixture
    async def world(
        self, make_world: Callable[[], AccessWorld]
    ) -> AsyncIterator[AccessWorld]:
        world = make_world()
        yield world
        await world.restore()

    async def test_who_was_granted_nothing_holds_what_everybody_holds(
        self, world: AccessWorld
    ) -> None:
        actor = new_actor()
        scopes = [tenant_of(actor), new_community(), new_team()]
        told = await world.access.permissions(actor, scopes)
        assert told == dict.fromkeys(scopes, Held(IMPLICIT_PERMISSIONS))

    async def test_a_role_counts_where_it_is_bound(self, world: AccessWorld) -> None:
        actor, community = new_actor(), new_community()
        await world.bind(actor, community, ORGANIZER)
        told = await world.access.permissions(actor, [community])
        assert told == {community: holding(ORGANIZER)}

    async def test_permissions_are_told_in_our_own_terms(
        self, world: AccessWorld
    ) -> None:
        actor, team = new_actor(), new_team()
        await world.bind(actor, team, ORGANIZER)
        told = await world.access.permissions(actor, [team])
        assert all(isinstance(held, Permission) for held in told[team].permissions)

    async def test_a_role_in_one_scope_counts_in_no_other(
        self, world: AccessWorld
    ) -> None:
        actor, community = new_actor(), new_community()
        others = [
            tenant_of(actor),
            new_community(),
            Scope(ScopeKind.TEAM, community.id),
        ]
        await world.bind(actor, community, ORGANIZER)
        told = await world.access.permissions(actor, others)
        assert told == dict.fromkeys(others, holding())

    async def test_a_role_in_the_tenant_counts_in_every_scope(
        self, world: AccessWorld
    ) -> None:
        actor = new_actor()
        scopes = [tenant_of(actor), new_community(), new_team()]
        await world.bind(actor, tenant_of(actor), ORGANIZER)
        told = await world.access.permissions(actor, scopes)
        assert told == dict.fromkeys(scopes, holding(ORGANIZER))

    async def test_a_role_bound_in_scope_and_tenant_is_named_once(
        self, world: AccessWorld
    ) -> None:
        actor, team = new_actor(), new_team()
        await world.bind(actor, team, ORGANIZER)
        await world.bind(actor, tenant_of(actor), ORGANIZER)
        told = await world.access.permissions(actor, [team])
        assert told == {team: holding(ORGANIZER)}

    async def test_several_roles_add_up(self, world: AccessWorld) -> None:
        actor, community = new_actor(), new_community()
        await world.bind(actor, community, ORGANIZER)
        await world.bind(actor, tenant_of(actor), PARTICIPANT)
        told = await world.access.permissions(actor, [community])
        assert told == {community: holding(ORGANIZER, PARTICIPANT)}

    async def test_a_role_is_nobody_elses(self, world: AccessWorld) -> None:
        actor, community = new_actor(), new_community()
        await world.bind(actor, community, ORGANIZER)
        told = await world.access.permissions(new_actor(like=actor), [community])
        assert told == {community: holding()}

    async def test_the_same_ids_in_another_tenant_are_somebody_else(
        self, world: AccessWorld
    ) -> None:
        actor, community = new_actor(), new_community()
        await world.bind(actor, community, ORGANIZER)
        await world.bind(actor, tenant_of(actor), ORGANIZER)
        namesake = Actor(TenantId(new_uuid()), actor.user_id, tenant_slug="there")
        told = await world.access.permissions(namesake, [community])
        assert told == {community: holding()}

    async def test_asking_about_nothing_tells_nothing(self, world: AccessWorld) -> None:
        await world.silence()
        assert await world.access.permissions(new_actor(), []) == {}

    async def test_many_scopes_are_told_at_once(self, world: AccessWorld) -> None:
        actor = new_actor()
        scopes = [new_community() for _ in range(MANY)]
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
        organizer, community = new_actor(), new_community()
        await world.bind(organizer, community, ORGANIZER)
        await world.silence()
        for actor in (organizer, new_actor()):
            with pytest.raises(AccessUnavailable):
                await world.access.permissions(actor, [community])

    async def test_after_an_outage_it_is_told_as_soon_as_it_can_be(
        self, world: AccessWorld
    ) -> None:
        actor, community = new_actor(), new_community()
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
        actor, team = new_actor(), new_team()
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
        actor, team = new_actor(), new_team()
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
        bound: set[tuple[tuple[int, int], tuple[ScopeKind, int] | None, str]],
        questions: list[tuple[tuple[int, int], list[tuple[ScopeKind, int] | None]]],
    ) -> None:
        world, cast = make_world(), Cast()

        def scope(actor: Actor, place: tuple[ScopeKind, int] | None) -> Scope:
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


async def _hold(access: Access, actor: Actor, scope: Scope) -> Held:
    return (await access.permissions(actor, [scope]))[scope]


def holding(*roles: str) -> Held:
    """Return what is held by these roles and what everybody holds."""
    return Held(
        IMPLICIT_PERMISSIONS.union(*(CATALOGUE[role] for role in roles)),
        tuple(sorted(set(roles))),
    )
