"""Why, and why not, over HTTP."""

from tests.unit.adapters.http.world import World, check_refused


async def test_the_rules_that_decided_are_told_to_programs_and_to_people(
    world: World,
) -> None:
    event = await world.create()
    path = f"/{event['id']}/explain"
    told = (await world.ask("GET", f"{path}?action=rsvp")).json()
    assert told["allowed"] is True
    rules = [rule["rule"] for rule in told["rules"]]
    assert rules == [
        "visibility",
        "permission",
        "lifecycle",
        "opening",
        "deadline",
        "seats",
    ]
    assert told["rules"][-2]["details"] == {"closesAt": "2027-04-01T19:00:00Z"}
    other = world.somebody()
    told = (await world.ask("GET", f"{path}?action=update", by=other)).json()
    assert told["allowed"] is False
    assert told["rules"][-1]["because"] == "missing"
    assert told["rules"][-1]["text"] in told["text"]
    about = f"{path}?action=update&user={other.user_id}"
    told = (await world.ask("GET", about)).json()
    assert told["allowed"] is None
    about = f"{path}?user={world.organizer.user_id}"
    check_refused(await world.ask("GET", about, by=other), 403, "FORBIDDEN")
    refused = await world.ask("GET", f"{path}?action=fly")
    check_refused(refused, 422, "VALIDATION_ERROR")


async def test_whoever_would_wait_is_told_so_and_behind_how_many(world: World) -> None:
    event = await world.create(capacity=1, waitlist="automatic")
    people = [world.somebody() for _ in range(3)]
    for one in people[:2]:
        path = f"/{event['id']}/rsvp"
        await world.ask("POST", path, {"status": "going"}, by=one)
    told = []
    for one in people:
        path = f"/{event['id']}/explain?action=rsvp"
        answer = (await world.ask("GET", path, by=one)).json()
        assert answer["allowed"] is True
        told.append([(r["because"], r["details"]) for r in answer["rules"][5:]])
    seats = {"capacity": 1, "taken": 1}
    assert told == [
        [("held", seats)],
        [("waitlist", seats), ("waits", {"waiting": 1, "position": 1})],
        [("waitlist", seats), ("last", {"waiting": 1, "position": None})],
    ]


async def test_of_what_one_may_not_see_nothing_is_explained(world: World) -> None:
    hidden = await world.create(visibility="private")
    other = world.somebody()
    for query in ("", f"?user={world.organizer.user_id}", "?action=rsvp"):
        refused = await world.ask("GET", f"/{hidden['id']}/explain{query}", by=other)
        check_refused(refused, 404, "NOT_FOUND")
