"""What is another tenant's, or hidden, is as if it were not there. To the byte."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from attrs import frozen

from tests.contract.service.caller import ADMIN, Caller, Person, somebody_of
from tests.contract.service.database import Place
from tests.contract.service.neighbourhood import Neighbours
from tests.contract.service.wired import InProcess, in_process

Route = tuple[str, str, Mapping[str, Any] | None]

#: Every route that names an event: method, what follows the id, and a body.
ON_AN_EVENT: Mapping[str, Route] = {
    "look": ("GET", "", None),
    "head": ("HEAD", "", None),
    "calendar file": ("GET", "/ics", None),
    "change": ("PATCH", "", {"title": "Mine now"}),
    "change of a version": ("PATCH", "", {"title": "Mine now", "expectedVersion": 7}),
    "answer": ("POST", "/rsvp", {"status": "going"}),
    "withdrawal": ("DELETE", "/rsvp", None),
    "withdrawal of one": ("DELETE", "/rsvp?occurrence=2031-05-05T19:00", None),
    "mark": ("POST", "/attendance", {"userId": str(uuid4())}),
}
EVERY_ROUTE = pytest.mark.parametrize("route", ON_AN_EVENT.values(), ids=ON_AN_EVENT)

#: What clears the books now and then, whoever asks.
CLEARING = ("DELETE FROM events.repeat", "DELETE FROM events.signature")


@frozen
class Hidden:
    """An event with answers, and its owner; nobody else may know of it."""

    owner: Person
    id: str

    @property
    def uuid(self) -> UUID:
        return UUID(self.id)


async def hidden_event(caller: Caller, **fields: object) -> Hidden:
    owner = Person()
    event = await caller.create(by=owner, **fields)
    answer = {"status": "going", "comment": "who else comes?"}
    await caller.ask("POST", f"/{event['id']}/rsvp", answer, by=owner)
    return Hidden(owner, event["id"])


@pytest.fixture(scope="module")
async def here(place: Place, neighbours: Neighbours) -> AsyncIterator[InProcess]:
    """A service with neighbours, so that what it asks them is no statement."""
    async with in_process(place, **neighbours.settings) as service:
        yield service


OF_A_COMMUNITY = {"scopeType": "COMMUNITY", "scopeId": str(uuid4())}
NOT_FOR_ALL: Mapping[str, Mapping[str, Any]] = {
    "private": {"visibility": "private", "title": "Hidden words"},
    "draft": {"status": "draft", "visibility": "community", **OF_A_COMMUNITY},
    "community": {"visibility": "community", **OF_A_COMMUNITY},
}


@pytest.fixture(scope="module", params=NOT_FOR_ALL.values(), ids=[*NOT_FOR_ALL])
async def hidden(here: InProcess, request: pytest.FixtureRequest) -> Hidden:
    """An event that hardly anybody of its tenant sees."""
    return await hidden_event(here.caller, **request.param)


@pytest.fixture(scope="module")
async def public(here: InProcess) -> Hidden:
    return await hidden_event(here.caller, title="Seen in its tenant alone")


@pytest.fixture
async def superuser(place: Place) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(place.superuser)
    yield connection
    await connection.close()


def whole(answer: httpx.Response) -> tuple[object, ...]:
    """Return all that goes over the wire."""
    return answer.status_code, sorted(answer.headers.multi_items()), answer.content


async def ask(
    caller: Caller, route: Route, event_id: object, person: Person
) -> httpx.Response:
    """Ask with a request id that is the same for every event, as bytes quote it."""
    method, rest, body = route
    return await caller.ask(
        method, f"/{event_id}{rest}", body, by=person, request_id=str(person.user)
    )


@pytest.mark.parametrize("flags", ["{}", ADMIN])
@EVERY_ROUTE
async def test_another_tenants_event_is_a_missing_one_to_the_byte(
    here: InProcess,
    public: Hidden,
    route: Route,
    flags: str,
) -> None:
    stranger = Person(flags=flags)
    before = await here.place.state_of(public.uuid)
    foreign = await ask(here.caller, route, public.id, stranger)
    missing = await ask(here.caller, route, uuid4(), stranger)
    assert foreign.status_code == 404
    assert whole(foreign) == whole(missing)
    assert await here.place.state_of(public.uuid) == before


@pytest.mark.parametrize("flags", ["{}", ADMIN, '{"banned": true}'])
@EVERY_ROUTE
async def test_a_hidden_event_is_a_missing_one_to_the_byte_and_to_the_statement(
    here: InProcess,
    hidden: Hidden,
    route: Route,
    flags: str,
) -> None:
    outsider = Person(hidden.owner.tenant, flags=flags)
    with here.counting() as for_hidden:
        there = await ask(here.caller, route, hidden.id, outsider)
    with here.counting() as for_missing:
        missing = await ask(here.caller, route, uuid4(), outsider)
    assert there.status_code == 404
    assert whole(there) == whole(missing)
    costs = [
        [one for one in sent if not one.startswith(CLEARING)]
        for sent in (for_hidden, for_missing)
    ]
    assert costs[0] == costs[1]


@EVERY_ROUTE
async def test_nobody_outside_waits_for_those_inside(
    here: InProcess,
    hidden: Hidden,
    superuser: asyncpg.Connection,
    route: Route,
) -> None:
    strangers = Person(), somebody_of(hidden.owner.tenant)
    async with superuser.transaction():
        for table in ("event", "occurrence", "tally", "event_role", "rsvp"):
            await superuser.fetch(
                f"SELECT FROM events.{table} WHERE event_id = $1 FOR UPDATE",
                hidden.uuid,
            )
        for stranger in strangers:
            answer = await ask(here.caller, route, hidden.id, stranger)
            assert answer.status_code == 404


async def test_a_list_tells_nothing_of_another_tenants_communities(
    here: InProcess,
) -> None:
    stranger, community = Person(), uuid4()
    fields = {"scopeType": "COMMUNITY", "scopeId": str(community)}
    event = await here.caller.create(by=Person(), **fields)
    with here.counting() as for_foreign:
        foreign = await here.caller.listed(
            f"?scope_type=COMMUNITY&scope_id={community}", by=stranger
        )
    with here.counting() as for_missing:
        missing = await here.caller.listed(
            f"?scope_type=COMMUNITY&scope_id={uuid4()}", by=stranger
        )
    assert foreign == missing
    assert foreign["meta"]["total"] == 0
    assert for_foreign == for_missing
    for query in (
        "",
        "?mine=true",
        "?q=chess",
        "?rsvp=none",
        "?status=draft,published",
    ):
        assert event["id"] not in str(await here.caller.listed(query, by=stranger))


async def test_a_cursor_leads_nowhere_in_another_tenant(here: InProcess) -> None:
    anna, stranger = Person(), Person()
    for _ in range(2):
        await here.caller.create(by=anna)
        await here.caller.create(by=stranger)
    page = await here.caller.listed("?limit=1", by=anna)
    query = f"/?limit=1&cursor={page['meta']['nextCursor']}"
    answer = await here.caller.ask("GET", query, by=stranger)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["fields"].keys() == {"cursor"}


async def test_another_tenants_person_has_nothing_here_and_loses_nothing(
    here: InProcess, public: Hidden
) -> None:
    admin, her = Person(flags=ADMIN), public.owner.user
    nobody = uuid4()
    about_her, about_nobody = [
        (await here.caller.ask("GET", f"/internal/dsar/users/{who}/export", by=admin))
        for who in (her, nobody)
    ]
    kept = about_her.json()
    assert kept == {
        **about_nobody.json(),
        "user_id": str(her),
        "exported_at": kept["exported_at"],
    }
    before = await here.place.state_of(public.uuid)
    erased = await here.caller.ask(
        "POST", f"/internal/dsar/users/{her}/erase", by=admin
    )
    # All there is of her is that an admin asked for her data.
    counts = erased.json()["counts"]
    assert {n: c for n, c in counts.items() if c} == {"audit_redacted": 1}
    assert await here.place.state_of(public.uuid) == before
    assert (await here.caller.listed(by=public.owner))["meta"]["total"] == 1


async def test_a_membership_counts_in_its_tenant_alone(
    here: InProcess, neighbours: Neighbours
) -> None:
    anna, community = Person(), uuid4()
    twin = Person(user=anna.user)
    neighbours.join(anna, "COMMUNITY", community)
    fields = {
        "scopeType": "COMMUNITY",
        "scopeId": str(community),
        "visibility": "community",
    }
    for person in (anna, twin):
        await here.caller.create(by=somebody_of(person.tenant), **fields)
    assert (await here.caller.listed(by=anna))["meta"]["total"] == 1
    assert (await here.caller.listed(by=twin))["meta"]["total"] == 0


async def test_a_query_without_a_tenant_returns_nothing(
    here: InProcess, public: Hidden
) -> None:
    tables = await here.place.rows(
        "SELECT relname::text FROM pg_attribute"
        " JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE relnamespace = 'events'::regnamespace AND relkind = 'r'"
        " AND attname = 'tenant_id'"
        " AND has_table_privilege('events_app', pg_class.oid, 'SELECT')"
    )
    assert len(tables) >= 11
    seen = {name: 0 for (name,) in tables}
    as_app = await asyncpg.connect(here.place.app)
    try:
        for name in seen:
            seen[name] = await as_app.fetchval(f"SELECT count(*) FROM events.{name}")
        await as_app.execute(
            "SELECT set_config('app.tenant_id', $1, false)", str(uuid4())
        )
        for name in seen:
            seen[name] += await as_app.fetchval(f"SELECT count(*) FROM events.{name}")
    finally:
        await as_app.close()
    assert set(seen.values()) == {0}
    assert (await here.place.counts())["event"] > 0
