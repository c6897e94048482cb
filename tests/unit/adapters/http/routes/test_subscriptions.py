"""Who is told of a tenant's facts, managed over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from events_core import Scope
from events_core.domain.exposure import Visibility
from events_core.domain.publication import Audience
from events_core.testing.builders import a_community, an_actor
from events_core.testing.contracts.outbox import a_subscriber
from tests.unit.adapters.http.world import World, check_refused

URL = "https://calendar.example/hooks"


async def subscribe(world: World, **fields: object) -> dict[str, Any]:
    response = await world.ask("POST", "/subscriptions", {"url": URL, **fields})
    assert response.status_code == 201, response.text
    return dict(response.json())


async def test_a_new_subscription_is_shown_with_her_secret_this_once(
    world: World,
) -> None:
    community = str(a_community().id)
    types = ["event.deleted", "event.created"]
    asked: dict[str, object] = {
        "eventTypes": types,
        "scopeType": "COMMUNITY",
        "scopeId": community,
        "signing": "internal",
        "description": "The wall",
    }
    response = await world.ask("POST", "/subscriptions", {"url": URL, **asked})
    made = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/v1/subscriptions/{made['id']}"
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    asked |= {"url": URL, "state": "active", "eventTypes": sorted(types)}
    assert {name: made[name] for name in asked} == asked
    looked = await world.ask("GET", f"/subscriptions/{made['id']}")
    listed = await world.ask("GET", "/subscriptions")
    assert looked.json() == made
    assert listed.json() == {
        "items": [made],
        "meta": {"total": 1, "limit": 100, "offset": 0},
    }
    assert secret not in looked.text + listed.text


async def test_the_same_request_again_makes_no_second_one_and_keeps_no_secret(
    world: World,
) -> None:
    first, second = [
        await world.ask("POST", "/subscriptions", {"url": URL}, request_id="again")
        for _ in range(2)
    ]
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["secret"] != second.json()["secret"]
    assert (await world.ask("GET", "/subscriptions")).json()["meta"]["total"] == 1
    assert first.json()["secret"] not in repr(world.repeats)


async def test_what_is_named_is_changed_and_null_clears(world: World) -> None:
    made = await subscribe(world, eventTypes=["event.created"], description="Old")
    path = f"/subscriptions/{made['id']}"
    del made["secret"]
    for body, changes in (
        ({"url": f"{URL}/2", "state": None}, {"url": f"{URL}/2"}),
        ({"description": "New"}, {"description": "New"}),
        ({"event_types": None, "description": None, "url": None}, {}),
        ({"scope_type": "TENANT"}, None),
        ({"state": "paused"}, {"state": "paused"}),
    ):
        response = await world.ask("PATCH", path, body)
        if changes is None:
            check_refused(response, 422, "VALIDATION_ERROR")
            continue
        made |= changes or dict.fromkeys(("eventTypes", "description"))
        assert response.status_code == 200, response.text
        assert response.json() == made
    check_refused(await world.ask("PATCH", path, {}), 400, "NO_UPDATES")


async def test_a_secret_is_changed_without_a_gap(world: World) -> None:
    made = await subscribe(world)
    rotated = await world.ask("POST", f"/subscriptions/{made['id']}/secret")
    assert rotated.status_code == 200
    assert rotated.json()["id"] == made["id"]
    assert rotated.json()["secret"] != made["secret"]


async def test_what_is_deleted_is_gone(world: World) -> None:
    made = await subscribe(world)
    path = f"/subscriptions/{made['id']}"
    assert (await world.ask("DELETE", path)).status_code == 204
    for method, body in (("GET", None), ("PATCH", {"url": URL}), ("DELETE", None)):
        check_refused(await world.ask(method, path, body), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "http://calendar.example/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://calendar.example/" + "x" * 2000}, "url"),
        ({"url": None}, "url"),
        ({"signing": "activity"}, "signing"),
        ({"eventTypes": []}, "eventTypes"),
        ({"eventTypes": ["event.creatd"]}, "eventTypes"),
        ({"eventTypes": ["event.created"] * 51}, "eventTypes"),
        ({"scopeType": "TEAM"}, "scopeId"),
        ({"scopeId": str(uuid4())}, "scopeId"),
        ({"scopeType": "TENANT", "scopeId": str(uuid4())}, "scopeId"),
        ({"description": "x" * 256}, "description"),
        ({"description": "two\nlines"}, "description"),
    ],
)
async def test_what_breaks_a_rule_is_named_and_changes_nothing(
    world: World, fields: dict[str, object], field: str
) -> None:
    response = await world.ask("POST", "/subscriptions", {"url": URL, **fields})
    details = check_refused(response, 422, "VALIDATION_ERROR")
    assert details["fields"].keys() == {field}
    assert (await world.ask("GET", "/subscriptions")).json()["items"] == []


async def test_there_are_fifty_and_no_more(world: World) -> None:
    for _ in range(50):
        await subscribe(world)
    response = await world.ask("POST", "/subscriptions", {"url": URL})
    check_refused(response, 409, "TOO_MANY_SUBSCRIPTIONS")


def every_way(one: object) -> list[tuple[str, str, object]]:
    return [
        ("GET", "/subscriptions", None),
        ("POST", "/subscriptions", {"url": URL}),
        ("GET", f"/subscriptions/{one}", None),
        ("PATCH", f"/subscriptions/{one}", {"state": "paused"}),
        ("POST", f"/subscriptions/{one}/secret", None),
        ("DELETE", f"/subscriptions/{one}", None),
    ]


async def test_only_who_manages_events_in_all_the_tenant_may(world: World) -> None:
    made = await subscribe(world)
    member, community = world.somebody(), a_community()
    world.access.bind(member, community)
    for method, path, body in every_way(made["id"]):
        response = await world.ask(method, path, body, by=member)
        check_refused(response, 403, "FORBIDDEN")
        barred = await world.ask(method, path, body, flags='{"banned":true}')
        check_refused(barred, 403, "FORBIDDEN")


async def test_another_tenants_and_the_operators_are_missing_to_the_byte(
    world: World,
) -> None:
    made = await subscribe(world)
    stranger = an_actor()
    world.access.bind(stranger, Scope.of_tenant(stranger.tenant_id))
    wide = Audience(
        tenant_id=stranger.tenant_id, visibilities=frozenset(Visibility), persons=True
    )
    operators = a_subscriber(stranger.tenant_id, audience=wide)
    world.outbox.subscribe(operators)
    for hidden in (made["id"], operators.id):
        ways = zip(every_way(hidden)[2:], every_way(uuid4())[2:], strict=True)
        for (method, path, body), (_, nowhere, _) in ways:
            there, missing = [
                await world.ask(method, one, body, by=stranger, request_id="r")
                for one in (path, nowhere)
            ]
            check_refused(there, 404, "NOT_FOUND")
            assert there.content == missing.content
    listed = await world.ask("GET", "/subscriptions", by=stranger)
    assert (listed.json()["items"], listed.json()["meta"]["total"]) == ([], 0)
