"""Memberships: who is a member of what."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from hypothesis import given
from hypothesis import strategies as st

from events_core.domain.actors import Actor
from events_core.domain.identity import Scope, ScopeKind
from events_core.ports.people import Membership, Memberships
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


class MembershipsWorld(Authority, Protocol):
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


class MembershipsContract(OfPeople[MembershipsWorld]):
    """A member is told to be one, nobody else is, and not knowing is said."""

    async def test_a_member_is_told_to_be_one(self, world: MembershipsWorld) -> None:
        actor, community, team = an_actor(), a_community(), a_team()
        await world.add(actor, community)
        await world.add(actor, team)
        assert await world.memberships.memberships(actor, {community, team}) == {
            community: Membership.MEMBER,
            team: Membership.MEMBER,
        }

    async def test_a_scope_nobody_knows_has_no_members(
        self, world: MembershipsWorld
    ) -> None:
        community, team = a_community(), a_team()
        assert await world.memberships.memberships(an_actor(), [community, team]) == {
            community: Membership.NOT_A_MEMBER,
            team: Membership.NOT_A_MEMBER,
        }

    async def test_somebody_else_is_no_member_by_that(
        self, world: MembershipsWorld
    ) -> None:
        member, community = an_actor(), a_community()
        await world.add(member, community)
        told = await world.memberships.memberships(
            an_actor(member.tenant_id), [community]
        )
        assert told == {community: Membership.NOT_A_MEMBER}

    async def test_the_same_ids_in_another_tenant_are_somebody_else(
        self, world: MembershipsWorld
    ) -> None:
        member, community = an_actor(), a_community()
        await world.add(member, community)
        namesake = an_actor(user_id=member.user_id)
        told = await world.memberships.memberships(namesake, [community])
        assert told == {community: Membership.NOT_A_MEMBER}

    async def test_a_community_and_a_team_of_one_id_are_two(
        self, world: MembershipsWorld
    ) -> None:
        actor, community = an_actor(), a_community()
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
        assert await world.memberships.memberships(an_actor(), []) == {}

    async def test_asking_about_one_scope_twice_tells_it_once(
        self, world: MembershipsWorld
    ) -> None:
        actor, team = an_actor(), a_team()
        await world.add(actor, team)
        told = await world.memberships.memberships(actor, [team, team])
        assert told == {team: Membership.MEMBER}

    async def test_many_scopes_are_told_at_once(self, world: MembershipsWorld) -> None:
        actor = an_actor()
        scopes = [a_community() for _ in range(MANY)]
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
        actor, joined, other = an_actor(), a_community(), a_team()
        await world.add(actor, joined)
        await world.silence()
        assert await world.memberships.memberships(actor, [joined, other]) == {
            joined: Membership.UNKNOWN,
            other: Membership.UNKNOWN,
        }

    async def test_what_was_unknown_is_told_as_soon_as_it_can_be(
        self, world: MembershipsWorld
    ) -> None:
        actor, joined, other = an_actor(), a_community(), a_team()
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
        actor, community = an_actor(), a_community()
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
        actor, joined, other = an_actor(), a_community(), a_team()
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
        actor, joined = an_actor(), a_community()
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
        facts: set[tuple[Person, Place]],
        questions: list[tuple[Person, list[Place]]],
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
