"""Making an event, and who is told that it is there."""

from typing import Any
from uuid import uuid4

import pytest

from events_core import Scope
from events_core.ports.repeats import KeptAnswer, RepeatKey
from events_core.testing.builders import a_community, an_actor
from events_core.testing.repeats import MemoryRepeats
from tests.unit.adapters.http.world import World, check_refused

ALL = {
    "title": "  Вечер игр ",
    "description": "One\r\ntwo",
    "eventType": "game",
    "visibility": "private",
    "startsAt": "2027-04-01T19:00:00",
    "endsAt": "2027-04-01T21:30:00",
    "timeZone": "Europe/Berlin",
    "allDay": False,
    "locationText": "Here",
    "locationUrl": "https://example.org/x",
    "locationGeo": {"lat": 52.5, "lng": 13},
    "gameId": "chess",
    "metadata": {"starts_at": 1, "startsAt": {"not_going": [None]}},
    "capacity": 20,
    "waitlist": "manual",
    "guestsPerAnswer": 2,
    "signupOpensAt": "2027-03-22T12:00:00Z",
    "signupDeadline": "2027-03-31T18:00:00",
    "walkIns": False,
}


async def test_a_new_event_comes_back_as_it_will_be_shown(world: World) -> None:
    response = await world.ask("POST", "/", ALL)

    event = response.json()
    assert response.headers["Location"] == f"/api/v1/events/{event['id']}"
    assert event == {
        **ALL,
        "id": event["id"],
        "tenantId": str(world.organizer.tenant_id),
        "scopeType": "TENANT",
        "scopeId": str(world.organizer.tenant_id),
        "title": "Вечер игр",
        "description": "One\ntwo",
        "status": "published",
        "startsAt": "2027-04-01T17:00:00Z",
        "endsAt": "2027-04-01T19:30:00Z",
        "durationMinutes": 150,
        "signupDeadline": "2027-03-31T16:00:00Z",
        "occurrence": None,
        "locationGeo": {"lat": 52.5, "lng": 13.0},
        "createdBy": str(world.organizer.user_id),
        "createdAt": "2027-03-21T19:00:00Z",
        "updatedAt": "2027-03-21T19:00:00Z",
        "deletedAt": None,
        "version": 1,
        "rsvpCounts": {"interested": 0, "going": 0, "notGoing": 0, "not_going": 0},
        "registrationCount": 0,
        "waitlistCount": 0,
        "myRsvp": None,
        "myAdmission": None,
        "myWaitlistPosition": None,
        "myRoles": ["owner"],
    }
    again = await world.ask("GET", f"/{event['id']}")
    assert again.content == response.content
    assert again.headers["ETag"] == response.headers["ETag"]


async def test_snake_case_is_understood_as_well(world: World) -> None:
    event = await world.create(
        location_text="There", all_day=True, event_type="game", time_zone="Asia/Tokyo"
    )

    assert (event["locationText"], event["allDay"]) == ("There", True)
    assert (event["eventType"], event["timeZone"]) == ("game", "Asia/Tokyo")


async def test_both_spellings_of_one_field_are_one_too_many(world: World) -> None:
    body = {"title": "x", "startsAt": "2027-04-01T19:00:00Z", "starts_at": None}

    details = check_refused(await world.ask("POST", "/", body), 422, "DUPLICATE_FIELD")
    assert details == {"fields": {"startsAt": ["given more than once"]}}


async def test_unknown_members_are_ignored_and_null_is_as_if_not_there(
    world: World,
) -> None:
    nothing = dict.fromkeys(set(ALL) - {"title", "startsAt"})
    event = await world.create(seats=3, guests={"a": 1}, **nothing, scopeType=None)

    assert event["visibility"] == "public"
    assert event["timeZone"] == "UTC"
    assert event["metadata"] is None
    assert event["scopeType"] == "TENANT"


async def test_a_create_that_arrives_again_makes_one_event(world: World) -> None:
    body = {"title": "Once", "startsAt": "2027-04-01T19:00:00Z"}
    first = await world.ask("POST", "/", body, request_id="the-same")
    second = await world.ask("POST", "/", body, request_id="the-same")

    assert second.content == first.content
    assert second.headers["Location"] == first.headers["Location"]
    listed = (await world.ask("GET", "/")).json()
    assert listed["meta"]["total"] == 1


class ForgetfulRepeats(MemoryRepeats):
    """Dies each time before the answer is kept; the claim is then free again."""

    async def keep(self, key: RepeatKey, answer: KeptAnswer) -> None:
        await self.release(key)


async def test_a_create_whose_answer_was_lost_makes_one_event_too() -> None:
    world = World(repeats=ForgetfulRepeats())
    body = {"title": "Once", "startsAt": "2027-04-01T19:00:00Z"}

    first = await world.ask("POST", "/", body, request_id="the-same")
    await world.ask("PATCH", f"/{first.json()['id']}", {"title": "Later"})
    second = await world.ask("POST", "/", body, request_id="the-same")

    assert "Idempotency-Replayed" not in second.headers
    assert second.json()["id"] == first.json()["id"]
    assert second.json()["title"] == "Later"
    listed = (await world.ask("GET", "/")).json()
    assert listed["meta"]["total"] == 1


async def test_whoever_may_not_create_any_more_is_not_given_the_kept_answer(
    world: World,
) -> None:
    body = {"title": "Once", "startsAt": "2027-04-01T19:00:00Z"}
    await world.ask("POST", "/", body, request_id="the-same")
    world.access.unbind(
        world.organizer, Scope.of_tenant(world.organizer.tenant_id), "events.organizer"
    )

    again = await world.ask("POST", "/", body, request_id="the-same")
    check_refused(again, 403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("fields", "status", "code", "named"),
    [
        ({"title": " "}, 422, "VALIDATION_ERROR", "title"),
        ({"title": "x" * 256}, 422, "VALIDATION_ERROR", "title"),
        ({"title": "a\x00b"}, 422, "VALIDATION_ERROR", "title"),
        ({"title": None}, 422, "VALIDATION_ERROR", "title"),
        ({"title": 3}, 422, "VALIDATION_ERROR", "title"),
        ({"startsAt": "tomorrow"}, 422, "VALIDATION_ERROR", "startsAt"),
        ({"startsAt": "2027-02-30T10:00:00Z"}, 422, "VALIDATION_ERROR", "startsAt"),
        ({"startsAt": "2027-12-31T23:59:60Z"}, 422, "VALIDATION_ERROR", "startsAt"),
        ({"startsAt": "0001-01-01T00:00+14:00"}, 422, "VALIDATION_ERROR", "startsAt"),
        ({"startsAt": "0001-01-01T00:00:00+14:00"}, 422, "VALIDATION_ERROR", None),
        ({"startsAt": "0000-01-01T00:00:00Z"}, 422, "VALIDATION_ERROR", "startsAt"),
        ({"startsAt": "9999-12-31T23:59:59-14:00"}, 422, "VALIDATION_ERROR", None),
        ({"startsAt": "2027-04-01"}, 422, "VALIDATION_ERROR", "startsAt"),
        ({"startsAt": 1803895200}, 422, "VALIDATION_ERROR", "startsAt"),
        ({"endsAt": "2027-04-01T19:00:00Z"}, 400, "INVALID_TIME_RANGE", None),
        ({"endsAt": "2029-04-01T19:00:00Z"}, 422, "VALIDATION_ERROR", "endsAt"),
        ({"timeZone": "Mars/Olympus"}, 422, "VALIDATION_ERROR", "timeZone"),
        ({"timeZone": "../../etc/passwd"}, 422, "VALIDATION_ERROR", "timeZone"),
        ({"allDay": "yes"}, 422, "VALIDATION_ERROR", "allDay"),
        ({"allDay": 1}, 422, "VALIDATION_ERROR", "allDay"),
        ({"eventType": "party"}, 422, "VALIDATION_ERROR", "eventType"),
        ({"status": "cancelled"}, 422, "VALIDATION_ERROR", "status"),
        ({"visibility": "community"}, 422, "VISIBILITY_NEEDS_SCOPE", None),
        ({"visibility": "Public"}, 422, "VALIDATION_ERROR", "visibility"),
        ({"scopeType": "TEAM"}, 422, "VALIDATION_ERROR", "scopeId"),
        ({"scopeType": "GLOBAL"}, 422, "VALIDATION_ERROR", "scopeType"),
        ({"scopeId": str(uuid4())}, 422, "VALIDATION_ERROR", "scopeId"),
        ({"scopeId": f"{{{uuid4()}}}"}, 422, "VALIDATION_ERROR", "scopeId"),
        ({"locationUrl": "javascript:alert(1)"}, 422, "VALIDATION_ERROR", None),
        ({"locationUrl": "http://"}, 422, "VALIDATION_ERROR", "locationUrl"),
        ({"locationUrl": "ftp://example.org"}, 422, "VALIDATION_ERROR", "locationUrl"),
        ({"locationGeo": {"lat": 91, "lng": 0}}, 422, "VALIDATION_ERROR", None),
        ({"locationGeo": {"lat": 1}}, 422, "VALIDATION_ERROR", "locationGeo"),
        ({"locationGeo": [1, 2]}, 422, "VALIDATION_ERROR", "locationGeo"),
        ({"locationGeo": {"lat": True, "lng": 0}}, 422, "VALIDATION_ERROR", None),
        ({"metadata": []}, 422, "VALIDATION_ERROR", "metadata"),
        ({"metadata": {"a": "\x00"}}, 422, "VALIDATION_ERROR", "metadata"),
        ({"metadata": {"a": [[[[[1]]]]]}}, 422, "VALIDATION_ERROR", "metadata"),
        ({"metadata": {"a": 2**63}}, 422, "VALIDATION_ERROR", "metadata"),
        ({"gameId": "x" * 129}, 422, "VALIDATION_ERROR", "gameId"),
        ({"description": "\u202e"}, 422, "VALIDATION_ERROR", "description"),
        ({"capacity": 0}, 422, "VALIDATION_ERROR", "capacity"),
        ({"capacity": 1.5}, 422, "VALIDATION_ERROR", "capacity"),
        ({"waitlist": "fair"}, 422, "VALIDATION_ERROR", "waitlist"),
        ({"guestsPerAnswer": -1}, 422, "VALIDATION_ERROR", "guestsPerAnswer"),
        (
            {"signupDeadline": "2027-04-01T19:00:01Z"},
            422,
            "VALIDATION_ERROR",
            "signupDeadline",
        ),
        (
            {"signupOpensAt": "2027-04-01T19:00:00Z"},
            422,
            "VALIDATION_ERROR",
            "signupOpensAt",
        ),
        ({"idempotencyKey": ""}, 422, "VALIDATION_ERROR", "idempotencyKey"),
    ],
)
async def test_what_breaks_a_rule_is_refused_and_leaves_nothing(
    world: World, fields: dict[str, Any], status: int, code: str, named: str | None
) -> None:
    body = {"title": "Chess", "startsAt": "2027-04-01T19:00:00Z", **fields}

    details = check_refused(await world.ask("POST", "/", body), status, code)
    if code == "VALIDATION_ERROR":
        assert (named or next(iter(fields))) in details["fields"]
    listed = (await world.ask("GET", "/?status=draft,published")).json()
    assert listed["meta"]["total"] == 0


async def test_an_event_of_a_community_needs_the_permission_there(
    world: World,
) -> None:
    community, member = a_community(), world.somebody()
    world.memberships.add(member, community)
    place = {"scopeType": "COMMUNITY", "scopeId": str(community.id)}
    body = {
        **place,
        "title": "x",
        "startsAt": "2027-04-01T19:00:00Z",
        "visibility": "community",
    }

    check_refused(await world.ask("POST", "/", body, by=member), 403, "FORBIDDEN")
    world.access.bind(member, community)
    event = (await world.ask("POST", "/", body, by=member)).json()

    assert (event["scopeType"], event["scopeId"]) == ("COMMUNITY", str(community.id))
    hidden = await world.ask("GET", f"/{event['id']}", by=world.somebody())
    missing = await world.ask("GET", f"/{uuid4()}", by=world.somebody())
    details = check_refused(hidden, 404, "NOT_FOUND")
    assert details == check_refused(missing, 404, "NOT_FOUND") == {}


async def test_another_tenants_event_looks_missing(world: World) -> None:
    event = await world.create()
    stranger = an_actor()

    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "Mine"}),
        ("GET", "/ics", None),
        ("POST", "/rsvp", {"status": "going"}),
        ("DELETE", "/rsvp", None),
        ("POST", "/attendance", {"userId": str(stranger.user_id)}),
    ):
        answer = await world.ask(method, f"/{event['id']}{path}", body, by=stranger)
        check_refused(answer, 404, "NOT_FOUND")


async def test_whoever_has_it_is_told_so(world: World) -> None:
    event = await world.create()
    first = await world.ask("GET", f"/{event['id']}")
    tag = {"If-None-Match": first.headers["ETag"]}

    again = await world.ask("GET", f"/{event['id']}", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]

    await world.ask("POST", f"/{event['id']}/rsvp", {"status": "going"})
    changed = await world.ask("GET", f"/{event['id']}", headers=tag)
    assert changed.status_code == 200
    assert changed.json()["version"] == event["version"]
