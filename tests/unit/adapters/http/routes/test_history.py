"""The history of an event over HTTP: read, compared, brought back."""

from events_core.testing.builders import an_actor
from tests.unit.adapters.http.world import World, check_refused


async def changed(world: World, *bodies: dict[str, object]) -> str:
    """Return the path of an event that was created and then changed so."""
    path = f"/{(await world.create(metadata={'starts_at': 1}))['id']}"
    for body in bodies:
        assert (await world.ask("PATCH", path, body)).status_code == 200
    return path


async def test_a_history_tells_who_changed_what_and_why(world: World) -> None:
    path = await changed(
        world,
        {"title": "Go", "changeReason": "no boards"},
        {"startsAt": "2027-04-02T19:00:00Z", "metadata": {"starts_at": 2}},
    )
    page = (await world.ask("GET", f"{path}/history?limit=2")).json()
    assert page["meta"] == {"total": 3, "limit": 2, "offset": 0}
    later, renamed = page["items"]
    assert renamed == {
        "version": 2,
        "at": "2027-03-21T19:00:00Z",
        "by": str(world.organizer.user_id),
        "via": "http",
        "reason": "no boards",
        "changes": {"title": ["Chess night", "Go"]},
    }
    assert later["changes"] == {
        "startsAt": ["2027-04-01T19:00:00Z", "2027-04-02T19:00:00Z"],
        "metadata": [{"starts_at": 1}, {"starts_at": 2}],
    }
    rest = await world.ask("GET", f"{path}/history?limit=2&offset=2")
    assert [item["version"] for item in rest.json()["items"]] == [1]


async def test_a_version_is_shown_whole(world: World) -> None:
    path = await changed(world, {"title": "Go"})
    version = (await world.ask("GET", f"{path}/history/1")).json()
    assert version["snapshot"]["title"] == "Chess night"
    assert version["snapshot"]["startsAt"] == "2027-04-01T19:00:00Z"
    assert version["changes"] == {}
    check_refused(await world.ask("GET", f"{path}/history/3"), 404, "VERSION_NOT_FOUND")
    check_refused(await world.ask("GET", f"{path}/history/x"), 400, "INVALID_VERSION")


async def test_two_versions_are_compared_word_by_word(world: World) -> None:
    path = await changed(world, {"title": "Chess day"})
    compared = (await world.ask("GET", f"{path}/diff?from=1&to=2")).json()
    assert compared == {
        "from": 1,
        "to": 2,
        "changes": {"title": ["Chess night", "Chess day"]},
        "texts": {
            "title": [
                {"edit": "kept", "text": "Chess "},
                {"edit": "removed", "text": "night"},
                {"edit": "added", "text": "day"},
            ]
        },
    }
    for query, code in (("to=2", "FROM"), ("from=1", "TO"), ("from=0&to=1", "FROM")):
        refused = await world.ask("GET", f"{path}/diff?{query}")
        check_refused(refused, 400, f"INVALID_{code}")


async def test_a_rollback_brings_back_what_is_named_in_either_spelling(
    world: World,
) -> None:
    path = await changed(world, {"title": "Go", "gameId": "go", "allDay": True})
    body = {"version": 1, "fields": ["gameId", "all_day", "startsAt", "endsAt"]}
    event = (await world.ask("POST", f"{path}/rollback", body)).json()
    assert (event["title"], event["gameId"], event["allDay"]) == ("Go", None, False)
    assert (event["startsAt"], event["version"]) == ("2027-04-01T19:00:00Z", 3)
    event = (await world.ask("POST", f"{path}/rollback", {"version": 1})).json()
    assert (event["title"], event["version"]) == ("Chess night", 4)
    history = (await world.ask("GET", f"{path}/history")).json()
    assert [item["via"] for item in history["items"]] == ["rollback"] * 2 + ["http"] * 2
    wrong = {"version": 1, "fields": ["status"]}
    details = check_refused(
        await world.ask("POST", f"{path}/rollback", wrong), 422, "VALIDATION_ERROR"
    )
    assert details == {"fields": {"fields": ["status cannot be brought back"]}}


async def test_a_rollback_that_arrives_again_is_one(world: World) -> None:
    path = await changed(world, {"title": "Go"})
    for _ in range(2):
        again = await world.ask(
            "POST", f"{path}/rollback", {"version": 1}, request_id="the-same"
        )
        assert again.json()["version"] == 3


async def test_a_stale_change_is_told_what_has_changed(world: World) -> None:
    path = await changed(world, {"title": "Go", "gameId": "go"})
    stale = {"title": "Poker", "expectedVersion": 1}
    details = check_refused(
        await world.ask("PATCH", path, stale), 412, "VERSION_MISMATCH"
    )
    assert details == {"currentVersion": 2, "changedFields": ["gameId", "title"]}
    details = check_refused(
        await world.ask("PATCH", path, {**stale, "merge": True}), 409, "MERGE_CONFLICT"
    )
    assert details == {
        "currentVersion": 2,
        "fields": {"title": {"current": "Go", "yours": "Poker"}},
    }
    merging = {"locationText": "Here", "expectedVersion": 1, "merge": True}
    event = (await world.ask("PATCH", path, merging)).json()
    assert (event["title"], event["locationText"]) == ("Go", "Here")
    check_refused(
        await world.ask("PATCH", path, {"title": "x", "merge": True}),
        422,
        "VALIDATION_ERROR",
    )


async def test_a_stale_rollback_is_told_so_too(world: World) -> None:
    path = await changed(world, {"title": "Go"})
    back = {"version": 1}
    for body, headers in (
        ({**back, "expectedVersion": 1}, None),
        (back, {"If-Match": '"1-0123456789abcdef"'}),
    ):
        refused = await world.ask("POST", f"{path}/rollback", body, headers=headers)
        details = check_refused(refused, 412, "VERSION_MISMATCH")
        assert details == {"currentVersion": 2, "changedFields": ["title"]}
    fresh = await world.ask("POST", f"{path}/rollback", {**back, "expectedVersion": 2})
    assert fresh.json()["version"] == 3


async def test_a_step_takes_its_reason_by_either_name(world: World) -> None:
    path = await changed(world, {"title": "Go"})
    for step, reason in (
        ("postpone", {"reason": "Rain"}),
        ("publish", {"changeReason": "Sun"}),
        ("cancel", {"change_reason": "Hail"}),
    ):
        assert (await world.ask("POST", f"{path}/{step}", reason)).status_code == 200
    history = (await world.ask("GET", f"{path}/history?limit=3")).json()
    assert [item["reason"] for item in history["items"]] == ["Hail", "Sun", "Rain"]
    both = {"reason": "Rain", "changeReason": "Sun"}
    refused = await world.ask("POST", f"{path}/publish", both)
    check_refused(refused, 422, "DUPLICATE_FIELD")


async def test_the_history_of_what_one_may_not_see_is_like_none(world: World) -> None:
    hidden = (await world.create(visibility="private"))["id"]
    other = an_actor(world.organizer.tenant_id)
    for tail in ("/history", "/history/1", "/diff?from=1&to=1"):
        check_refused(
            await world.ask("GET", f"/{hidden}{tail}", by=other), 404, "NOT_FOUND"
        )
    body = {"version": 1}
    refused = await world.ask("POST", f"/{hidden}/rollback", body, by=other)
    check_refused(refused, 404, "NOT_FOUND")
    seen = (await world.create())["id"]
    check_refused(
        await world.ask("GET", f"/{seen}/history", by=other), 403, "FORBIDDEN"
    )
