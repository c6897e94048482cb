"""What somebody may do, and what is kept of her."""

from datetime import timedelta

import pytest

from events_core import Scope
from events_core.testing.builders import a_community
from tests.unit.adapters.http.world import World, check_refused

#: An id that names nothing.
ANY = "00000000-0000-4000-8000-00000000beef"

READ_AND_ANSWER = ["events.event.read", "events.rsvp.set"]
EVERYTHING = [
    "events.attendance.mark",
    "events.event.create",
    "events.event.manage",
    *READ_AND_ANSWER,
]


async def test_somebody_is_told_what_she_may_do(world: World) -> None:
    me = (await world.ask("GET", "/me")).json()

    assert me == {
        "userId": str(world.organizer.user_id),
        "scopeType": "TENANT",
        "scopeId": str(world.organizer.tenant_id),
        "permissions": EVERYTHING,
        "roles": ["events.organizer"],
        "masterFlags": {
            "suspended": False,
            "banned": False,
            "systemAdmin": False,
            "membershipStatus": None,
        },
    }


async def test_she_is_told_of_the_scope_she_asks_about(world: World) -> None:
    member, community = world.somebody(), a_community()
    world.access.bind(member, community)
    query = f"scope_type=COMMUNITY&scope_id={community.id}"

    there = (await world.ask("GET", f"/me?{query}", by=member)).json()
    here = (await world.ask("GET", "/me?scopeType=TENANT", by=member)).json()

    assert there["scopeId"] == str(community.id)
    assert there["permissions"] == EVERYTHING
    assert here["permissions"] == READ_AND_ANSWER


async def test_a_ban_and_an_admin_show_in_what_she_may_do(world: World) -> None:
    banned = (await world.ask("GET", "/me", flags='{"banned":true}')).json()
    assert (banned["permissions"], banned["masterFlags"]["banned"]) == ([], True)
    flags = '{"system_admin":true}'
    admin = (await world.ask("GET", "/me", by=world.somebody(), flags=flags)).json()
    assert admin["permissions"] == EVERYTHING


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (f"scope_id={ANY}", 400, "INVALID_SCOPE_ID"),
        (f"scope_type=TENANT&scope_id={ANY}", 422, "VALIDATION_ERROR"),
        ("scope_type=TEAM", 422, "VALIDATION_ERROR"),
        ("user=1", 422, "VALIDATION_ERROR"),
    ],
)
async def test_a_scope_nobody_can_ask_about_is_refused(
    world: World, query: str, status: int, code: str
) -> None:
    check_refused(await world.ask("GET", f"/me?{query}"), status, code)


async def test_a_person_is_given_all_that_is_kept_of_her(world: World) -> None:
    person = world.somebody()
    world.access.bind(person, Scope.of_tenant(person.tenant_id))
    event = await world.create_by(person, metadata={"a": [1]})
    path = f"/{event['id']}"
    answered = {"status": "interested", "comment": "Maybe"}
    await world.ask("POST", f"{path}/rsvp", answered, by=person)
    guest = world.somebody()
    await world.ask("PATCH", path, {"locationText": "Elsewhere"}, by=person)
    world.clock.time += timedelta(days=11)
    await world.ask("POST", f"{path}/attendance", {"userId": str(person.user_id)})
    by_her = {"userId": str(guest.user_id)}
    await world.ask("POST", f"{path}/attendance", by_her, by=person)

    kept = await world.ask(
        "GET", f"/internal/dsar/users/{person.user_id}/export", by=person
    )

    told = kept.json()
    assert told["service"] == "events"
    assert told["tenant_id"] == str(person.tenant_id)
    assert told["user_id"] == str(person.user_id)
    assert told["exported_at"] == "2027-04-01T19:00:00Z"
    [created] = told["events_created"]
    assert created["id"] == event["id"]
    assert created["title"] == event["title"]
    assert created["starts_at"] == "2027-04-01T19:00:00Z"
    assert created["metadata"] == {"a": [1]}
    assert [held["role"] for held in told["events_with_role"]] == ["owner"]
    [answer] = told["rsvps"]
    assert (answer["status"], answer["comment"]) == ("interested", "Maybe")
    [mark] = told["attendance"]
    assert mark["user_id"] == str(person.user_id)
    assert mark["marked_by"] == str(world.organizer.user_id)
    [mark] = told["attendance_marked"]
    assert mark["user_id"] == str(guest.user_id)
    assert mark["marked_by"] == str(person.user_id)
    [notice] = told["notices"]
    assert (notice["kind"], notice["event_version"]) == ("changed", 2)
    assert [version["version"] for version in told["history"]] == [1, 2]
    kinds = {fact["event_type"] for fact in told["outbox"]}
    assert {"event.created", "event.rsvp.changed"} <= kinds


async def test_erasing_a_person_counts_what_it_touched_and_keeps_nothing(
    world: World,
) -> None:
    person = world.somebody()
    event = await world.create()
    await world.ask("POST", f"/{event['id']}/rsvp", {"status": "going"}, by=person)
    path = f"/internal/dsar/users/{person.user_id}/erase"

    first = await world.ask("POST", path, by=person, request_id="erase")
    second = await world.ask("POST", path, by=person, request_id="erase")

    told = first.json()
    assert (told["service"], told["mode"]) == ("events", "hybrid")
    assert told["counts"]["rsvps_deleted"] == 1
    assert told["counts"]["events_anonymized"] == 0
    # Done again, not repeated: the first answer is nowhere kept.
    assert "Idempotency-Replayed" not in second.headers
    assert set(second.json()["counts"].values()) == {0}
    seen = (await world.ask("GET", f"/{event['id']}")).json()
    assert seen["rsvpCounts"]["going"] == 0


@pytest.mark.parametrize(("method", "what"), [("GET", "export"), ("POST", "erase")])
async def test_only_she_herself_and_an_admin_may_ask(
    world: World, method: str, what: str
) -> None:
    person = world.somebody()
    path = f"/internal/dsar/users/{person.user_id}/{what}"

    check_refused(await world.ask(method, path), 403, "FORBIDDEN")
    flags = '{"system_admin":true}'
    admin = await world.ask(method, path, flags=flags)
    assert admin.status_code == 200
    suspended = await world.ask(method, path, by=person, flags='{"suspended":true}')
    assert suspended.status_code == 200
    wrong = await world.ask(method, f"/internal/dsar/users/42/{what}")
    check_refused(wrong, 400, "INVALID_USER_ID")


async def test_a_body_that_no_operation_reads_does_no_harm(world: World) -> None:
    person = world.somebody()
    path = f"/internal/dsar/users/{person.user_id}/erase"

    for body in (b"{", b"{}", b"null", b'{"user_id": 1}'):
        response = await world.ask("POST", path, body, by=person)
        assert response.status_code == 200
