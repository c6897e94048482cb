"""The life of an event, as callers see it."""

from datetime import timedelta

import pytest

from tests.unit.adapters.http.world import World, check_refused


async def test_an_event_is_published_put_off_called_off_and_completed(
    world: World,
) -> None:
    event = await world.create(status="draft")
    path = f"/{event['id']}"
    for step, status in (
        ("publish", "published"),
        ("postpone", "postponed"),
        ("cancel", "cancelled"),
        ("publish", "published"),
    ):
        for _ in range(2):  # again changes nothing
            moved = await world.ask("POST", f"{path}/{step}", {"reason": "Rain."})
            assert moved.json()["status"] == status
    early = await world.ask("POST", f"{path}/complete")
    details = check_refused(early, 409, "ILLEGAL_TRANSITION")
    assert details == {
        "from": "published",
        "to": "completed",
        "allowed": ["postponed", "cancelled"],
    }
    world.clock.time += timedelta(days=12)
    done = await world.ask("POST", f"{path}/complete")
    assert (done.json()["status"], done.json()["version"]) == ("completed", 6)


async def test_a_deleted_event_is_there_for_those_alone_who_may_restore_it(
    world: World,
) -> None:
    event, guest = await world.create(), world.somebody()
    path = f"/{event['id']}"
    await world.ask("POST", f"{path}/rsvp", {"status": "going"}, by=guest)
    for _ in range(2):
        gone = await world.ask("DELETE", path)
        assert (gone.status_code, gone.content) == (204, b"")
    check_refused(await world.ask("GET", path, by=guest), 404, "NOT_FOUND")
    refused = await world.ask("POST", f"{path}/restore", by=guest)
    check_refused(refused, 404, "NOT_FOUND")
    assert (await world.ask("GET", path)).json()["deletedAt"] is not None
    assert (await world.ask("GET", "/")).json()["meta"]["total"] == 0

    late = await world.ask("PATCH", path, {"title": "Other"})
    details = check_refused(late, 409, "ILLEGAL_TRANSITION")
    assert details == {"from": "deleted", "to": "changed", "allowed": ["restored"]}
    back = (await world.ask("POST", f"{path}/restore")).json()
    assert (back["status"], back["deletedAt"]) == ("cancelled", None)
    assert (await world.ask("GET", path, by=guest)).status_code == 200


@pytest.mark.parametrize("step", ["cancel", "restore", "DELETE"])
async def test_a_step_can_be_tied_to_a_version_and_to_a_permission(
    world: World, step: str
) -> None:
    event, guest = await world.create(), world.somebody()
    method, path = "POST", f"/{event['id']}/{step}"
    if step == "DELETE":
        method, path = step, f"/{event['id']}"
    check_refused(await world.ask(method, path, by=guest), 403, "FORBIDDEN")
    stale = {"If-Match": '"7-00"'}
    late = await world.ask(method, path, headers=stale)
    details = check_refused(late, 412, "VERSION_MISMATCH")
    assert details == {"currentVersion": 1, "changedFields": []}


@pytest.mark.parametrize(
    "body", [{"reason": "x" * 1001}, {"reason": 7}, {"expectedVersion": 0}]
)
async def test_a_reason_is_text_and_a_version_a_number(
    world: World, body: object
) -> None:
    event = await world.create()
    refused = await world.ask("POST", f"/{event['id']}/cancel", body)
    check_refused(refused, 422, "VALIDATION_ERROR")
    assert (await world.ask("GET", f"/{event['id']}")).json()["version"] == 1
