"""What became of deliveries, and facts for who fetches them, over HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest
from attrs import evolve

from events_core import Scope
from events_core.domain.exposure import Visibility
from events_core.ports.outbox import Breaker, Outcome
from events_core.testing.builders import a_community, an_actor, an_event, arrival_of
from events_core.testing.contracts.outbox import result
from tests.unit.adapters.http.world import World, check_refused

URL = "https://calendar.example/hooks"


async def buried(world: World, number: int) -> tuple[str, list[str]]:
    """Return the path of a new subscription, and the ids of her dead letters."""
    made = (await world.ask("POST", "/subscriptions", {"url": URL})).json()
    publish(world, number)
    while await world.outbox.advance():
        pass
    claimed = await world.outbox.claim(
        room=100, each=100, busy={}, keep=timedelta(minutes=1)
    )
    dead = [
        evolve(result(delivery, Outcome.DEAD), status=400, error="HTTP 400")
        for delivery in claimed
    ]
    await world.outbox.settle(dead, Breaker())
    path = f"/subscriptions/{made['id']}"
    return path, [str(delivery.message_id) for delivery in claimed]


def publish(
    world: World,
    number: int,
    *,
    scope: Scope | None = None,
    visibility: Visibility = Visibility.PUBLIC,
) -> None:
    for _ in range(number):
        event = an_event(
            tenant_id=world.organizer.tenant_id, scope=scope, visibility=visibility
        )
        world.outbox.publish(arrival_of(event))


async def ids_of(world: World, path: str) -> list[str]:
    """Return the message ids of a list, walked page by page."""
    found: list[str] = []
    cursor = ""
    while True:
        response = await world.ask("GET", f"{path}?limit=2{cursor}")
        assert response.status_code == 200, response.text
        found += [item["messageId"] for item in response.json()["items"]]
        following = response.json()["meta"].get("nextCursor")
        if following is None:
            return found
        cursor = f"&cursor={following}"


async def test_deliveries_and_dead_letters_are_shown_page_by_page(
    world: World,
) -> None:
    path, letters = await buried(world, 5)
    assert await ids_of(world, f"{path}/deliveries") == letters[::-1]
    assert await ids_of(world, f"{path}/dead-letters") == letters
    [told, *_] = (await world.ask("GET", f"{path}/deliveries")).json()["items"]
    assert (told["state"], told["position"]) == ("dead", 5)
    [attempt] = told["attempts"]
    assert (attempt["outcome"], attempt["status"]) == ("dead", 400)
    none = await world.ask("GET", f"{path}/dead-letters?event_type=event.deleted")
    assert none.json()["items"] == []


async def test_a_dead_letter_is_opened_and_tried_again(world: World) -> None:
    path, [first, *others] = await buried(world, 3)
    letter = (await world.ask("GET", f"{path}/dead-letters/{first}")).json()
    assert letter["fact"]["message_id"] == letter["messageId"] == first
    assert letter["fact"]["position"] == 1
    retried = await world.ask("POST", f"{path}/dead-letters/{first}/retry")
    assert retried.json() == {"retried": 1, "more": False}
    again = await world.ask("POST", f"{path}/dead-letters/{first}/retry")
    check_refused(again, 404, "NOT_FOUND")
    check_refused(
        await world.ask("GET", f"{path}/dead-letters/{first}"), 404, "NOT_FOUND"
    )
    for wrong in (first, str(uuid4())):
        named = {"messageId": wrong}
        none = await world.ask("POST", f"{path}/dead-letters/retry", named)
        check_refused(none, 404, "NOT_FOUND")
    nonsense: tuple[object, ...] = ("x", 1, [], {})
    for wrong_too in nonsense:
        unread = {"messageId": wrong_too}
        none = await world.ask("POST", f"{path}/dead-letters/retry", unread)
        check_refused(none, 422, "VALIDATION_ERROR")
    chosen = {"message_id": others.pop(0), "eventTypes": None}
    retried = await world.ask("POST", f"{path}/dead-letters/retry", chosen)
    assert retried.json() == {"retried": 1, "more": False}
    assert await ids_of(world, f"{path}/dead-letters") == others
    wanted = {"eventTypes": ["event.deleted"]}
    none = await world.ask("POST", f"{path}/dead-letters/retry", wanted)
    assert none.json()["retried"] == 0
    rest = await world.ask("POST", f"{path}/dead-letters/retry")
    assert rest.json() == {"retried": len(others), "more": False}
    assert await ids_of(world, f"{path}/dead-letters") == []


async def test_she_is_told_again_from_a_position_or_a_time(world: World) -> None:
    path, letters = await buried(world, 3)
    for body in ({"fromPosition": 2}, {"since": "2001-01-01T00:00:00Z"}):
        response = await world.ask("POST", f"{path}/replay", body)
        assert response.status_code == 204
        while await world.outbox.advance():
            pass
        pending = (await world.ask("GET", path)).json()["pending"]
        assert pending == (2 if "fromPosition" in body else 3)
    for wrong in ({}, {"fromPosition": 1, "since": "2027-01-01T00:00:00Z"}):
        response = await world.ask("POST", f"{path}/replay", wrong)
        check_refused(response, 422, "VALIDATION_ERROR")
    assert len(letters) == 3


async def test_a_test_is_among_her_deliveries_once_however_often_it_is_repeated(
    world: World,
) -> None:
    path, _ = await buried(world, 1)
    answers = [
        await world.ask("POST", f"{path}/test", request_id="again") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    [message_id] = {answer.json()["messageId"] for answer in answers}
    another = await world.ask("POST", f"{path}/test")
    assert another.json()["messageId"] != message_id
    while await world.outbox.advance():
        pass
    deliveries = (await world.ask("GET", f"{path}/deliveries")).json()["items"]
    tests = [one for one in deliveries if one["eventType"] == "subscription.test"]
    assert [one["messageId"] for one in tests] == [
        another.json()["messageId"],
        message_id,
    ]
    assert {one["state"] for one in tests} == {"pending"}
    facts = (await world.ask("GET", "/facts")).json()["items"]
    assert {fact["event_type"] for fact in facts} == {"event.created"}


async def test_facts_are_fetched_in_order_and_none_is_missed(world: World) -> None:
    publish(world, 3)
    publish(world, 1, visibility=Visibility.PRIVATE)
    community = a_community()
    publish(world, 1, scope=community)
    while await world.outbox.advance():
        pass
    positions: list[int] = []
    after, more = "", True
    while more:
        page = (await world.ask("GET", f"/facts?limit=2{after}")).json()
        positions += [fact["position"] for fact in page["items"]]
        after, more = f"&after={page['meta']['nextCursor']}", page["meta"]["more"]
    assert positions == [1, 2, 3, 5]
    publish(world, 1)
    while await world.outbox.advance():
        pass
    page = (await world.ask("GET", f"/facts?{after[1:]}")).json()
    assert [fact["position"] for fact in page["items"]] == [6]
    query = f"scope_type=COMMUNITY&scope_id={community.id}&event_type=event.created"
    here = (await world.ask("GET", f"/facts?{query}")).json()
    assert [fact["position"] for fact in here["items"]] == [5]


@pytest.mark.parametrize(
    "query",
    ["after=AAAA", "limit=0", "event_type=event.creatd", "scope_type=TEAM", "x=1"],
)
async def test_what_cannot_be_asked_is_refused(world: World, query: str) -> None:
    response = await world.ask("GET", f"/facts?{query}")
    check_refused(response, 422, "VALIDATION_ERROR")


async def test_a_cursor_is_its_own_tenants_and_its_own_lists(world: World) -> None:
    path, _ = await buried(world, 3)
    stranger = an_actor()
    world.access.bind(stranger, Scope.of_tenant(stranger.tenant_id))
    facts = (await world.ask("GET", "/facts")).json()["meta"]["nextCursor"]
    foreign = await world.ask("GET", f"/facts?after={facts}", by=stranger)
    check_refused(foreign, 422, "VALIDATION_ERROR")
    page = (await world.ask("GET", f"{path}/deliveries?limit=1")).json()
    cursor = page["meta"]["nextCursor"]
    other = await world.ask("GET", f"{path}/dead-letters?cursor={cursor}")
    check_refused(other, 422, "VALIDATION_ERROR")


async def test_only_a_manager_of_that_tenant_sees_any_of_it(world: World) -> None:
    path, [letter] = await buried(world, 1)
    stranger = an_actor()
    world.access.bind(stranger, Scope.of_tenant(stranger.tenant_id))
    nowhere = f"/subscriptions/{uuid4()}"
    for method, rest, body in (
        ("GET", "/deliveries", None),
        ("GET", "/dead-letters", None),
        ("GET", f"/dead-letters/{letter}", None),
        ("POST", f"/dead-letters/{letter}/retry", None),
        ("POST", "/dead-letters/retry", {}),
        ("POST", "/replay", {"fromPosition": 1}),
        ("POST", "/test", None),
    ):
        member = await world.ask(method, path + rest, body, by=world.somebody())
        check_refused(member, 403, "FORBIDDEN")
        hidden, missing = [
            await world.ask(method, one + rest, body, by=stranger, request_id="r")
            for one in (path, nowhere)
        ]
        check_refused(hidden, 404, "NOT_FOUND")
        assert hidden.content == missing.content
    facts = await world.ask("GET", "/facts", by=world.somebody())
    check_refused(facts, 403, "FORBIDDEN")
    assert (await world.ask("GET", "/facts", by=stranger)).json()["items"] == []
