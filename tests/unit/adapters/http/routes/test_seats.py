"""Seats over HTTP: taken, waited for, moved up, forced; and every line of it told."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from events_core import Actor
from tests.unit.adapters.http.world import World, check_refused


async def an_event(world: World, capacity: int = 2, **fields: object) -> str:
    """Return the path of an event with so many places."""
    given = {"waitlist": "automatic", "guestsPerAnswer": 2, **fields}
    event = await world.create(capacity=capacity, **given)
    return f"/{event['id']}"


async def going(
    world: World, path: str, person: Actor | None = None, **more: object
) -> tuple[Actor, dict[str, Any]]:
    """Have somebody say that she is going; return her, and where she stands."""
    person = person or world.somebody()
    body = {"status": "going", **more}
    answer = await world.ask("POST", f"{path}/rsvp", body, by=person)
    assert answer.status_code == 200, answer.text
    return person, dict(answer.json())


async def counts(world: World, path: str) -> tuple[int, int]:
    event = (await world.ask("GET", path)).json()
    return event["registrationCount"], event["waitlistCount"]


async def test_who_finds_no_place_waits_and_is_told_where(world: World) -> None:
    path = await an_event(world)
    first, hers = await going(world, path, guests=1)
    assert (hers["admission"], hers["waitlistPosition"]) == ("confirmed", None)
    places = [(await going(world, path))[1]["waitlistPosition"] for _ in range(3)]
    assert places == [1, 2, 3]
    assert await counts(world, path) == (2, 3)
    await world.ask("DELETE", f"{path}/rsvp", by=first)
    assert await counts(world, path) == (2, 1)


async def test_the_ledger_says_why_so_many_are_taken(world: World) -> None:
    path = await an_event(world)
    first, _ = await going(world, path, guests=1)
    waiting, _ = await going(world, path)
    await going(world, path, first)  # one less
    told = {"status": "going", "force": True, "reason": "The speaker"}
    speaker = world.somebody()
    forced = await world.ask("PUT", f"{path}/rsvps/{speaker.user_id}", told)
    assert forced.json()["admission"] == "confirmed"
    page = (await world.ask("GET", f"{path}/seats")).json()
    assert (page["capacity"], page["registrationCount"], page["waitlistCount"]) == (
        2,
        3,
        0,
    )
    lines = [
        (line["kind"], line["why"], line["seats"], line["taken"], line["userId"])
        for line in page["items"]
    ]
    assert lines == [
        ("taken", "answered", 2, 2, str(first.user_id)),
        ("released", "party_changed", -1, 1, str(first.user_id)),
        ("promoted", "seat_freed", 1, 2, str(waiting.user_id)),
        ("forced", "answered", 1, 3, str(speaker.user_id)),
    ]
    by = [line["by"] for line in page["items"]]
    assert by == [*[str(first.user_id)] * 2, None, str(world.organizer.user_id)]
    assert page["items"][3]["reason"] == "The speaker"
    assert page["meta"] == {"total": 4, "limit": 100, "offset": 0}
    part = (await world.ask("GET", f"{path}/seats?limit=1&offset=2")).json()
    assert part["items"] == page["items"][2:3]
    assert part["meta"] == {"total": 4, "limit": 1, "offset": 2}
    for query in ("?limit=0", "?limit=251", "?offset=10001", "?occurrence=never"):
        refused = await world.ask("GET", f"{path}/seats{query}")
        check_refused(refused, 422, "VALIDATION_ERROR")
    check_refused(await world.ask("GET", f"{path}/seats", by=first), 403, "FORBIDDEN")


async def test_people_are_moved_up_by_hand(world: World) -> None:
    path = await an_event(world, 1, waitlist="manual")
    holder, _ = await going(world, path)
    waiting = [(await going(world, path))[0] for _ in range(3)]
    await world.ask("DELETE", f"{path}/rsvp", by=holder)
    assert await counts(world, path) == (0, 3)  # nobody moves up by herself
    chosen = {"userIds": [str(waiting[1].user_id)]}
    moved = await world.ask("POST", f"{path}/waitlist/promote", chosen)
    assert moved.json() == {
        "promoted": chosen["userIds"],
        "registrationCount": 1,
        "waitlistCount": 2,
    }
    full = await world.ask("POST", f"{path}/waitlist/promote", {"first": 2})
    details = check_refused(full, 409, "CAPACITY_FULL")
    assert details == {"capacity": 1, "free": 0}
    assert await counts(world, path) == (1, 2)
    forced = {"first": 2, "force": True, "reason": "More chairs"}
    moved = await world.ask("POST", f"{path}/waitlist/promote", forced)
    assert moved.json()["promoted"] == [
        str(waiting[number].user_id) for number in (0, 2)
    ]
    assert await counts(world, path) == (3, 0)
    stranger = {"userIds": [str(uuid4())]}
    refused = await world.ask("POST", f"{path}/waitlist/promote", stranger)
    check_refused(refused, 409, "NOT_WAITING")
    for wrong in ({}, {"first": 0}, {"first": 1, "userIds": stranger["userIds"]}):
        refused = await world.ask("POST", f"{path}/waitlist/promote", wrong)
        check_refused(refused, 422, "VALIDATION_ERROR")


async def test_who_was_moved_up_can_still_decline(world: World) -> None:
    path = await an_event(world, 1)
    holder, _ = await going(world, path)
    (second, _), (third, _) = await going(world, path), await going(world, path)
    await world.ask("DELETE", f"{path}/rsvp", by=holder)
    seen = (await world.ask("GET", path, by=second)).json()
    assert (seen["myRsvp"], seen["myAdmission"]) == ("going", "confirmed")
    no = {"status": "not_going"}
    await world.ask("POST", f"{path}/rsvp", no, by=second)
    seen = (await world.ask("GET", path, by=third)).json()
    assert (seen["myAdmission"], seen["myWaitlistPosition"]) == ("confirmed", None)


@pytest.mark.parametrize("waitlist", ["automatic", "manual", "none"])
async def test_fewer_places_than_taken_need_force_and_say_whom(
    world: World, waitlist: str
) -> None:
    path = await an_event(world, 3, waitlist=waitlist)
    people = [(await going(world, path))[0] for _ in range(3)]
    refused = await world.ask("PATCH", path, {"capacity": 1})
    details = check_refused(refused, 409, "CAPACITY_TOO_LOW")
    assert details == {"taken": 3}
    assert (await world.ask("GET", path)).json()["capacity"] == 3
    lowered = await world.ask("PATCH", path, {"capacity": 1, "force": True})
    told = lowered.json()
    assert (told["capacity"], told["registrationCount"], told["waitlistCount"]) == (
        1,
        1,
        2,
    )
    assert set(told["displaced"]) == {str(person.user_id) for person in people[1:]}
    places = [
        (await world.ask("GET", path, by=person)).json()["myWaitlistPosition"]
        for person in people
    ]
    assert places == [None, 1, 2]
    if waitlist == "none":
        late = await world.ask(
            "POST", f"{path}/rsvp", {"status": "going"}, by=world.somebody()
        )
        check_refused(late, 409, "CAPACITY_FULL")


async def test_more_places_move_up_who_waits(world: World) -> None:
    path = await an_event(world, 1)
    for _ in range(3):
        await going(world, path)
    raised = (await world.ask("PATCH", path, {"capacity": 2})).json()
    assert (raised["registrationCount"], raised["waitlistCount"]) == (2, 1)
    raised = (await world.ask("PATCH", path, {"capacity": None})).json()
    assert (raised["registrationCount"], raised["waitlistCount"]) == (3, 0)


async def test_an_organiser_answers_for_others_and_it_is_written_down(
    world: World,
) -> None:
    path = await an_event(world)
    guest = world.somebody()
    hers = f"{path}/rsvps/{guest.user_id}"
    body = {"status": "going", "guests": 1, "comment": "By telephone"}
    answer = await world.ask("PUT", hers, body)
    assert answer.json()["admission"] == "confirmed"
    seen = (await world.ask("GET", path, by=guest)).json()
    assert (seen["myRsvp"], seen["registrationCount"]) == ("going", 2)
    [line] = (await world.ask("GET", f"{path}/seats")).json()["items"]
    assert (line["userId"], line["by"]) == (
        str(guest.user_id),
        str(world.organizer.user_id),
    )
    too_many = await world.ask("PUT", hers, {"status": "going", "guests": 3})
    assert check_refused(too_many, 422, "PARTY_TOO_LARGE") == {"largest": 2}
    check_refused(await world.ask("PUT", hers, body, by=guest), 403, "FORBIDDEN")
    world.clock.time += timedelta(days=11)  # it has begun
    check_refused(
        await world.ask("PUT", f"{path}/rsvps/{uuid4()}", body), 409, "RSVP_CLOSED"
    )


async def test_what_cannot_be_is_refused_with_a_word_for_it(world: World) -> None:
    path = await an_event(world, 2, waitlist="none")
    holder, _ = await going(world, path, guests=1)
    asker = world.somebody()
    full = await world.ask("POST", f"{path}/rsvp", {"status": "going"}, by=asker)
    assert check_refused(full, 409, "CAPACITY_FULL") == {"capacity": 2, "free": 0}
    large = {"status": "going", "guests": 2}
    refused = await world.ask("POST", f"{path}/rsvp", large, by=holder)
    assert check_refused(refused, 422, "PARTY_TOO_LARGE") == {"largest": 2}
    alone = {"status": "interested", "guests": 1}
    refused = await world.ask("POST", f"{path}/rsvp", alone, by=asker)
    check_refused(refused, 422, "VALIDATION_ERROR")
    for step in ("cancel", "publish"):
        assert (await world.ask("POST", f"{path}/{step}", {})).status_code == 200
        answer = {"status": "interested"}
        told = await world.ask("POST", f"{path}/rsvp", answer, by=asker)
        if step == "cancel":
            check_refused(told, 409, "RSVP_CLOSED")
        else:
            assert told.status_code == 200
    assert await counts(world, path) == (2, 0)
