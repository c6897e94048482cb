"""A crowd at one event, and several processes on one database that let it in."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from itertools import cycle
from uuid import UUID

import httpx
import pytest

from tests.contract.service.caller import (
    Caller,
    Person,
    calling,
    insist,
    somebody_of,
)
from tests.contract.service.database import Place
from tests.contract.service.process import Service

#: How many connections there are to each process: enough for all at once, or a pool.
MANY, POOL = 170, 20

_KEPT = """
    SELECT going, waiting, seats,
        (SELECT sum(seats) FROM events.seat_movement WHERE event_id = $1),
        (SELECT count(*) FROM events.seat_movement WHERE event_id = $1),
        (SELECT sum(1 + guests) FROM events.rsvp
            WHERE event_id = $1 AND admission = 'confirmed'),
        (SELECT count(*) FROM events.rsvp
            WHERE event_id = $1 AND admission = 'waitlisted'),
        (SELECT count(*) FROM events.outbox
            WHERE event_id = $1 AND payload LIKE '%event.rsvp.changed%')
    FROM events.tally WHERE event_id = $1
"""
_LINE = """
    SELECT user_id FROM events.rsvp
    WHERE event_id = $1 AND admission = 'waitlisted' ORDER BY turn
"""


@pytest.fixture(scope="module")
def processes(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Service]]:
    """Three processes of the service on one database."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                Service(
                    tmp_path_factory.mktemp("service"),
                    EVENTS_DIRECTORY="local",
                    **place.settings,
                )
            )
            for _ in range(3)
        ]


@asynccontextmanager
async def doors_of(
    processes: Sequence[Service], at_once: int
) -> AsyncIterator[list[Caller]]:
    """Have a caller of each process."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(calling(one.url, at_once=at_once))
            for one in processes
        ]


@pytest.fixture
async def doors(processes: list[Service]) -> AsyncIterator[list[Caller]]:
    """A caller of each process, who can ask it everything at once."""
    async with doors_of(processes, MANY) as doors:
        yield doors


@pytest.fixture
async def pools(processes: list[Service]) -> AsyncIterator[list[Caller]]:
    """A caller of each process, with as many connections as a pool has."""
    async with doors_of(processes, POOL) as pools:
        yield pools


async def each_at_a_door(
    doors: Sequence[Caller],
    people: Sequence[Person],
    ask: Callable[[Caller, Person], Awaitable[httpx.Response]],
) -> list[httpx.Response]:
    """Have all people ask at the same time, each at the next door."""
    pairs = zip(cycle(doors), people, strict=False)
    return await asyncio.gather(*(ask(door, one) for door, one in pairs))


async def test_of_five_hundred_at_three_processes_twenty_get_the_seats(
    doors: list[Caller], place: Place
) -> None:
    anna = Person()
    event = await doors[0].create(by=anna, capacity=20, waitlist="automatic")
    url, people = f"/{event['id']}", [somebody_of(anna.tenant) for _ in range(500)]

    async def come(door: Caller, who: Person) -> httpx.Response:
        return await insist(door, "POST", f"{url}/rsvp", {"status": "going"}, by=who)

    answers = await each_at_a_door(doors, people, come)

    assert Counter(answer.status_code for answer in answers) == {200: 500}
    told = [answer.json() for answer in answers]
    admissions = Counter(one["admission"] for one in told)
    assert admissions == {"confirmed": 20, "waitlisted": 480}
    [kept] = await place.rows(_KEPT, UUID(event["id"]))
    assert kept == (20, 480, 20, 20, 20, 20, 480, 500)
    line = [user for (user,) in await place.rows(_LINE, UUID(event["id"]))]
    told_places = {
        one["waitlistPosition"]: who.user
        for one, who in zip(told, people, strict=True)
        if one["admission"] == "waitlisted"
    }
    assert [told_places[place] for place in range(1, 481)] == line

    async def leave(door: Caller, who: Person) -> httpx.Response:
        return await insist(door, "DELETE", f"{url}/rsvp", None, by=who)

    ins = [
        who
        for one, who in zip(told, people, strict=True)
        if one["admission"] == "confirmed"
    ]
    gone = await each_at_a_door(doors, ins, leave)

    assert Counter(answer.status_code for answer in gone) == {204: 20}
    [kept] = await place.rows(_KEPT, UUID(event["id"]))
    assert kept == (20, 460, 20, 20, 60, 20, 460, 520)
    left = [user for (user,) in await place.rows(_LINE, UUID(event["id"]))]
    assert left == line[20:]


async def test_parties_that_come_grow_and_leave_all_at_once_fit_the_seats(
    doors: list[Caller], place: Place
) -> None:
    anna = Person()
    event = await doors[0].create(
        by=anna, capacity=20, waitlist="automatic", guestsPerAnswer=3
    )
    url, people = f"/{event['id']}", [somebody_of(anna.tenant) for _ in range(60)]
    sizes = {who: number % 4 for number, who in enumerate(people)}

    async def change_her_mind(door: Caller, who: Person) -> httpx.Response:
        for guests in (sizes[who], 3 - sizes[who], None, sizes[who]):
            if guests is None:
                answer = await door.ask("DELETE", f"{url}/rsvp", by=who)
            else:
                body = {"status": "going", "guests": guests}
                answer = await door.ask("POST", f"{url}/rsvp", body, by=who)
            full = answer.is_error and answer.json()["error"]["code"]
            assert answer.is_success or full == "CAPACITY_FULL", answer.text
        return answer

    await each_at_a_door(doors, people, change_her_mind)

    [(going, waiting, seats, ledger, _, in_rows, in_line, _)] = await place.rows(
        _KEPT, UUID(event["id"])
    )
    assert seats == ledger == in_rows
    assert waiting == in_line == 60 - int(str(going))
    [(largest,)] = await place.rows(
        """
        SELECT max(sum) FROM (
            SELECT sum(seats) OVER (ORDER BY number)
            FROM events.seat_movement WHERE event_id = $1
        ) AS taken
        """,
        UUID(event["id"]),
    )
    assert largest == 20


async def test_of_a_flash_crowd_of_two_thousand_all_are_served(
    pools: list[Caller], place: Place
) -> None:
    """Whoever is told that it is too much comes again; few cores tell some."""
    anna = Person()
    event = await pools[0].create(by=anna, capacity=100, waitlist="automatic")
    url = f"/{event['id']}/rsvp"
    people = [somebody_of(anna.tenant) for _ in range(2_000)]

    async def come(door: Caller, who: Person) -> httpx.Response:
        return await insist(door, "POST", url, {"status": "going"}, by=who)

    answers = await each_at_a_door(pools, people, come)

    assert Counter(answer.status_code for answer in answers) == {200: 2_000}
    [kept] = await place.rows(_KEPT, UUID(event["id"]))
    assert kept == (100, 1_900, 100, 100, 100, 100, 1_900, 2_000)
