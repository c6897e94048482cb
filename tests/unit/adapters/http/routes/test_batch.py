"""Several events at once: all of them, or none."""

from uuid import UUID

from events_core import Scope, ScopeKind
from tests.unit.adapters.http.world import World, check_refused

GOOD = {"title": "Chess", "starts_at": "2027-04-01T19:00:00Z"}


async def total(world: World) -> int:
    listed = await world.ask("GET", "/?from=2027-01-01")
    return int(listed.json()["meta"]["total"])


async def test_all_are_created_in_their_order_and_once(world: World) -> None:
    events = [{**GOOD, "title": f"Round {number}"} for number in range(3)]
    for _ in range(2):
        made = await world.ask("POST", "/batch", {"events": events}, request_id="same")
        assert made.status_code == 201
        titles = [item["title"] for item in made.json()["items"]]
        assert titles == ["Round 0", "Round 1", "Round 2"]
    assert await total(world) == 3


async def test_one_that_is_wrong_stops_all_and_is_named(world: World) -> None:
    events = [
        GOOD,
        {**GOOD, "title": "x" * 256},
        {**GOOD, "endsAt": "2027-03-01T19:00:00Z"},
        {**GOOD, "visibility": "team"},
        {**GOOD, "scopeType": "TEAM"},
    ]
    refused = await world.ask("POST", "/batch", {"events": events})
    details = check_refused(refused, 422, "VALIDATION_ERROR")
    assert list(details["fields"]) == [
        "events.1.title",
        "events.2.endsAt",
        "events.3.visibility",
        "events.4.scopeId",
    ]
    wrong = [GOOD, {"title": 7}, {**GOOD, "locationGeo": {"lat": 1}}, 3]
    refused = await world.ask("POST", "/batch", {"events": wrong})
    details = check_refused(refused, 422, "VALIDATION_ERROR")
    place = "an object with lat (a number from -90 to 90), lng (a number from -180"
    assert details["fields"] == {
        "events.1.title": ["must be a text that is not empty"],
        "events.1.startsAt": ["is required"],
        "events.2.locationGeo": [
            f"must be {place} to 180) or null",
        ],
        "events.3": ["must be a list of objects"],
    }
    assert await total(world) == 0


async def test_it_needs_the_permission_for_each_and_has_an_end(world: World) -> None:
    for events in ([], [GOOD] * 251):
        refused = await world.ask("POST", "/batch", {"events": events})
        check_refused(refused, 422, "VALIDATION_ERROR")
    helper = world.somebody()
    community = "018f2f6e-7a30-7c51-9c0e-5d1e6f0a1b2c"
    elsewhere = {**GOOD, "scopeType": "COMMUNITY", "scopeId": community}
    world.access.bind(helper, Scope(ScopeKind.COMMUNITY, UUID(community)))
    body = {"events": [GOOD, elsewhere]}
    check_refused(await world.ask("POST", "/batch", body, by=helper), 403, "FORBIDDEN")
    assert await total(world) == 0
