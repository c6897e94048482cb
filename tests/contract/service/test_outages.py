"""Portal and Access slow, dead and lying, seen through the whole service.

What the Portal cannot tell is left out of a list and said to be; what hangs on it
alone is 503. Without Access nothing that needs a permission is done. Never a wrong
no, never a leak, and an answer before the gateway waits no longer: it does ten seconds
(neighbours.md 5).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from attrs import field, frozen

from tests.contract.service.caller import Caller, Person, calling, somebody_of
from tests.contract.service.database import Place
from tests.contract.service.neighbourhood import Neighbours
from tests.contract.service.process import Service
from tests.neighbours import (
    Answer,
    Connection,
    Fault,
    half,
    hang,
    reset,
    say,
    slow,
    trickle,
)
from tests.unit.adapters.postgres.seeding import fill

#: In seconds: how long a request may take, whatever is the matter. Half of it is this
#: machine's, which has much else to do.
LONGEST = 8.0

FAULTS: Mapping[str, Fault] = {
    "hangs": hang,
    "is late": slow(10),
    "trickles": trickle(0.2),
    "breaks off": reset,
    "says half": half,
    "500": say(500),
    "503": say(503, b"{}"),
    "401": say(401),
    "403": say(403, b'{"allowed":true,"member":true}'),
    "a redirect": say(302, headers={"Location": "http://127.0.0.1:1/"}),
    "HTML": say(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}),
    "nothing": say(200),
    "a wrong yes": say(200, b'{"member":"yes","allowed":"yes"}'),
    "a bare yes": say(200, b'{"member":1,"allowed":true}'),
    "no object": say(200, b"[true]"),
    "not JSON": say(200, b'{"member":true,"allowed":true'),
    "no content": say(204),
}
EVERY_FAULT = pytest.mark.parametrize("fault", FAULTS.values(), ids=[*FAULTS])

GOING = {"status": "going"}
TIMES = {"title": "New", "startsAt": "2031-05-05T19:00:00Z"}


@frozen
class Town:
    """A tenant with an event of every kind, its founder, and a community in it."""

    caller: Caller
    neighbours: Neighbours
    founder: Person = field(factory=Person)
    community: UUID = field(factory=uuid4)
    events: dict[str, str] = field(factory=dict)

    async def build(self) -> None:
        here = {"scopeType": "COMMUNITY", "scopeId": str(self.community)}
        kinds: Mapping[str, Mapping[str, str]] = {
            "for all": {},
            "for all, by the community": here,
            "for members": {**here, "visibility": "community"},
            "for few": {"visibility": "private"},
        }
        for name, fields in kinds.items():
            event = await self.caller.create(by=self.founder, title=name, **fields)
            self.events[name] = event["id"]

    def member(self) -> Person:
        """Return somebody who is a member, and of whom nobody has been asked yet."""
        person = somebody_of(self.founder.tenant)
        self.neighbours.join(person, "COMMUNITY", self.community)
        return person

    async def ask(
        self,
        method: str,
        about: str,
        rest: str = "",
        body: object = None,
        *,
        by: Person,
    ) -> str:
        """Ask about an event, in time; return the status and the code of an error."""
        path = f"/{self.events.get(about, about)}{rest}"
        return told(await in_time(self.caller.ask(method, path, body, by=by)))


async def in_time(asking: Awaitable[httpx.Response]) -> httpx.Response:
    """Return the answer, if it comes in time."""
    began = time.monotonic()
    answer = await asking
    assert time.monotonic() - began < LONGEST
    return answer


def told(answer: httpx.Response) -> str:
    """Tell how a request ended."""
    if not answer.is_error:
        return str(answer.status_code)
    return f"{answer.status_code} {answer.json()['error']['code']}"


@pytest.fixture(scope="module")
def service(
    place: Place, neighbours: Neighbours, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    cwd = tmp_path_factory.mktemp("service")
    with Service(cwd, **neighbours.settings, **place.settings) as running:
        yield running


@pytest.fixture(scope="module")
async def town(service: Service, neighbours: Neighbours) -> AsyncIterator[Town]:
    async with calling(service.url) as caller:
        town = Town(caller, neighbours)
        await town.build()
        yield town


@pytest.fixture(autouse=True)
def nobody_misbehaves_for_long(neighbours: Neighbours) -> Iterator[None]:
    yield
    neighbours.behave()


@EVERY_FAULT
async def test_a_list_without_the_portal_serves_what_needs_no_membership(
    town: Town, fault: Fault
) -> None:
    member, outsider = town.member(), somebody_of(town.founder.tenant)
    town.neighbours.portal.always(fault)
    lists = await asyncio.gather(
        *(
            in_time(town.caller.ask("GET", f"/{query}", by=person))
            for person in (member, outsider, town.founder)
            for query in ("", "?limit=1", "?visibility=public", "?scope_type=TENANT")
        )
    )
    pages = [answer.json() for answer in lists]
    seen = [
        ([item["title"] for item in page["items"]], page["meta"].get("degraded"))
        for page in pages
    ]
    doubt, public = ["memberships"], ["for all", "for all, by the community"]
    for hers in (seen[:4], seen[4:8]):
        assert hers == [
            (public, doubt),
            (public[:1], doubt),
            (public, None),
            (public[:1], None),
        ]
    assert [page["meta"]["total"] for page in pages[:8]] == [2, 2, 2, 1] * 2
    assert (len(seen[8][0]), pages[8]["meta"]["total"]) == (4, 4)  # by her roles

    town.neighbours.portal.behave()
    healed = await town.caller.listed(by=member)
    assert len(healed["items"]) == healed["meta"]["total"] == 3
    assert "degraded" not in healed["meta"]


@EVERY_FAULT
async def test_one_event_that_hangs_on_the_portal_is_unavailable(
    town: Town, fault: Fault
) -> None:
    member, outsider = town.member(), somebody_of(town.founder.tenant)
    assert await town.ask("POST", "for members", "/rsvp", GOING, by=member) == "200"
    newcomer = town.member()
    town.neighbours.portal.always(fault)
    mark = {"userId": str(member.user)}
    ways = [
        ("GET", "", None),
        ("GET", "/ics", None),
        ("PATCH", "", {"title": "Mine"}),
        ("POST", "/rsvp", GOING),
        ("DELETE", "/rsvp", None),
        ("POST", "/attendance", mark),
    ]
    ends = await asyncio.gather(
        *(
            town.ask(method, about, rest, body, by=person)
            for about in ("for members", "for few", str(uuid4()))
            for person in (newcomer, outsider)
            for method, rest, body in ways
        )
    )
    assert ends[:12] == ["503 MEMBERSHIP_UNAVAILABLE"] * 12
    assert ends[12:] == ["404 NOT_FOUND"] * 24
    others = await asyncio.gather(
        town.ask("GET", "for all", by=newcomer),
        town.ask("GET", "for all, by the community", by=newcomer),
        town.ask("POST", "for all, by the community", "/rsvp", GOING, by=newcomer),
        town.ask("PATCH", "for all", "", {"title": "Mine"}, by=newcomer),
        town.ask("GET", "for members", by=town.founder),
        town.ask("DELETE", "for members", "/rsvp", by=member),
    )
    assert [*others] == ["200", "200", "200", "403 FORBIDDEN", "200", "204"]

    town.neighbours.portal.behave()
    assert await town.ask("GET", "for members", by=newcomer) == "200"
    assert await town.ask("GET", "for members", by=outsider) == "404 NOT_FOUND"


@EVERY_FAULT
async def test_without_access_nothing_is_done_that_needs_a_permission(
    town: Town, place: Place, fault: Fault
) -> None:
    answered, newcomer = town.member(), town.member()
    assert await town.ask("POST", "for all", "/rsvp", GOING, by=answered) == "200"
    banned = Person(newcomer.tenant, uuid4(), '{"banned": true}')
    admin = somebody_of(newcomer.tenant).as_admin()
    town.neighbours.access.always(fault)
    before = await place.counts()
    mark = {"userId": str(newcomer.user)}
    ends = await asyncio.gather(
        town.ask("GET", "", by=newcomer),
        town.ask("GET", "?scope_type=TEAM", by=newcomer),
        town.ask("POST", "", "", TIMES, by=newcomer),
        town.ask("GET", "me", by=newcomer),
        *(
            town.ask(method, about, rest, body, by=newcomer)
            for about in ("for all", "for members", "for few", str(uuid4()))
            for method, rest, body in (
                ("GET", "", None),
                ("GET", "/ics", None),
                ("PATCH", "", {"title": "Mine"}),
                ("POST", "/rsvp", GOING),
                ("POST", "/attendance", mark),
            )
        ),
    )
    assert set(ends) == {"503 ACCESS_UNAVAILABLE"}
    after = await place.counts()
    books = {"signature", "repeat"}
    assert {t: after[t] - before[t] for t in after if t not in books} == dict.fromkeys(
        after.keys() - books, 0
    )
    exempt = await asyncio.gather(
        town.ask("GET", "", by=admin),
        town.ask("GET", "for all", by=admin),
        town.ask("GET", "", by=banned),
        town.ask("GET", "for all", by=banned),
        town.ask("DELETE", "for all", "/rsvp", by=answered),
        town.ask("GET", "internal", f"/dsar/users/{newcomer.user}/export", by=newcomer),
    )
    assert [*exempt] == [
        "200",
        "200",
        "403 FORBIDDEN",
        "403 FORBIDDEN",
        "204",
        "200",
    ]

    town.neighbours.access.behave()
    assert await town.ask("GET", "", by=newcomer) == "200"
    assert await town.ask("POST", "", "", TIMES, by=newcomer) == "403 FORBIDDEN"


async def test_with_nobody_to_ask_at_all_it_still_answers_in_time(town: Town) -> None:
    newcomer = town.member()
    town.neighbours.portal.always(hang)
    town.neighbours.access.always(hang)
    ends = await asyncio.gather(
        *(town.ask("GET", "", by=newcomer) for _ in range(20)),
        town.ask("GET", "for members", by=newcomer),
        town.ask("DELETE", "for all", "/rsvp", by=newcomer),
    )
    assert ends == ["503 ACCESS_UNAVAILABLE"] * 21 + ["204"]


async def test_what_cannot_be_asked_in_time_is_learnt_in_steps(
    town: Town, place: Place
) -> None:
    viewer = Person()
    await fill(place.superuser, viewer.tenant, 300, every=timedelta(hours=1))
    town.neighbours.portal.always(a_slow_yes)
    totals: list[tuple[int, list[str] | None]] = []
    while not totals or (totals[-1][1] and len(totals) < 20):
        page = (await in_time(town.caller.ask("GET", "/?limit=250", by=viewer))).json()
        total, degraded = page["meta"]["total"], page["meta"].get("degraded")
        totals.append((total, degraded))
        items = page["items"]
        while "nextCursor" in page["meta"]:
            cursor = page["meta"]["nextCursor"]
            page = await town.caller.listed(f"?limit=100&cursor={cursor}", by=viewer)
            items += page["items"]
    assert totals[0][1] == ["memberships"]
    assert 120 <= totals[0][0] < 285
    assert totals == sorted(totals, key=lambda told: told[0])
    assert totals[-1] == (len(items), None) == (285, None)


def a_slow_yes(connection: Connection, honest: Answer) -> None:
    """Say after half a second that anybody is a member of anything."""
    connection.wait(0.5)
    say(200, b'{"member":true}')(connection, honest)
