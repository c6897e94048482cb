"""A page costs what is on it, and not what there is beside it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.contract.service.caller import Person
from tests.contract.service.wired import InProcess
from tests.unit.adapters.postgres.seeding import community_of, fill

FEW, MANY = 100, 100_000

#: What is asked, and which events that is, told to the database a second time.
QUESTIONS: Mapping[str, tuple[str, str]] = {
    "everything": ("", "true"),
    "a window": (
        "from=2027-01-02&to=2027-03-31",
        "starts < '2027-04-01' AND ends >= '2027-01-02'",
    ),
    "half a window": ("to=2027-01-02", "starts < '2027-01-03'"),
    "a kind of scope": ("scope_type=TENANT", "scope_kind = 'TENANT'"),
    "visibilities": (
        "visibility=public,private",
        "visibility IN ('public', 'private')",
    ),
    "statuses": ("status=published,draft,cancelled", "true"),
    "a type": ("event_type=meetup,game", "true"),
    "no answer": ("rsvp=none", "true"),
    "a search": (
        "from=2027-01-02&to=2027-01-31&q=ABOUT+9",
        "starts < '2027-02-01' AND ends >= '2027-01-02' AND title LIKE '%9%'",
    ),
    "what is hers": ("mine=true", "false"),
}
EVERY_QUESTION = pytest.mark.parametrize(
    ("query", "condition"), QUESTIONS.values(), ids=[*QUESTIONS]
)

HERS = [community_of(number) for number in range(150)]
ON_HER_LIST = """
    SELECT count(*) FROM events.event WHERE tenant_id = $1 AND
    (visibility = 'public' OR visibility = 'community' AND scope_id = ANY ($2)) AND
"""
JOIN = """
    INSERT INTO events.membership
    SELECT $1, $2, 'COMMUNITY', community FROM unnest($3::uuid[]) AS community
"""


@pytest.fixture(scope="module")
async def viewers(here: InProcess) -> Mapping[int, Person]:
    """A member of many communities in a tenant of few events, and in one of many."""
    viewers = {events: Person() for events in (FEW, MANY)}
    for events, viewer in viewers.items():
        every = timedelta(minutes=44)  # a thousand a month
        await fill(here.place.superuser, viewer.tenant, events, every=every)
        await here.place.rows(JOIN, viewer.tenant, viewer.user, HERS)
    return viewers


async def expected(here: InProcess, viewer: Person, condition: str) -> object:
    [[count]] = await here.place.rows(ON_HER_LIST + condition, viewer.tenant, HERS)
    return count


@EVERY_QUESTION
async def test_the_same_statements_list_a_hundred_events_and_a_hundred_thousand(
    here: InProcess, viewers: Mapping[int, Person], query: str, condition: str
) -> None:
    statements = []
    for viewer in viewers.values():
        with here.counting() as sent:
            page = await here.caller.listed(f"?limit=50&{query}", by=viewer)
        statements.append(sorted(sent))  # memberships and permissions race
        total = page["meta"]["total"]
        assert total == await expected(here, viewer, condition)
        assert len(page["items"]) == min(total, 50)
    assert statements[0] == statements[1]
    assert len(statements[0]) <= 10


async def test_following_pages_take_the_same_statements_too(
    here: InProcess, viewers: Mapping[int, Person]
) -> None:
    for way in ("offset", "cursor"):
        statements = []
        for viewer in viewers.values():
            first = await here.caller.listed("?limit=20", by=viewer)
            place = {"offset": 20, "cursor": first["meta"]["nextCursor"]}[way]
            with here.counting() as sent:
                page = await here.caller.listed(f"?limit=20&{way}={place}", by=viewer)
            statements.append(sorted(sent))
            assert len(page["items"]) == 20
            assert page["meta"]["total"] == first["meta"]["total"]
        assert statements[0] == statements[1]


async def test_every_page_of_many_is_full_to_the_last(
    here: InProcess, viewers: Mapping[int, Person]
) -> None:
    viewer = viewers[MANY]
    query, condition = QUESTIONS["a window"]
    total = await expected(here, viewer, condition)
    assert isinstance(total, int)
    assert total > 1000
    by_offset: list[str] = []
    by_cursor: list[str] = []
    place = ""
    while len(by_offset) < total:
        page = await here.caller.listed(
            f"?limit=250&{query}&offset={len(by_offset)}", by=viewer
        )
        by_offset += ids(page, total)
        page = await here.caller.listed(f"?limit=250&{query}{place}", by=viewer)
        by_cursor += ids(page, total)
        place = f"&cursor={page['meta'].get('nextCursor')}"
    assert place == "&cursor=None"
    assert by_offset == by_cursor
    assert len(set(by_offset)) == total


def ids(page: Mapping[str, Any], total: int) -> list[str]:
    """Return what is on a page, found to be full and to tell the right total."""
    left = total - page["meta"]["offset"]
    assert page["meta"]["total"] == total
    assert len(page["items"]) == min(left, 250)
    return [item["id"] for item in page["items"]]


async def test_far_into_many_a_page_is_full_and_its_order_holds(
    here: InProcess, viewers: Mapping[int, Person]
) -> None:
    viewer = viewers[MANY]
    page = await here.caller.listed("?limit=250&offset=10000", by=viewer)
    places = [(item["startsAt"], UUID(item["id"])) for item in page["items"]]
    assert len(places) == 250
    assert places == sorted(places)


BIND = """
    INSERT INTO events.role_binding
    VALUES ($1, $2, 'TENANT', $1, 'events.organizer') ON CONFLICT DO NOTHING
"""


async def test_the_same_statements_sum_up_few_occurrences_and_many(
    here: InProcess, viewers: Mapping[int, Person]
) -> None:
    window, condition = QUESTIONS["a window"]
    statements = []
    for viewer in viewers.values():
        await here.place.rows(BIND, viewer.tenant, viewer.user)
        with here.counting() as sent:
            answer = await here.caller.ask("GET", f"/stats?by=day&{window}", by=viewer)
        statements.append(sorted(sent))
        summary = answer.json()
        total = await expected(here, viewer, condition)
        assert summary["sum"]["counted"] == total
        assert sum(line["counted"] for line in summary["items"]) == total
    assert statements[0] == statements[1]
    too_many = await here.caller.ask("GET", "/stats", by=viewers[MANY])
    assert too_many.status_code == 422
    assert list(too_many.json()["error"]["details"]["fields"]) == ["from"]
