"""What became of an event, in numbers."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
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


async def two_months_of_events(world: World) -> list[dict[str, Any]]:
    """Create three events with an answer each; two of them are over."""
    made = []
    for title, kind, day in (
        ("=1+1", "game", "2027-04-01"),
        ("Go", "game", "2027-04-30"),
        ("Talk", "meetup", "2027-05-01"),
    ):
        event = await world.create(
            title=title,
            eventType=kind,
            startsAt=f"{day}T23:30:00Z",
            endsAt=f"{day}T23:45:00Z",
            capacity=2,
            waitlist="manual",
            guestsPerAnswer=1,
        )
        for guests in (1, 0):
            answer = {"status": "going", "guests": guests}
            await world.ask("POST", f"/{event['id']}/rsvp", answer, by=world.somebody())
        made.append(event)
    world.clock.time = datetime(2027, 5, 1, tzinfo=UTC)
    for event in made[:2]:
        mark = {"userId": str(uuid4())}
        await world.ask("POST", f"/{event['id']}/attendance", mark)
    return made


NUMBERS = {
    "interested": 0,
    "going": 1,
    "notGoing": 0,
    "registrationCount": 2,
    "waitlistCount": 1,
    "came": 1,
    "noShows": 1,
    "walkIns": 1,
    "saidNoButCame": 0,
}
AHEAD = {**NUMBERS, "came": 0, "noShows": 0, "walkIns": 0}


def times(number: int, numbers: Mapping[str, int]) -> dict[str, int]:
    return {name: number * value for name, value in numbers.items()}


async def test_events_are_summed_up_by_what_they_have_in_common(world: World) -> None:
    made = await two_months_of_events(world)
    both = {name: 2 * NUMBERS[name] + AHEAD[name] for name in NUMBERS}
    by_type = (await world.ask("GET", "/stats")).json()
    assert by_type == {
        "by": "event_type",
        "items": [
            {"eventType": "meetup", "counted": 1, **AHEAD},
            {"eventType": "game", "counted": 2, **times(2, NUMBERS)},
        ],
        "sum": {"counted": 3, **both},
        "meta": {"total": 2, "limit": 100, "offset": 0},
    }
    by_month = (await world.ask("GET", "/stats?by=month")).json()["items"]
    assert by_month == [
        {"period": "2027-04-01", "counted": 2, **times(2, NUMBERS)},
        {"period": "2027-05-01", "counted": 1, **AHEAD},
    ]
    there = await world.ask("GET", "/stats?by=day&time_zone=Europe/Berlin")
    days = [item["period"] for item in there.json()["items"]]
    assert days == ["2027-04-02", "2027-05-01", "2027-05-02"]
    window = "from=2027-04-30&to=2027-04-30"
    one = (await world.ask("GET", f"/stats?by=occurrence&{window}")).json()
    assert one["items"] == [
        {
            "eventId": made[1]["id"],
            "occurrence": None,
            "title": "Go",
            "eventType": "game",
            "startsAt": "2027-04-30T23:30:00Z",
            "capacity": 2,
            **NUMBERS,
        }
    ]
    assert one["sum"] == {"counted": 1, **NUMBERS}


async def test_a_table_of_numbers_has_every_line_and_runs_nothing(
    world: World,
) -> None:
    await two_months_of_events(world)
    answer = await world.ask("GET", "/stats?by=occurrence&format=csv")
    lines = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [line["title"] for line in lines] == ["'=1+1", "Go", "Talk"]
    assert [line["noShows"] for line in lines] == ["1", "1", "0"]
    for by in ("event_type", "day", "week", "month"):
        shown = (await world.ask("GET", f"/stats?by={by}")).json()["items"]
        table = await world.ask("GET", f"/stats?by={by}&format=csv")
        told = csv.DictReader(io.StringIO(table.text, newline=""))
        assert list(told) == [
            {name: str(value) for name, value in line.items()} for line in shown
        ]


async def test_a_question_about_numbers_that_breaks_a_rule_is_refused(
    world: World,
) -> None:
    for query, status, code in (
        ("?by=year", 422, "VALIDATION_ERROR"),
        ("?time_zone=Mars", 422, "VALIDATION_ERROR"),
        ("?from=soon", 400, "INVALID_FROM"),
        (f"?scope_id={uuid4()}", 400, "INVALID_SCOPE_ID"),
    ):
        check_refused(await world.ask("GET", f"/stats{query}"), status, code)
    stranger = world.somebody()
    check_refused(await world.ask("GET", "/stats", by=stranger), 403, "FORBIDDEN")
