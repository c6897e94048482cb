import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from attrs import evolve

from adapters.portal.answers import CachePolicy
from adapters.portal.client import open_neighbour
from adapters.portal.memberships import LOOKUPS_AT_ONCE, PortalMemberships
from events_core.domain.actors import Actor
from events_core.domain.identity import Scope
from events_core.ports.people import Membership
from events_core.testing.builders import a_community, a_team, a_tenant, an_actor
from tests.neighbours import Fault, Portal, half, hang, reset, say, slow, trickle
from tests.unit.adapters.portal.conftest import SECRET, Ticks, until

IMPATIENT = 0.5

Opener = Callable[..., AbstractAsyncContextManager[PortalMemberships]]


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def opened(portal: Portal, ticks: Ticks) -> Opener:
    @asynccontextmanager
    async def opened(
        cache: CachePolicy | None = None, call_seconds: float = 1.9
    ) -> AsyncIterator[PortalMemberships]:
        async with open_neighbour(
            "portal", portal.url, secret=SECRET, call_seconds=call_seconds
        ) as client:
            yield PortalMemberships(client, cache=cache, monotonic=ticks)

    return opened


@pytest.fixture
async def memberships(opened: Opener) -> AsyncIterator[PortalMemberships]:
    async with opened() as memberships:
        yield memberships


def join(portal: Portal, actor: Actor, scope: Scope) -> None:
    portal.add(actor.tenant_id, actor.user_id, scope.kind, scope.id)


async def test_a_scope_is_asked_about_where_it_belongs(
    portal: Portal, memberships: PortalMemberships, actor: Actor
) -> None:
    community, team = a_community(), a_team()
    await memberships.memberships(actor, [community, team])
    assert sorted((call.method, call.path) for call in portal.calls) == [
        ("GET", f"/api/v1/communities/{community.id}/members/{actor.user_id}"),
        ("GET", f"/api/v1/teams/{team.id}/members/{actor.user_id}"),
    ]


async def test_about_a_tenant_nobody_is_asked(
    portal: Portal, memberships: PortalMemberships, actor: Actor
) -> None:
    with pytest.raises(ValueError, match="TENANT has no members"):
        await memberships.memberships(
            actor, [a_team(), Scope.of_tenant(actor.tenant_id)]
        )
    assert portal.calls == []


LIES = {
    "500": say(500, b'{"member": true}'),
    "502": say(502, b"<html>Bad Gateway</html>"),
    "401": say(401, b'{"error": {"code": "UNAUTHORIZED"}}'),
    "403": say(403),
    "400": say(400),
    "410": say(410),
    "429": say(429),
    "a redirect": say(301, headers={"Location": "https://portal/"}),
    "not modified": say(304),
    "created": say(201, b'{"member": true}'),
    "no content": say(204),
    "html": say(200, b"<html>Please sign in</html>", {"Content-Type": "text/html"}),
    "nothing": say(200),
    "half": half,
    "half the JSON": say(200, b'{"member": tr'),
    "null": say(200, b"null"),
    "a list": say(200, b'[{"member": true}]'),
    "another object": say(200, b'{"role_hint": "owner"}'),
    "false": say(200, b'{"member": false}'),
    "yes": say(200, b'{"member": "yes"}'),
    "the word true": say(200, b'{"member": "true"}'),
    "one": say(200, b'{"member": 1}'),
    "null inside": say(200, b'{"member": null}'),
    "contradiction": say(200, b'{"member": false, "member": true}'),
    "too much": say(200, b'{"member": true' + b" " * 70_000 + b"}"),
    "not UTF-8": say(200, b'{"member": true, "role_hint": "\xff"}'),
    "deep": say(200, b"[" * 60_000),
    "silence": hang,
    "a trickle": trickle(0.1),
    "reset": reset,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_whatever_is_no_plain_answer_is_unknown_and_not_remembered(
    portal: Portal, opened: Opener, actor: Actor, lie: Fault
) -> None:
    joined, other = a_community(), a_team()
    join(portal, actor, joined)
    async with opened(call_seconds=IMPATIENT) as memberships:
        portal.always(lie)
        assert await memberships.memberships(actor, [joined, other]) == {
            joined: Membership.UNKNOWN,
            other: Membership.UNKNOWN,
        }
        portal.behave()
        assert await memberships.memberships(actor, [joined, other]) == {
            joined: Membership.MEMBER,
            other: Membership.NOT_A_MEMBER,
        }


async def test_what_else_is_in_an_answer_does_not_matter(
    portal: Portal, memberships: PortalMemberships, actor: Actor
) -> None:
    team = a_team()
    portal.always(say(200, b'{"since": 7, "role_hint": {}, "member": true}'))
    told = await memberships.memberships(actor, [team])
    assert told == {team: Membership.MEMBER}


async def test_one_scope_in_trouble_is_unknown_alone(
    portal: Portal, opened: Opener, actor: Actor
) -> None:
    joined, other, hanging, broken = scopes = [a_community() for _ in range(4)]
    for scope in scopes:
        join(portal, actor, scope)
    portal.remove(actor.tenant_id, actor.user_id, other.kind, other.id)
    faults = {str(hanging.id): hang, str(broken.id): say(500)}
    portal.misbehave = lambda call: faults.get(call.path.split("/")[4])
    async with opened(call_seconds=IMPATIENT) as memberships:
        assert await memberships.memberships(actor, scopes) == {
            joined: Membership.MEMBER,
            other: Membership.NOT_A_MEMBER,
            hanging: Membership.UNKNOWN,
            broken: Membership.UNKNOWN,
        }


async def test_a_yes_is_remembered_half_a_minute(
    portal: Portal, memberships: PortalMemberships, ticks: Ticks, actor: Actor
) -> None:
    team = a_team()
    join(portal, actor, team)
    await memberships.memberships(actor, [team])
    portal.remove(actor.tenant_id, actor.user_id, team.kind, team.id)
    ticks.seconds += 29.9
    told = await memberships.memberships(actor, [team])
    assert told == {team: Membership.MEMBER}
    ticks.seconds += 0.1
    told = await memberships.memberships(actor, [team])
    assert told == {team: Membership.NOT_A_MEMBER}


async def test_a_no_is_remembered_five_seconds(
    portal: Portal, memberships: PortalMemberships, ticks: Ticks, actor: Actor
) -> None:
    team = a_team()
    await memberships.memberships(actor, [team])
    join(portal, actor, team)
    ticks.seconds += 4.9
    told = await memberships.memberships(actor, [team])
    assert told == {team: Membership.NOT_A_MEMBER}
    ticks.seconds += 0.1
    told = await memberships.memberships(actor, [team])
    assert told == {team: Membership.MEMBER}


async def test_how_long_can_be_set(
    portal: Portal, opened: Opener, ticks: Ticks, actor: Actor
) -> None:
    joined, other = a_team(), a_team()
    join(portal, actor, joined)
    async with opened(CachePolicy(yes_seconds=1, no_seconds=2)) as memberships:
        await memberships.memberships(actor, [joined, other])
        ticks.seconds += 1
        await memberships.memberships(actor, [joined, other])
    assert [call.path.split("/")[4] for call in portal.calls[2:]] == [str(joined.id)]


async def test_what_is_remembered_is_told_through_an_outage(
    portal: Portal, memberships: PortalMemberships, actor: Actor
) -> None:
    known, new = a_team(), a_team()
    join(portal, actor, known)
    await memberships.memberships(actor, [known])
    portal.stop()
    assert await memberships.memberships(actor, [known, new]) == {
        known: Membership.MEMBER,
        new: Membership.UNKNOWN,
    }


async def test_flags_and_request_do_not_matter_for_what_is_remembered(
    portal: Portal, memberships: PortalMemberships, actor: Actor
) -> None:
    team = a_team()
    await memberships.memberships(actor, [team])
    await memberships.memberships(evolve(actor, request_id="another"), [team])
    await memberships.memberships(
        evolve(actor, flags=evolve(actor.flags, system_admin=True)), [team]
    )
    assert len(portal.calls) == 1


async def test_what_is_remembered_of_one_is_not_told_of_another(
    portal: Portal, memberships: PortalMemberships, actor: Actor
) -> None:
    team = a_team()
    join(portal, actor, team)
    await memberships.memberships(actor, [team])
    elsewhere = evolve(actor, tenant_id=a_tenant())
    for other in (an_actor(actor.tenant_id), elsewhere):
        told = await memberships.memberships(other, [team])
        assert told == {team: Membership.NOT_A_MEMBER}


async def test_many_who_ask_the_same_make_one_call(
    portal: Portal, memberships: PortalMemberships, actor: Actor
) -> None:
    team = a_team()
    join(portal, actor, team)
    portal.always(slow(0.05))
    told = await asyncio.gather(
        *(memberships.memberships(actor, [team]) for _ in range(100))
    )
    assert told == [{team: Membership.MEMBER}] * 100
    assert len(portal.calls) == 1


async def test_who_gives_up_does_not_take_the_call_from_the_others(
    portal: Portal, memberships: PortalMemberships, actor: Actor
) -> None:
    team = a_team()
    join(portal, actor, team)
    portal.always(slow(0.1))
    asking = [
        asyncio.create_task(memberships.memberships(actor, [team])) for _ in range(3)
    ]
    await until(lambda: portal.calls)
    asking[0].cancel()
    assert await asyncio.gather(*asking[1:]) == [{team: Membership.MEMBER}] * 2
    assert len(portal.calls) == 1


async def test_scopes_are_asked_about_in_parallel_over_few_connections(
    portal: Portal, memberships: PortalMemberships, actor: Actor
) -> None:
    portal.always(slow(0.1))
    scopes = [a_team() for _ in range(64)]
    told = await memberships.memberships(actor, scopes)
    assert set(told.values()) == {Membership.NOT_A_MEMBER}
    assert 8 < portal.busiest <= 32
    assert portal.connections <= 32


async def test_beyond_two_hundred_unknown_scopes_the_rest_waits_its_turn(
    portal: Portal, opened: Opener, actor: Actor
) -> None:
    scopes = [a_community() for _ in range(LOOKUPS_AT_ONCE + 50)]
    async with opened(call_seconds=1.0) as memberships:
        first = await memberships.memberships(actor, scopes)
        assert len(portal.calls) == 200
        assert [first[scope] for scope in scopes[200:]] == [Membership.UNKNOWN] * 50
        second = await memberships.memberships(actor, scopes)
    assert set(second.values()) == {Membership.NOT_A_MEMBER}
    assert len(portal.calls) == 250


async def test_a_dead_portal_takes_two_seconds_at_most(
    portal: Portal, opened: Opener, actor: Actor
) -> None:
    known = a_team()
    scopes = [known, *(a_team() for _ in range(200))]
    async with opened(call_seconds=1.0) as memberships:
        await memberships.memberships(actor, [known])
        portal.always(hang)
        started = time.monotonic()
        told = await memberships.memberships(actor, scopes)
        # One after the other, 32 at once, they would take seven; the rest is noise.
        assert time.monotonic() - started < 6.0
        assert told == dict.fromkeys(scopes, Membership.UNKNOWN) | {
            known: Membership.NOT_A_MEMBER
        }
        portal.behave()
        told = await memberships.memberships(actor, scopes[:20])
    assert set(told.values()) == {Membership.NOT_A_MEMBER}
