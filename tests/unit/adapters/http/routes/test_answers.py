"""Who answered what: pages, tables, and what is not for the door."""

import csv
import io
from typing import Any

import pytest

from events_core import Actor, Role
from tests.unit.adapters.http.world import World, check_refused

FORMULA = '=HYPERLINK("https://evil.example")'


async def a_full_event(world: World) -> tuple[str, list[Actor]]:
    """Return the path of an event with a place for one, and who answered it."""
    event = await world.create(capacity=2, waitlist="automatic", guestsPerAnswer=1)
    people = [world.somebody() for _ in range(4)]
    said: list[dict[str, Any]] = [
        {"status": "going", "guests": 1, "comment": FORMULA},
        {"status": "going", "comment": "If there is a place"},
        {"status": "interested", "comment": "Perhaps"},
        {"status": "not_going", "comment": "Ill"},
    ]
    for person, answer in zip(people, said, strict=True):
        response = await world.ask("POST", f"/{event['id']}/rsvp", answer, by=person)
        assert response.status_code == 200
    return f"/{event['id']}/rsvps", people


async def test_answers_come_with_all_that_was_said(world: World) -> None:
    path, people = await a_full_event(world)
    page = (await world.ask("GET", path)).json()
    assert page["meta"] == {"total": 4, "limit": 100, "offset": 0}
    assert [item["userId"] for item in page["items"]] == [
        str(person.user_id) for person in people
    ]
    told = [
        (item["status"], item["admission"], item["guests"], item["comment"])
        for item in page["items"]
    ]
    assert told == [
        ("going", "confirmed", 1, FORMULA),
        ("going", "waitlisted", 0, "If there is a place"),
        ("interested", None, 0, "Perhaps"),
        ("not_going", None, 0, "Ill"),
    ]
    assert page["items"][0]["updatedAt"].endswith("Z")


@pytest.mark.parametrize(
    ("query", "which", "total"),
    [
        ("?limit=1&offset=1", [1], 4),
        ("?status=going", [0, 1], 2),
        ("?status=interested,not_going", [2, 3], 2),
        ("?admission=waitlisted", [1], 1),
        ("?admission=confirmed,waitlisted&status=going", [0, 1], 2),
        ("?status=interested&admission=confirmed", [], 0),
    ],
)
async def test_some_answers_are_listed_and_counted_alike(
    world: World, query: str, which: list[int], total: int
) -> None:
    path, people = await a_full_event(world)
    page = (await world.ask("GET", path + query)).json()
    listed = [item["userId"] for item in page["items"]]
    assert listed == [str(people[number].user_id) for number in which]
    assert page["meta"]["total"] == total


async def test_who_checks_in_hears_who_is_expected_and_no_comment(
    world: World,
) -> None:
    path, people = await a_full_event(world)
    door = world.somebody()
    event_path = path.removesuffix("/rsvps")
    role = {"role": Role.CHECKIN.value}
    await world.ask("PUT", f"{event_path}/roles/{door.user_id}", role)
    for query in ("", "?status=going,interested,not_going"):
        page = (await world.ask("GET", path + query, by=door)).json()
        assert page["meta"]["total"] == 2
        assert [item["userId"] for item in page["items"]] == [
            str(person.user_id) for person in people[:2]
        ]
        assert {item["comment"] for item in page["items"]} == {None}
        admissions = [item["admission"] for item in page["items"]]
        assert admissions == ["confirmed", "waitlisted"]
    nobody = (await world.ask("GET", f"{path}?status=not_going", by=door)).json()
    assert (nobody["items"], nobody["meta"]["total"]) == ([], 0)
    table = await world.ask("GET", f"{path}?format=csv", by=door)
    assert "place" not in table.text
    assert len(table.text.splitlines()) == 3


async def test_a_participant_does_not_hear_of_the_others(world: World) -> None:
    path, people = await a_full_event(world)
    check_refused(await world.ask("GET", path, by=people[0]), 403, "FORBIDDEN")


async def test_a_table_has_everybody_and_runs_nothing(world: World) -> None:
    path, people = await a_full_event(world)
    by_query = await world.ask("GET", f"{path}?format=csv")
    by_header = await world.ask("GET", path, headers={"Accept": "text/csv"})
    assert by_header.content == by_query.content
    assert by_query.headers["Content-Type"] == "text/csv; charset=utf-8"
    head, *lines = csv.reader(io.StringIO(by_query.text, newline=""))
    assert head == [
        "userId",
        "status",
        "admission",
        "guests",
        "comment",
        "updatedAt",
    ]
    assert [line[0] for line in lines] == [str(person.user_id) for person in people]
    assert lines[0][1:5] == ["going", "confirmed", "1", f"'{FORMULA}"]
    both = {"Accept": "application/json, text/csv"}
    shown = await world.ask("GET", path, headers=both)
    assert shown.json()["meta"]["total"] == 4


async def test_the_occurrence_is_the_one_there_is(world: World) -> None:
    path, _ = await a_full_event(world)
    refused = await world.ask("GET", f"{path}?occurrence=2020-01-01T00:00")
    check_refused(refused, 422, "VALIDATION_ERROR")
    assert (await world.ask("GET", f"{path}?occurrence=2027-04-01T19:00")).is_success
