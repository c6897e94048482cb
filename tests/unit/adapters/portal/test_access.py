import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from attrs import evolve

from adapters.portal.access import PortalAccess
from adapters.portal.client import open_neighbour
from events_core.domain.actors import Actor, MasterFlags
from events_core.domain.identity import Scope
from events_core.domain.permissions import IMPLICIT_PERMISSIONS, Permission
from events_core.errors import AccessUnavailable
from events_core.ports.people import Held
from events_core.testing.builders import a_community, a_team, a_tenant, an_actor
from tests.neighbours import Access, Fault, half, hang, reset, say, trickle
from tests.unit.adapters.portal.conftest import SECRET, Ticks

IMPATIENT = 0.5

Opener = Callable[..., AbstractAsyncContextManager[PortalAccess]]


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def opened(access: Access, ticks: Ticks) -> Opener:
    @asynccontextmanager
    async def opened(call_seconds: float = 1.9) -> AsyncIterator[PortalAccess]:
        async with open_neighbour(
            "access", access.url, secret=SECRET, call_seconds=call_seconds
        ) as client:
            yield PortalAccess(client, monotonic=ticks)

    return opened


@pytest.fixture
async def permissions(opened: Opener) -> AsyncIterator[PortalAccess]:
    async with opened() as permissions:
        yield permissions


def organize(access: Access, actor: Actor, scope: Scope) -> None:
    access.bind(actor.tenant_id, actor.user_id, scope.kind, scope.id)


def says(**changes: Any) -> Fault:  # noqa: ANN401 (what it ought not to be, too)
    """Answer well but for the changes."""
    good = {
        "allowed": True,
        "reason_code": "GRANTED",
        "effective_roles": [],
        "effective_permissions": ["events.event.read", "events.rsvp.set"],
    }
    return say(200, json.dumps(good | changes).encode())


async def held(permissions: PortalAccess, actor: Actor) -> Held:
    """Ask about a scope nobody asked about before."""
    team = a_team()
    told = await permissions.permissions(actor, [team])
    return told[team]


async def test_each_scope_is_asked_about_once_for_every_permission(
    access: Access, permissions: PortalAccess, actor: Actor
) -> None:
    flags = MasterFlags(suspended=True, system_admin=True, membership_status="active")
    scopes = [Scope.of_tenant(actor.tenant_id), a_community(), a_team()]
    await permissions.permissions(evolve(actor, flags=flags), [*scopes, *scopes])
    assert {(call.method, call.path) for call in access.calls} == {
        ("POST", "/api/v1/access/check")
    }
    assert len(access.calls) == len(scopes)
    for scope in scopes:
        assert {
            "tenant_id": str(actor.tenant_id),
            "user_id": str(actor.user_id),
            "action": "events.event.read",
            "scope": {"type": scope.kind.value, "id": str(scope.id)},
            "master_flags": {
                "suspended": True,
                "banned": False,
                "system_admin": True,
                "membership_status": "active",
            },
            "return_effective_permissions": True,
        } in [call.json for call in access.calls]


LIES = {
    "500": say(500),
    "503": say(503, b'{"allowed": false}'),
    "401": say(401),
    "403": say(403, b'{"error": {"code": "FORBIDDEN"}}'),
    "404": say(404, b'{"error": {"code": "NOT_FOUND"}}'),
    "a redirect": say(301, headers={"Location": "https://access/"}),
    "no content": say(204),
    "html": say(200, b"<html>Please sign in</html>", {"Content-Type": "text/html"}),
    "nothing": say(200),
    "half": half,
    "null": say(200, b"null"),
    "a list": say(200, b"[]"),
    "an empty object": say(200, b"{}"),
    "only allowed": say(200, b'{"allowed": true}'),
    "allowed by word": says(allowed="yes"),
    "allowed by number": says(allowed=1),
    "allowed null": says(allowed=None),
    "no list": says(effective_permissions=None),
    "a word for a list": says(effective_permissions="events.event.manage"),
    "an object for a list": says(effective_permissions={"events.event.manage": True}),
    "numbers in the list": says(effective_permissions=["events.event.read", 7]),
    "lists in the list": says(effective_permissions=[["events.event.manage"]]),
    "no roles": says(effective_roles=None),
    "roles by name": says(effective_roles=["events.organizer"]),
    "nameless roles": says(effective_roles=[{"id": "1", "service": "events"}]),
    "roles of nobody": says(effective_roles=[{"name": "x", "service": None}]),
    "contradiction": say(200, b'{"allowed": false, "allowed": true}'),
    "silence": hang,
    "a trickle": trickle(0.1),
    "reset": reset,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_whatever_is_no_plain_answer_is_unavailable_and_not_remembered(
    access: Access, opened: Opener, actor: Actor, lie: Fault
) -> None:
    team = a_team()
    organize(access, actor, team)
    async with opened(IMPATIENT) as permissions:
        access.always(lie)
        with pytest.raises(AccessUnavailable):
            await permissions.permissions(actor, [team])
        access.behave()
        told = await permissions.permissions(actor, [team])
    assert Permission.EVENT_MANAGE in told[team].permissions


async def test_one_scope_in_trouble_makes_all_unavailable_and_the_rest_is_remembered(
    access: Access, permissions: PortalAccess, actor: Actor
) -> None:
    well, broken = a_team(), a_team()
    access.misbehave = lambda call: (
        say(500) if call.json["scope"]["id"] == str(broken.id) else None
    )
    with pytest.raises(AccessUnavailable):
        await permissions.permissions(actor, [well, broken])
    access.behave()
    access.calls.clear()
    assert set(await permissions.permissions(actor, [well, broken])) == {well, broken}
    assert [call.json["scope"]["id"] for call in access.calls] == [str(broken.id)]


async def test_only_permissions_we_know_are_taken_and_in_our_terms(
    access: Access, permissions: PortalAccess, actor: Actor
) -> None:
    access.always(
        says(
            effective_permissions=[
                "events.attendance.mark",
                "events.event.delete",
                "EVENTS.EVENT.MANAGE",
                "portal.posts.hide",
                "",
            ]
        )
    )
    told = (await held(permissions, actor)).permissions
    assert told == IMPLICIT_PERMISSIONS | {Permission.ATTENDANCE_MARK}
    assert all(type(permission) is Permission for permission in told)


async def test_a_yes_counts_for_what_everybody_holds_and_the_list_for_the_rest(
    access: Access, permissions: PortalAccess, actor: Actor
) -> None:
    everything = [permission.value for permission in Permission]
    access.always(says(allowed=False, effective_permissions=everything))
    told = await held(permissions, actor)
    assert told.permissions == set(Permission) - {Permission.EVENT_READ}
    access.always(says(allowed=True, effective_permissions=[]))
    told = await held(permissions, actor)
    assert told.permissions == IMPLICIT_PERMISSIONS
    access.always(says(allowed=False, effective_permissions=[]))
    assert await held(permissions, actor) == Held()


async def test_only_roles_of_ours_are_named_once_and_in_order(
    access: Access, permissions: PortalAccess, actor: Actor
) -> None:
    team = a_team()
    tenant = Scope.of_tenant(actor.tenant_id)
    for scope in (team, tenant):
        for role in ("events.participant", "events.organizer", "portal.moderator"):
            access.bind(actor.tenant_id, actor.user_id, scope.kind, scope.id, role)
    told = await permissions.permissions(actor, [team])
    assert told[team].roles == ("events.organizer", "events.participant")


async def test_a_grant_is_remembered_half_a_minute(
    access: Access, permissions: PortalAccess, ticks: Ticks, actor: Actor
) -> None:
    team = a_team()
    organize(access, actor, team)
    granted = await permissions.permissions(actor, [team])
    access.unbind(actor.tenant_id, actor.user_id, team.kind, team.id)
    ticks.seconds += 29.9
    assert await permissions.permissions(actor, [team]) == granted
    ticks.seconds += 0.1
    told = await permissions.permissions(actor, [team])
    assert told == {team: Held(IMPLICIT_PERMISSIONS)}


async def test_holding_what_everybody_holds_is_remembered_five_seconds(
    access: Access, permissions: PortalAccess, ticks: Ticks, actor: Actor
) -> None:
    team = a_team()
    nothing_more = await permissions.permissions(actor, [team])
    organize(access, actor, team)
    ticks.seconds += 4.9
    assert await permissions.permissions(actor, [team]) == nothing_more
    ticks.seconds += 0.1
    told = await permissions.permissions(actor, [team])
    assert Permission.EVENT_CREATE in told[team].permissions


@pytest.mark.parametrize(
    "flags",
    [
        MasterFlags(suspended=True),
        MasterFlags(banned=True),
        MasterFlags(system_admin=True),
        MasterFlags(membership_status="left"),
    ],
)
async def test_what_is_remembered_under_some_flags_is_not_told_under_others(
    access: Access, permissions: PortalAccess, actor: Actor, flags: MasterFlags
) -> None:
    team = a_team()
    plain = await permissions.permissions(actor, [team])
    await permissions.permissions(evolve(actor, flags=flags), [team])
    assert len(access.calls) == 2
    assert await permissions.permissions(actor, [team]) == plain
    assert len(access.calls) == 2


async def test_what_is_remembered_of_one_is_not_told_of_another(
    access: Access, permissions: PortalAccess, actor: Actor
) -> None:
    team = a_team()
    organize(access, actor, team)
    await permissions.permissions(actor, [team])
    elsewhere = evolve(actor, tenant_id=a_tenant())
    for other in (an_actor(actor.tenant_id), elsewhere):
        told = await permissions.permissions(other, [team])
        assert told == {team: Held(IMPLICIT_PERMISSIONS)}


async def test_a_dead_access_takes_two_seconds_at_most(
    access: Access, opened: Opener, actor: Actor
) -> None:
    access.always(hang)
    scopes = [a_team() for _ in range(200)]
    async with opened(1.0) as permissions:
        started = time.monotonic()
        with pytest.raises(AccessUnavailable):
            await permissions.permissions(actor, scopes)
        # One after the other, 32 at once, they would take seven; the rest is noise.
        assert time.monotonic() - started < 6.0
