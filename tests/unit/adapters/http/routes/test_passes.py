"""Passes: taken by participants, shown at the door."""

from datetime import timedelta
from typing import Any

from events_core import Actor
from tests.unit.adapters.http.world import World, check_refused


async def guest_with_pass(world: World, path: str) -> tuple[Actor, str]:
    guest = world.somebody()
    await world.ask("POST", f"{path}/rsvp", {"status": "going"}, by=guest)
    answer = await world.ask("GET", f"{path}/pass", by=guest)
    return guest, str(answer.json()["pass"])


async def show(world: World, path: str, text: str, **more: object) -> dict[str, Any]:
    body = {"pass": text, **more}
    return dict((await world.ask("POST", f"{path}/checkin", body)).json())


async def test_whoever_is_going_is_let_in_once_on_her_pass(world: World) -> None:
    event = await world.create()
    path = f"/{event['id']}"
    guest, text = await guest_with_pass(world, path)
    early = await world.ask("POST", f"{path}/checkin", {"pass": text})
    check_refused(early, 409, "ATTENDANCE_CLOSED")
    world.clock.time += timedelta(days=11)
    first = await show(world, path, text, nonce="1")
    assert (first["in"], first["reason"]) == (True, None)
    assert (first["userId"], first["admission"]) == (str(guest.user_id), "confirmed")
    copy = await show(world, path, text, nonce="1")
    assert copy == {**first, "mark": {**first["mark"], "created": False}}
    for nonce in ({}, {"nonce": "2"}, {"nonce": "2"}):  # shown again, at any gate
        again = await show(world, path, text, **nonce)
        assert (again["in"], again["reason"]) == (True, "already_in")
    copy = await show(world, path, text, nonce="1")
    assert copy["reason"] is None


async def test_every_refusal_has_its_reason_and_marks_nobody(world: World) -> None:
    event, other = await world.create(), await world.create()
    path = f"/{event['id']}"
    world.clock.time += timedelta(days=10, hours=23)
    shown = {}
    guest, shown["not_confirmed"] = await guest_with_pass(world, path)
    await world.ask("POST", f"{path}/rsvp", {"status": "interested"}, by=guest)
    guest, shown["revoked"] = await guest_with_pass(world, path)
    await world.ask("DELETE", f"{path}/rsvp", by=guest)
    _, shown["wrong_event"] = await guest_with_pass(world, f"/{other['id']}")
    for reason, text in shown.items():
        seen = await show(world, path, text)
        assert (seen["in"], seen["reason"], seen["mark"]) == (False, reason, None)
    listed = await world.ask("GET", f"{path}/attendance")
    assert listed.json()["items"] == []
    forged = await world.ask("POST", f"{path}/checkin", {"pass": "EP1.AAAA"})
    check_refused(forged, 422, "VALIDATION_ERROR")


async def test_a_pass_is_drawn_and_kept_by_no_cache(world: World) -> None:
    event = await world.create()
    path = f"/{event['id']}"
    guest, _ = await guest_with_pass(world, path)
    for form, media_type, start in (
        ("svg", "image/svg+xml", b"<?xml"),
        ("png", "image/png", b"\x89PNG"),
    ):
        drawn = await world.ask("GET", f"{path}/pass?format={form}", by=guest)
        assert drawn.headers["Content-Type"].startswith(media_type)
        assert drawn.content.startswith(start)
        assert drawn.headers["Cache-Control"] == "no-store"
    refused = await world.ask("GET", f"{path}/pass", by=world.somebody())
    check_refused(refused, 409, "NOT_CONFIRMED")
    denied = await world.ask("POST", f"{path}/checkin", {"pass": "x"}, by=guest)
    check_refused(denied, 403, "FORBIDDEN")
