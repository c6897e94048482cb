"""Answering an event, taking the answer back, and writing down who came."""

from datetime import timedelta
from uuid import uuid4

import pytest

from events_core import Scope
from tests.unit.adapters.http.world import World, check_refused


@pytest.mark.parametrize(
    ("status", "admission", "counted"),
    [
        ("going", "confirmed", {"interested": 0, "going": 1, "notGoing": 0}),
        ("interested", None, {"interested": 1, "going": 0, "notGoing": 0}),
        ("not_going", None, {"interested": 0, "going": 0, "notGoing": 1}),
    ],
)
async def test_an_answer_is_told_and_counted(
    world: World, status: str, admission: str | None, counted: dict[str, int]
) -> None:
    event, guest = await world.create(), world.somebody()
    path = f"/{event['id']}"
    counts = {**counted, "not_going": counted["notGoing"]}

    for _ in range(2):  # the same again changes nothing
        answer = await world.ask("POST", f"{path}/rsvp", {"status": status}, by=guest)
        assert answer.json() == {
            "status": status,
            "admission": admission,
            "waitlistPosition": None,
            "rsvpCounts": counts,
        }

    hers = (await world.ask("GET", path, by=guest)).json()
    assert (hers["myRsvp"], hers["myAdmission"]) == (status, admission)
    assert hers["rsvpCounts"] == counts
    others = (await world.ask("GET", path)).json()
    assert (others["myRsvp"], others["myAdmission"]) == (None, None)


async def test_an_answer_can_be_taken_back_whenever(world: World) -> None:
    event, guest = await world.create(), world.somebody()
    path = f"/{event['id']}"
    await world.ask("POST", f"{path}/rsvp", {"status": "going"}, by=guest)
    await world.ask("PATCH", path, {"visibility": "private"})

    gone = await world.ask("GET", path, by=guest)
    check_refused(gone, 404, "NOT_FOUND")
    first = await world.ask("DELETE", f"{path}/rsvp", by=guest)
    assert (first.status_code, first.content) == (204, b"")
    second = await world.ask("DELETE", f"{path}/rsvp", by=guest)
    check_refused(second, 404, "NOT_FOUND")
    seen = (await world.ask("GET", path)).json()
    assert seen["rsvpCounts"]["going"] == 0


async def test_whoever_was_banned_is_not_given_her_withdrawal_again(
    world: World,
) -> None:
    event = await world.create()
    path = f"/{event['id']}/rsvp"
    await world.ask("POST", path, {"status": "going"})
    first = await world.ask("DELETE", path, request_id="same")
    again = await world.ask("DELETE", path, request_id="same")
    assert (first.status_code, again.status_code) == (204, 204)

    # A gateway would sign anew what it asks under other flags: a second later.
    world.clock.time += timedelta(seconds=1)
    flags = '{"banned":true}'
    barred = await world.ask("DELETE", path, request_id="same", flags=flags)
    check_refused(barred, 403, "FORBIDDEN")


async def test_withdrawing_without_an_answer_is_fine(world: World) -> None:
    event = await world.create()

    response = await world.ask("DELETE", f"/{event['id']}/rsvp/")
    assert response.status_code == 204


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("POST", "", {"status": "perhaps"}),
        ("POST", "", {"status": None}),
        ("POST", "", {}),
        ("POST", "", {"status": "going", "occurrence": "2027-04-02T19:00"}),
        ("POST", "", {"status": "going", "occurrence": "\x00"}),
        ("POST", "", {"status": "going", "occurrence": 7}),
        ("POST", "", {"status": "going", "comment": "x" * 2001}),
        ("POST", "", {"status": "going", "comment": "\u202e"}),
        ("POST", "?status=going", {"status": "going"}),
        ("DELETE", "?occurrence=%00", None),
        ("DELETE", "?occurrence=2027-04-02T19:00", None),
        ("DELETE", "?occurrence=" + "x" * 65, None),
        ("DELETE", "?occurrence=a&x=1", None),
    ],
)
async def test_an_answer_that_breaks_a_rule_is_refused(
    world: World, method: str, query: str, body: object
) -> None:
    event = await world.create()

    response = await world.ask(method, f"/{event['id']}/rsvp{query}", body)

    check_refused(response, 422, "VALIDATION_ERROR")


async def test_the_one_occurrence_can_be_named(world: World) -> None:
    event = await world.create(startsAt="2027-04-01T19:00:00Z")
    body = {"status": "going", "occurrence": "2027-04-01T19:00"}

    answer = await world.ask("POST", f"/{event['id']}/rsvp", body)
    assert answer.json()["status"] == "going"
    query = "?occurrence=2027-04-01T19:00"
    gone = await world.ask("DELETE", f"/{event['id']}/rsvp{query}")
    assert gone.status_code == 204


async def test_answering_closes_with_the_start(world: World) -> None:
    event = await world.create(
        startsAt="2027-04-01T19:00:00Z", endsAt="2027-04-01T21:00:00Z"
    )
    world.clock.time += timedelta(days=11)  # right at the start

    late = await world.ask("POST", f"/{event['id']}/rsvp", {"status": "going"})
    details = check_refused(late, 409, "RSVP_CLOSED")
    assert details == {"closedAt": "2027-04-01T19:00:00Z"}
    no = await world.ask("POST", f"/{event['id']}/rsvp", {"status": "not_going"})
    assert no.status_code == 200


async def test_an_answer_repeated_after_a_ban_is_not_given_again(
    world: World,
) -> None:
    event = await world.create()
    path, body = f"/{event['id']}/rsvp", {"status": "going"}
    first = await world.ask("POST", path, body, request_id="same")
    again = await world.ask("POST", path, body, request_id="same")
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"

    world.access.everybody = frozenset()
    lost = await world.ask("POST", path, body, request_id="same")
    check_refused(lost, 403, "FORBIDDEN")


@pytest.mark.parametrize("twice", ["key in the header", "key in the body"])
async def test_a_key_makes_a_repeat_of_what_comes_under_it(
    world: World, twice: str
) -> None:
    body = {"title": "Once", "startsAt": "2027-04-01T19:00:00Z"}
    headers = {"Idempotency-Key": "my-key"} if twice.endswith("header") else {}
    if not headers:
        body["idempotency_key"] = "my-key"

    first = await world.ask("POST", "/", body, headers=headers)
    second = await world.ask("POST", "/", body, headers=headers)
    assert first.json()["id"] == second.json()["id"]
    other = await world.ask("POST", "/", {**body, "title": "Two"}, headers=headers)
    check_refused(other, 422, "IDEMPOTENCY_KEY_REUSED")


async def test_the_first_mark_stays(world: World) -> None:
    event, guest = await world.create(), world.somebody()
    path, body = f"/{event['id']}/attendance", {"user_id": str(guest.user_id)}
    world.clock.time += timedelta(days=11)
    first = await world.ask("POST", path, body)
    world.clock.time += timedelta(milliseconds=1500)
    second = await world.ask("POST", path, body)

    mark = {
        "userId": str(guest.user_id),
        "markedBy": str(world.organizer.user_id),
        "markedAt": "2027-04-01T19:00:00Z",
    }
    assert first.json() == {**mark, "created": True}
    assert second.json() == {**mark, "created": False}


async def test_marking_needs_the_permission(world: World) -> None:
    event, helper = await world.create(), world.somebody()
    path, body = f"/{event['id']}/attendance", {"userId": str(uuid4())}
    world.clock.time += timedelta(days=11)

    check_refused(await world.ask("POST", path, body, by=helper), 403, "FORBIDDEN")
    world.access.bind(helper, Scope.of_tenant(helper.tenant_id))
    marked = await world.ask("POST", path, body, by=helper, request_id="same")
    assert marked.status_code == 200
    world.access.unbind(helper, Scope.of_tenant(helper.tenant_id))
    again = await world.ask("POST", path, body, by=helper, request_id="same")
    check_refused(again, 403, "FORBIDDEN")


@pytest.mark.parametrize(
    "body", [{}, {"userId": "me"}, {"userId": None}, {"userId": f"{{{uuid4()}}}"}]
)
async def test_a_mark_names_somebody(world: World, body: object) -> None:
    event = await world.create()

    response = await world.ask("POST", f"/{event['id']}/attendance", body)
    details = check_refused(response, 422, "VALIDATION_ERROR")
    assert list(details["fields"]) == ["userId"]
