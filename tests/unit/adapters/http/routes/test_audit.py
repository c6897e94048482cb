"""The audit trail over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.adapters.http.world import World, check_refused


async def deeds(world: World, query: str = "") -> list[Any]:
    """Return the deeds that a query finds, the latest first."""
    found = await world.ask("GET", f"/audit{query}")
    return [item["deed"] for item in found.json()["items"]]


async def a_history(world: World) -> tuple[str, str]:
    """Have an event changed, shared and called off; return its id and an editor's."""
    event = await world.create(visibility="private")
    path, editor = f"/{event['id']}", world.somebody()
    await world.ask("PATCH", path, {"title": "Go", "changeReason": "A whim"})
    role = {"role": "editor"}
    await world.ask("PUT", f"{path}/roles/{editor.user_id}", role)
    world.clock.time += timedelta(hours=1)
    await world.ask("POST", f"{path}/cancel", by=editor)
    await world.create()
    return event["id"], str(editor.user_id)


async def test_who_did_what_is_told_and_never_what_it_says(world: World) -> None:
    event_id, editor = await a_history(world)
    answer = await world.ask("GET", f"/audit?event={event_id}")
    cancelled, given, changed, _ = answer.json()["items"]
    assert (cancelled["by"], cancelled["at"]) == (editor, "2027-03-21T20:00:00Z")
    assert (given["whom"], given["names"]) == (editor, ["editor"])
    assert given["by"] == str(world.organizer.user_id)
    assert (changed["names"], changed["eventVersion"]) == (["title"], 2)
    assert changed["requestId"] is not None
    assert changed["position"] == 2
    for said in ("Chess night", "Go", "A whim"):
        assert f'"{said}"' not in answer.text


async def test_what_is_asked_for_is_found_and_nothing_else(world: World) -> None:
    event_id, editor = await a_history(world)
    every = [
        "event.created",
        "event.cancelled",
        "role.given",
        "event.updated",
        "event.created",
    ]
    assert await deeds(world) == every
    assert await deeds(world, f"?event={event_id}") == every[1:]
    assert await deeds(world, f"?user={editor}") == every[1:3]
    assert await deeds(world, "?deed=role.given,event.updated") == every[2:4]
    assert await deeds(world, "?since=2027-03-21T19:30:00Z") == every[:2]
    assert await deeds(world, "?until=2027-03-21T19:30:00") == every[2:]
    assert await deeds(world, "?outcome=denied") == []


async def test_pages_lead_through_all_of_it(world: World) -> None:
    await a_history(world)
    walked, query = list[Any](), "?limit=2"
    while True:
        page = (await world.ask("GET", f"/audit{query}")).json()
        walked += [item["position"] for item in page["items"]]
        if "nextCursor" not in page["meta"]:
            break
        query = f"?limit=2&cursor={page['meta']['nextCursor']}"
    assert walked == [5, 4, 3, 2, 1]
    wrong = await world.ask("GET", "/audit?cursor=abc")
    check_refused(wrong, 422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "query", ["deed=flown", "outcome=maybe", "user=1", "event=x", "since=9", "limit=0"]
)
async def test_what_is_asked_wrongly_is_refused(world: World, query: str) -> None:
    refused = await world.ask("GET", f"/audit?{query}")
    assert refused.status_code in {400, 422}


async def test_who_is_refused_is_in_it_once_the_minute_is_over(world: World) -> None:
    stranger = world.somebody()
    for _ in range(3):
        refused = await world.ask("GET", "/audit", by=stranger)
        check_refused(refused, 403, "FORBIDDEN")
    world.clock.time += timedelta(minutes=1)
    [entry] = (await world.ask("GET", "/audit?outcome=denied")).json()["items"]
    assert (entry["by"], entry["times"]) == (str(stranger.user_id), 3)
    assert (entry["deed"], entry["names"]) == ("attempted", ["read_audit"])
