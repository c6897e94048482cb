"""The list of events: what can be asked, and walking through the pages."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from events_core import Actor
from events_core.testing.builders import a_community
from tests.unit.adapters.http.world import World, check_refused

#: An id that names nothing.
ANY = "00000000-0000-4000-8000-00000000beef"

LATER = "2027-04-05T19:00:00Z"


async def listed(world: World, query: str, by: Actor | None = None) -> list[str]:
    """Return the titles that a query finds; their number must be the total."""
    response = await world.ask("GET", f"?{query}", by=by)
    assert response.status_code == 200, response.text
    page = response.json()
    assert page["meta"]["total"] == len(page["items"])
    return [item["title"] for item in page["items"]]


async def three_days(world: World) -> None:
    """Plan one event on each of three days, from 19:00 to 21:00 UTC."""
    for day in (1, 2, 3):
        await world.create(
            title=f"Day {day}",
            startsAt=f"2027-04-0{day}T19:00:00Z",
            endsAt=f"2027-04-0{day}T21:00:00Z",
        )


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", "123"),
        ("from=2027-04-02", "23"),
        ("to=2027-04-02", "12"),
        ("from=2027-04-02&to=2027-04-02", "2"),
        ("from=2027-04-01T21:00:00Z", "123"),
        ("from=2027-04-01T21:00:01Z", "23"),
        ("from=2027-04-01T21:00:01", "23"),
        ("from=" + quote("2027-04-02T00:00:00+03:00"), "123"),
        ("from=" + quote("2027-04-02T00:00:01+03:00"), "23"),
        ("from=2027-04-01t21:00:01z", "23"),
        ("to=2027-04-01T19:00", "1"),
        ("to=2027-04-01T18:59:59Z", ""),
        ("from=0001-01-01&to=9999-12-31", "123"),
        ("from=" + quote("0001-01-01T00:00:00+14:00"), "123"),
        ("to=" + quote("9999-12-31T23:59:59-14:00"), "123"),
    ],
)
async def test_the_window_includes_its_bounds(
    world: World, query: str, days: str
) -> None:
    await three_days(world)

    assert await listed(world, query) == [f"Day {day}" for day in days]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("from=yesterday", 400, "INVALID_FROM"),
        ("from=", 400, "INVALID_FROM"),
        ("from=2027-02-30", 400, "INVALID_FROM"),
        ("from=2027-02-30T10:00:00", 400, "INVALID_FROM"),
        ("from=2027-W01-1", 400, "INVALID_FROM"),
        ("from=20270101", 400, "INVALID_FROM"),
        ("from=0000-01-01", 400, "INVALID_FROM"),
        ("to=2027-12-31T23:59:60Z", 400, "INVALID_TO"),
        ("to=1803895200", 400, "INVALID_TO"),
        ("to=2027-01-01T00:00:00+03:00", 400, "INVALID_TO"),  # + is a space
        (f"scope_id={ANY}", 400, "INVALID_SCOPE_ID"),
        (f"scopeId={ANY}", 400, "INVALID_SCOPE_ID"),
        ("scope_type=TEAM&scope_id=7", 422, "VALIDATION_ERROR"),
        (f"scope_type=TENANT&scope_id={ANY}", 422, "VALIDATION_ERROR"),
        ("scope_type=team", 422, "VALIDATION_ERROR"),
        ("limit=0", 422, "VALIDATION_ERROR"),
        ("limit=251", 422, "VALIDATION_ERROR"),
        ("limit=1e2", 422, "VALIDATION_ERROR"),
        ("limit=+5", 422, "VALIDATION_ERROR"),
        ("limit=" + quote("٣"), 422, "VALIDATION_ERROR"),
        ("limit=" + "9" * 5000, 422, "VALIDATION_ERROR"),
        ("limit=", 422, "VALIDATION_ERROR"),
        ("limit=1&limit=1", 422, "DUPLICATE_FIELD"),
        ("scope_type=TEAM&scopeType=TEAM", 422, "DUPLICATE_FIELD"),
        ("offset=-1", 422, "VALIDATION_ERROR"),
        ("offset=10001", 422, "VALIDATION_ERROR"),
        ("cursor=", 422, "VALIDATION_ERROR"),
        ("cursor=abc", 422, "VALIDATION_ERROR"),
        ("cursor=abc&offset=0", 422, "VALIDATION_ERROR"),
        ("status=published,", 422, "VALIDATION_ERROR"),
        ("status=deleted", 422, "VALIDATION_ERROR"),
        ("visibility=all", 422, "VALIDATION_ERROR"),
        ("event_type=party", 422, "VALIDATION_ERROR"),
        ("rsvp=maybe", 422, "VALIDATION_ERROR"),
        ("mine=yes", 422, "VALIDATION_ERROR"),
        ("total=0", 422, "VALIDATION_ERROR"),
        ("q=%00", 422, "VALIDATION_ERROR"),
        ("q=" + "a" * 201, 422, "VALIDATION_ERROR"),
        ("q=" + "+".join("abcdefghijk"), 422, "VALIDATION_ERROR"),
        ("q=%ff", 400, "INVALID_QUERY"),
        ("&".join(f"a{n}=1" for n in range(60)), 400, "INVALID_QUERY"),
        ("order=title", 422, "VALIDATION_ERROR"),
        ("%00=1", 422, "VALIDATION_ERROR"),
    ],
)
async def test_a_question_that_breaks_a_rule_is_refused(
    world: World, query: str, status: int, code: str
) -> None:
    check_refused(await world.ask("GET", f"?{query}"), status, code)


async def test_without_a_status_it_shows_what_is_on_view(world: World) -> None:
    await world.create(title="Open")
    await world.create(title="Draft", status="draft", startsAt=LATER)

    assert await listed(world, "") == ["Open"]
    assert await listed(world, "status=draft") == ["Draft"]
    assert await listed(world, "status=published,draft") == ["Open", "Draft"]


async def test_scopes_are_told_apart(world: World) -> None:
    community = a_community()
    world.memberships.add(world.organizer, community)
    await world.create(title="Everybody")
    place = {"scopeType": "COMMUNITY", "scopeId": str(community.id)}
    await world.create(title="Community", **place)
    tenant = world.organizer.tenant_id

    assert await listed(world, "scope_type=TENANT") == ["Everybody"]
    assert await listed(world, f"scope_type=TENANT&scope_id={tenant}") == ["Everybody"]
    assert await listed(world, "scopeType=COMMUNITY") == ["Community"]
    there = f"scope_type=COMMUNITY&scope_id={community.id}"
    assert await listed(world, there) == ["Community"]
    assert await listed(world, f"scope_type=COMMUNITY&scope_id={uuid4()}") == []
    assert await listed(world, "scope_type=TEAM") == []


async def test_answers_authors_types_and_words_are_found(world: World) -> None:
    chess = await world.create(title="Chess", eventType="game")
    await world.create(
        title="Шахматы",
        visibility="private",
        locationText="Chess club",
        startsAt=LATER,
    )
    await world.ask("POST", f"/{chess['id']}/rsvp", {"status": "going"})

    assert await listed(world, "rsvp=going,interested") == ["Chess"]
    assert await listed(world, "rsvp=none") == ["Шахматы"]
    assert await listed(world, "event_type=game,other") == ["Chess", "Шахматы"]
    assert await listed(world, "eventType=game") == ["Chess"]
    assert await listed(world, "visibility=private") == ["Шахматы"]
    assert await listed(world, "mine=true") == ["Chess", "Шахматы"]
    assert await listed(world, "mine=true", by=world.somebody()) == []
    assert await listed(world, "q=CHESS+club") == ["Шахматы"]
    assert await listed(world, "q=" + quote("шАХ")) == ["Шахматы"]
    assert await listed(world, "q=") == ["Chess", "Шахматы"]


async def walked(world: World, query: str) -> list[dict[str, Any]]:
    """Return every page of a list, cursor by cursor."""
    pages, cursor = [], ""
    while True:
        response = await world.ask("GET", f"?{query}{cursor}")
        assert response.status_code == 200, response.text
        pages.append(response.json())
        if "nextCursor" not in pages[-1]["meta"]:
            return pages
        cursor = "&cursor=" + pages[-1]["meta"]["nextCursor"]


async def test_cursors_lead_through_the_whole_list(world: World) -> None:
    for number in range(7):
        await world.create(title=str(number), startsAt=f"2027-04-01T1{number}:00:00Z")

    pages = await walked(world, "limit=3&from=2027-04-01")

    titles = [[item["title"] for item in page["items"]] for page in pages]
    assert titles == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    metas = [page["meta"] for page in pages]
    assert [meta["total"] for meta in metas] == [7, 7, 7]
    assert [meta["offset"] for meta in metas] == [0, 3, 6]


async def test_the_total_is_counted_once_in_a_walk(world: World) -> None:
    for number in range(3):
        await world.create(title=str(number), startsAt=f"2027-04-01T1{number}:00:00Z")
    first = (await world.ask("GET", "?limit=2")).json()
    await world.create(title="late", startsAt="2027-04-09T10:00:00Z")

    cursor = first["meta"]["nextCursor"]
    second = (await world.ask("GET", f"?limit=2&cursor={cursor}")).json()

    assert second["meta"]["total"] == 3
    assert [item["title"] for item in second["items"]] == ["2", "late"]


async def test_the_total_can_be_left_out(world: World) -> None:
    await three_days(world)

    pages = await walked(world, "limit=2&total=false")

    assert all("total" not in page["meta"] for page in pages)
    cursor = pages[0]["meta"]["nextCursor"]
    late = (await world.ask("GET", f"?limit=2&cursor={cursor}")).json()
    assert late["meta"]["total"] == 3


async def test_a_cursor_is_for_her_who_got_it_and_that_very_question(
    world: World,
) -> None:
    await three_days(world)
    page = (await world.ask("GET", "?limit=1&from=2027-04-01")).json()
    cursor = page["meta"]["nextCursor"]

    same = await world.ask("GET", f"?from=2027-04-01&limit=5&cursor={cursor}")
    assert len(same.json()["items"]) == 2
    for query, by in (
        (f"limit=1&cursor={cursor}", None),
        (f"limit=1&from=2027-04-02&cursor={cursor}", None),
        (f"limit=1&from=2027-04-01&mine=true&cursor={cursor}", None),
        (f"limit=1&from=2027-04-01&cursor={cursor}", world.somebody()),
        (f"limit=1&from=2027-04-01&cursor={cursor[:-4]}", None),
        (f"limit=1&from=2027-04-01&cursor={cursor[4:]}", None),
        (f"limit=1&from=2027-04-01&cursor={cursor}&offset=0", None),
    ):
        response = await world.ask("GET", f"?{query}", by=by)
        details = check_refused(response, 422, "VALIDATION_ERROR")
        assert list(details["fields"]) == ["cursor"]


async def test_what_hangs_on_an_outage_is_left_out_and_said_so(world: World) -> None:
    community = a_community()
    place = {"scopeType": "COMMUNITY", "scopeId": str(community.id)}
    await world.create(title="Members", visibility="community", **place)
    await world.create(title="Everybody")
    reader = world.somebody()
    world.memberships.silent = True

    response = await world.ask("GET", "/", by=reader)

    page = response.json()
    assert [item["title"] for item in page["items"]] == ["Everybody"]
    assert page["meta"]["total"] == 1
    assert page["meta"]["degraded"] == ["memberships"]


async def test_an_outage_of_access_is_no_denial(world: World) -> None:
    world.access.silent = True

    response = await world.ask("GET", "/")

    check_refused(response, 503, "ACCESS_UNAVAILABLE")
    assert response.headers["Retry-After"] == "1"


async def test_whoever_is_banned_reads_nothing(world: World) -> None:
    response = await world.ask("GET", "/", flags='{"banned": true}')

    check_refused(response, 403, "FORBIDDEN")


@pytest.mark.parametrize("prefix", ["/api/v1/events", "/api/v1"])
@pytest.mark.parametrize("slash", ["", "/"])
async def test_it_answers_under_both_prefixes(
    world: World, prefix: str, slash: str
) -> None:
    await three_days(world)

    response = await world.ask("GET", "?limit=1")
    headers = world.signed_headers("GET", prefix + slash)
    same = await world.send("GET", f"{prefix}{slash}?limit=1", headers=headers)

    assert same.content == response.content
