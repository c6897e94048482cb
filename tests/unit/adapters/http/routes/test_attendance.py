"""Who came, as callers write it down, take it back and read it."""

from datetime import timedelta
from uuid import uuid4

from tests.unit.adapters.http.world import World, check_refused


async def test_a_mark_is_made_listed_taken_back_and_not_made_again_by_its_copy(
    world: World,
) -> None:
    event, guest = await world.create(), str(uuid4())
    path = f"/{event['id']}/attendance"
    body = {"userId": guest, "nonce": "gate-1"}
    early = await world.ask("POST", path, body)
    details = check_refused(early, 409, "ATTENDANCE_CLOSED")
    assert details == {"opensAt": "2027-04-01T17:00:00Z"}
    world.clock.time += timedelta(days=11)
    made = (await world.ask("POST", path, body)).json()
    listed = (await world.ask("GET", path)).json()
    assert listed["meta"] == {"total": 1, "limit": 100, "offset": 0}
    assert listed["items"] == [
        {name: made[name] for name in ("userId", "markedBy", "markedAt")}
    ]
    table = await world.ask("GET", f"{path}?format=csv")
    assert table.text.splitlines() == [
        "userId,markedBy,markedAt",
        f"{guest},{made['markedBy']},{made['markedAt']}",
    ]
    for _ in range(2):
        world.clock.time += timedelta(minutes=1)
        undone = await world.ask("DELETE", f"{path}/{guest}")
        assert undone.status_code == 204
    assert (await world.ask("GET", path)).json()["items"] == []
    copy = (await world.ask("POST", path, body)).json()
    assert copy == {**made, "created": False}
    assert (await world.ask("GET", path)).json()["items"] == []


async def test_marks_of_a_device_come_late_and_tell_of_conflicts(world: World) -> None:
    event = await world.create()
    path = f"/{event['id']}/attendance"
    world.clock.time += timedelta(days=11)
    guest, gone = str(uuid4()), str(uuid4())
    for person in (guest, gone):
        await world.ask("POST", path, {"userId": person})
    world.clock.time += timedelta(minutes=2)
    await world.ask("DELETE", f"{path}/{gone}")
    world.clock.time += timedelta(minutes=2)
    marks = [
        {"userId": guest, "nonce": "1", "markedAt": "2027-04-01T18:30:00Z"},
        {"user_id": guest, "nonce": "2", "marked_at": "2027-04-01T18:40:00Z"},
        {"userId": gone, "nonce": "3", "markedAt": "2027-04-01T18:50:00Z"},
        {"userId": guest, "nonce": "4", "markedAt": "2027-03-01T18:50:00Z"},
        {"userId": guest, "nonce": "5", "markedAt": "2028-03-01T18:50:00Z"},
    ]
    sent = await world.ask("POST", f"{path}/batch", {"marks": marks})
    results = sent.json()["results"]
    assert [one["conflict"] for one in results] == [
        None,
        "already_marked",
        "undone",
        None,
        None,
    ]
    codes = [one["error"] and one["error"]["code"] for one in results]
    assert codes == [None, None, None, "ATTENDANCE_CLOSED", "VALIDATION_ERROR"]
    [item] = (await world.ask("GET", path)).json()["items"]
    assert (item["userId"], item["markedAt"]) == (guest, "2027-04-01T18:30:00Z")


async def test_marks_need_the_permission_and_are_not_too_many(world: World) -> None:
    event, guest = await world.create(), world.somebody()
    path = f"/{event['id']}/attendance"
    mark = {"userId": str(uuid4())}
    for method, rest, body in (
        ("GET", "", None),
        ("POST", "/batch", {"marks": [mark]}),
        ("DELETE", f"/{mark['userId']}", None),
    ):
        refused = await world.ask(method, f"{path}{rest}", body, by=guest)
        check_refused(refused, 403, "FORBIDDEN")
    many = await world.ask("POST", f"{path}/batch", {"marks": [mark] * 251})
    check_refused(many, 422, "VALIDATION_ERROR")
