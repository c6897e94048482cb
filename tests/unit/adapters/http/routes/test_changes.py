"""Changing an event: what is named, and at which version."""

from typing import Any

import pytest

from tests.unit.adapters.http.routes.test_events import ALL
from tests.unit.adapters.http.world import World, check_refused

PATCHES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"title": "New"}, {"title": "New"}),
    ({"title": None, "gameId": "go"}, {"gameId": "go"}),
    ({"startsAt": None, "gameId": "go"}, {"gameId": "go"}),
    ({"visibility": None, "gameId": "go"}, {"gameId": "go"}),
    ({"timeZone": None, "gameId": "go"}, {"gameId": "go"}),
    ({"eventType": None, "gameId": "go"}, {"gameId": "go"}),
    ({"allDay": None, "gameId": "go"}, {"gameId": "go"}),
    ({"description": None}, {"description": None}),
    ({"endsAt": None}, {"endsAt": None, "durationMinutes": None}),
    ({"locationText": None}, {"locationText": None}),
    ({"location_text": None}, {"locationText": None}),
    ({"locationUrl": None}, {"locationUrl": None}),
    ({"locationGeo": None}, {"locationGeo": None}),
    ({"gameId": None}, {"gameId": None}),
    ({"metadata": None}, {"metadata": None}),
    ({"capacity": None, "waitlist": None}, {"capacity": None}),
    ({"guestsPerAnswer": None, "gameId": "go"}, {"gameId": "go"}),
    ({"walkIns": None, "gameId": "go"}, {"gameId": "go"}),
    ({"walk_ins": True}, {"walkIns": True}),
    ({"signupOpensAt": None}, {"signupOpensAt": None}),
    ({"signup_deadline": None}, {"signupDeadline": None}),
    ({"scopeType": "TEAM", "scopeId": 7, "gameId": "go"}, {"gameId": "go"}),
    ({"status": "draft", "gameId": "go"}, {"gameId": "go"}),
    (
        {"startsAt": "2027-04-02T19:00:00"},
        {
            "startsAt": "2027-04-02T17:00:00Z",
            "endsAt": "2027-04-02T19:30:00Z",
            "signupDeadline": "2027-04-01T16:00:00Z",
        },
    ),
    (
        {"timeZone": "UTC"},
        {
            "timeZone": "UTC",
            "startsAt": "2027-04-01T19:00:00Z",
            "endsAt": "2027-04-01T21:30:00Z",
            "signupOpensAt": "2027-03-22T13:00:00Z",
            "signupDeadline": "2027-03-31T18:00:00Z",
        },
    ),
    (
        {"startsAt": "2027-04-01T19:00:00", "timeZone": "UTC"},
        {
            "timeZone": "UTC",
            "startsAt": "2027-04-01T19:00:00Z",
            "endsAt": "2027-04-01T21:30:00Z",
            "signupOpensAt": "2027-03-22T13:00:00Z",
            "signupDeadline": "2027-03-31T18:00:00Z",
        },
    ),
]


@pytest.mark.parametrize(("patch", "changed"), PATCHES)
async def test_a_change_changes_what_it_names(
    world: World, patch: dict[str, Any], changed: dict[str, Any]
) -> None:
    event = await world.create(**ALL)

    response = await world.ask("PATCH", f"/{event['id']}", patch)

    assert response.json() == {**event, **changed, "version": 2}


@pytest.mark.parametrize(
    "patch",
    [
        {},
        {"title": None},
        {"scopeType": "TEAM"},
        {"status": "draft"},
        {"expectedVersion": 1},
        dict.fromkeys(
            ["title", "startsAt", "visibility", "timeZone", "eventType", "allDay"]
        ),
    ],
)
async def test_nothing_left_to_change_is_refused(
    world: World, patch: dict[str, Any]
) -> None:
    event = await world.create()

    check_refused(await world.ask("PATCH", f"/{event['id']}", patch), 400, "NO_UPDATES")


@pytest.mark.parametrize(
    ("if_match", "in_body", "status"),
    [
        (None, None, 200),
        ("*", None, 200),
        ('"2-0000000000000000"', None, 200),
        ('"1-0000000000000000"', None, 412),
        ('"1-00", "2-00"', None, 200),
        ('"1-00", "3-00"', None, 412),
        ('"1-00","2-00"', 2, 200),
        ('"2-00"', 1, 412),
        ('W/"2-0000000000000000"', None, 412),
        ('"something else"', None, 400),
        ('"something-else"', None, 412),
        (None, 2, 200),
        (None, 2.0, 200),
        (None, 1, 412),
        (None, 0, 422),
        (None, "2", 422),
        ("", None, 400),
        ("2", None, 400),
        ('"2-00', None, 400),
        ('"2-00" "3-00"', None, 400),
        ('"' + "9" * 30 + '-00"', None, 412),
    ],
)
async def test_a_precondition_compares_the_version(
    world: World, if_match: str | None, in_body: object, status: int
) -> None:
    event = await world.create()
    await world.ask("PATCH", f"/{event['id']}", {"title": "Second version"})
    patch = {"title": "Third version"}
    if in_body is not None:
        patch["expectedVersion"] = in_body  # type: ignore[assignment]
    headers = {} if if_match is None else {"If-Match": if_match}

    response = await world.ask("PATCH", f"/{event['id']}", patch, headers=headers)

    assert response.status_code == status, response.text
    if status == 412:
        details = check_refused(response, 412, "VERSION_MISMATCH")
        assert details["currentVersion"] == 2
    if status == 400:
        check_refused(response, 400, "INVALID_IF_MATCH")


async def test_the_tag_of_an_answer_can_be_used_to_change_it(world: World) -> None:
    created = await world.ask(
        "POST", "/", {"title": "x", "startsAt": "2027-04-01T19:00:00Z"}
    )
    path = f"/{created.json()['id']}"
    tag = {"If-Match": created.headers["ETag"]}

    first = await world.ask("PATCH", path, {"title": "y"}, headers=tag)
    assert first.status_code == 200
    second = await world.ask("PATCH", path, {"title": "z"}, headers=tag)
    check_refused(second, 412, "VERSION_MISMATCH")
    third = await world.ask(
        "PATCH", path, {"title": "z"}, headers={"If-Match": first.headers["ETag"]}
    )
    assert third.json()["title"] == "z"


async def test_whoever_sees_it_and_may_not_change_it_is_told_so(world: World) -> None:
    event = await world.create()

    answer = await world.ask(
        "PATCH", f"/{event['id']}", {"title": "Mine"}, by=world.somebody()
    )
    check_refused(answer, 403, "FORBIDDEN")
