"""Access is given the roles it lacks, and no role twice."""

import json
from collections.abc import AsyncIterator

import pytest
from attrs import evolve

from adapters.portal import Neighbour, create_role, missing_roles, open_neighbour
from events_core.domain.actors import Actor, MasterFlags
from events_core.domain.permissions import CATALOGUE, Permission
from events_core.errors import AccessUnavailable
from tests.neighbours import Access, say
from tests.unit.adapters.portal.conftest import SECRET


@pytest.fixture
async def neighbour(access: Access) -> AsyncIterator[Neighbour]:
    async with open_neighbour("access", access.url, secret=SECRET) as opened:
        yield opened


@pytest.fixture
def administrator(actor: Actor) -> Actor:
    return evolve(actor, flags=MasterFlags(system_admin=True))


async def test_at_first_every_role_is_missing(
    neighbour: Neighbour, administrator: Actor
) -> None:
    assert await missing_roles(neighbour, administrator) == CATALOGUE


async def test_what_was_created_is_there_with_its_permissions(
    access: Access, neighbour: Neighbour, administrator: Actor
) -> None:
    for name, permissions in CATALOGUE.items():
        await create_role(neighbour, administrator, name, permissions)
    assert await missing_roles(neighbour, administrator) == {}
    assert access.roles == {
        "events.participant": {"events.event.read", "events.rsvp.set"},
        "events.organizer": {
            "events.event.create",
            "events.event.manage",
            "events.attendance.mark",
        },
    }


async def test_a_role_in_a_page_counts_as_there(
    access: Access, neighbour: Neighbour, administrator: Actor
) -> None:
    page = {"items": [{"name": "events.organizer"}], "meta": {"total": 1}}
    access.always(say(200, json.dumps(page).encode()))
    missing = await missing_roles(neighbour, administrator)
    assert set(missing) == {"events.participant"}


async def test_somebody_who_may_not_administer_gets_no_answer(
    neighbour: Neighbour, actor: Actor
) -> None:
    with pytest.raises(AccessUnavailable):
        await missing_roles(neighbour, actor)
    with pytest.raises(AccessUnavailable):
        await create_role(neighbour, actor, "x", {Permission.EVENT_READ})


@pytest.mark.parametrize("lie", [b"", b"<html>", b"7", b'{"roles": 1}'])
async def test_what_is_no_list_of_roles_is_no_answer(
    access: Access, neighbour: Neighbour, administrator: Actor, lie: bytes
) -> None:
    access.always(say(200, lie))
    with pytest.raises(AccessUnavailable):
        await missing_roles(neighbour, administrator)
