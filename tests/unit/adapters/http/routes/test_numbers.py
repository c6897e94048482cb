"""What became of an event, in numbers."""

from datetime import timedelta
from uuid import uuid4

from tests.unit.adapters.http.world import World, check_refused


async def test_who_answered_and_who_came_are_counted(world: World) -> None:
    event = await world.create(endsAt="2027-04-01T20:30:00Z")
    path = f"/{event['id']}"
    guests = [world.somebody() for _ in range(4)]
    for guest, status in zip(
        guests, ("going", "going", "not_going", "interested"), strict=True
    ):
        await world.ask("POST", f"{path}/rsvp", {"status": status}, by=guest)
    world.clock.time += timedelta(days=11)
    for person in (guests[0].user_id, guests[2].user_id, uuid4()):
        await world.ask("POST", f"{path}/attendance", {"userId": str(person)})
    early = (await world.ask("GET", f"{path}/stats")).json()
    assert (early["came"], early["noShows"]) == (3, 0)  # it is not over
    world.clock.time += timedelta(hours=3)
    numbers = await world.ask("GET", f"{path}/stats")
    assert numbers.json() == {
        "interested": 1,
        "going": 2,
        "notGoing": 1,
        "registrationCount": 2,
        "waitlistCount": 0,
        "came": 3,
        "noShows": 1,
        "walkIns": 1,
        "saidNoButCame": 1,
    }
    sheet = await world.ask("GET", f"{path}/stats?format=csv")
    head, line = sheet.text.splitlines()
    assert dict(zip(head.split(","), map(int, line.split(",")), strict=True)) == (
        numbers.json()
    )
    refused = await world.ask("GET", f"{path}/stats", by=guests[0])
    check_refused(refused, 403, "FORBIDDEN")
