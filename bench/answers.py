"""Answers a second: on one hot event, spread over a thousand, and a crowd at the door.

Beside them the bare SQL of the same transaction, sent by pgbench.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import chain, cycle
from pathlib import Path
from uuid import UUID, uuid4

import orjson
from attrs import frozen

from adapters.http.settings import Limits
from adapters.postgres import Database, PostgresStore
from bench import bare
from bench.extent import Extent
from bench.load import Asker, Reply, ask
from bench.part import Part
from bench.place import Place, neighbours, open_place, service
from bench.processes import Started
from bench.report import table
from events_core.domain.event import Event
from events_core.domain.identity import EventId, TenantId
from events_core.domain.signup import MOST_SEATS, Signup, Waitlist
from events_core.testing.builders import a_schedule, an_event, arrival_of

PROCESSES = 2
POOL = 20  #: connections to each process
SPREAD = 1_000  #: events
CROWD = 2_000  #: people
SEATS = 100  #: of the event that the crowd wants to come to

_INTRO = """\
Each answer is another person's, who was seen before and is going; two processes of
the service, twenty connections to each. Beside it the bare SQL of the same
transaction, sent by pgbench on as many connections as the service works on at once:
it holds the roster, reads her answer, writes the answer, the counts, the ledger and
the fact, and leaves out all else. By the clock, in turns, and whoever asks shares the
machine.

Ratio: our answers a second to pgbench's (median of the rounds); at least 0.3 are
demanded on one hot event, 0.2 spread over a thousand.
"""
_CROWD = """\
A flash crowd: two thousand people of whom nothing is known answer one event with a
hundred seats and a waiting list, all at once, on twenty connections to each of the
two processes. At most 10 s are demanded, and no error.
"""


@frozen
class Answers:
    """What one round of answers came to."""

    per_second: float
    cpu_us: float
    """In both processes of the service, for one answer."""
    database_us: float
    """In all processes of PostgreSQL."""


#: What ours came to, and how many answers a second pgbench gave.
_Pair = tuple[Answers, float]
#: On one hot event, and spread.
_Round = tuple[_Pair, _Pair]


@frozen
class Scene:
    """The events, and who serves them."""

    place: Place
    servers: Sequence[Started]
    tenant: UUID

    async def answered(self, events: Sequence[Event], people: int) -> Answers:
        """Have so many people answer the events in turns; they were seen before."""
        askers = [Asker(self.tenant, uuid4()) for _ in range(people)]
        looks = [asker.request("GET", _path(events[0])) for asker in askers]
        await self._all(looks)
        requests = [
            asker.request("POST", f"{_path(event)}/rsvp", _GOING)
            for asker, event in zip(askers, cycle(events), strict=False)
        ]
        cpu, database = self._cpu(), self.place.database_cpu()
        began = time.perf_counter()
        await self._all(requests)
        seconds = time.perf_counter() - began
        return Answers(
            per_second=people / seconds,
            cpu_us=(self._cpu() - cpu) / people * 1e6,
            database_us=(self.place.database_cpu() - database) / people * 1e6,
        )

    async def crowd(self, event: Event) -> float:
        """Have strangers answer one event; return the seconds until the last is."""
        requests = [
            Asker(self.tenant, uuid4()).request("POST", f"{_path(event)}/rsvp", _GOING)
            for _ in range(CROWD)
        ]
        began = time.perf_counter()
        replies = await self._all(requests)
        seconds = time.perf_counter() - began
        told = [orjson.loads(reply.body)["admission"] for reply in replies]
        if (told.count("confirmed"), len(told)) != (SEATS, CROWD):
            raise AssertionError("not as many as there are seats")
        return seconds

    async def _all(self, requests: Sequence[bytes]) -> list[Reply]:
        """Send each process its share, always the same of as many."""
        parts = [
            ask(server.url, requests[number :: len(self.servers)], connections=POOL)
            for number, server in enumerate(self.servers)
        ]
        return [*chain.from_iterable(await asyncio.gather(*parts))]

    def _cpu(self) -> float:
        return sum(server.cpu_seconds for server in self.servers)


_GOING = orjson.dumps({"status": "going"})


def _path(event: Event) -> str:
    return f"/api/v1/events/{event.id}"


async def _planned(
    place: Place, tenant: UUID, numbers: range, seats: int
) -> list[Event]:
    """Store events that take answers, of numbers that pgbench can make ids of."""
    terms = Signup(capacity=seats, waitlist=Waitlist.AUTOMATIC)
    events = [
        an_event(
            id=EventId(bare.event_id(number)),
            tenant_id=TenantId(tenant),
            schedule=a_schedule(datetime(2190, 3, 21, 19, 0)),
            signup=terms,
        )
        for number in numbers
    ]
    database = Database.at(place.app_url)
    async with PostgresStore(database).unit_of_work(TenantId(tenant)) as uow:
        for event in events:
            await uow.events.save(arrival_of(event))
        await uow.commit()
    await database.close()
    return events


async def _look(place: Place, extent: Extent) -> tuple[list[_Round], list[float]]:
    tenant, answers = uuid4(), 2 * extent.requests
    numbers = range(SPREAD + 1)  # the first is the hot one
    events = await _planned(place, tenant, numbers, MOST_SEATS)
    doors = range(SPREAD + 1, SPREAD + 1 + extent.rounds)
    wanted = await _planned(place, tenant, doors, SEATS)
    rounds, seconds = list[_Round](), list[float]()
    with ExitStack() as stack:
        others = stack.enter_context(neighbours(milliseconds=0))
        servers = [
            stack.enter_context(service(place.data_dir, others))
            for _ in range(PROCESSES)
        ]
        scene = Scene(place, servers, tenant)

        async def both(which: range) -> _Pair:
            ours = await scene.answered(events[which.start : which.stop], answers)
            bare_ones = await asyncio.to_thread(
                bare.per_second,
                *(place.app_url, tenant, which),
                clients=PROCESSES * Limits().changes,
                answers=answers,
                work=place.data_dir,
            )
            return ours, bare_ones

        for number in range(extent.rounds + 1):
            pairs = await both(numbers[:1]), await both(numbers[1:])
            if number:  # The first is for warming up.
                rounds.append(pairs)
        for event in wanted:
            seconds.append(await scene.crowd(event))
    return rounds, seconds


def _row(name: str, pairs: Sequence[_Pair]) -> tuple[object, ...]:
    ours, theirs = [one for one, _ in pairs], [other for _, other in pairs]
    ratio = statistics.median(one.per_second / other for one, other in pairs)
    return (
        name,
        statistics.median(one.per_second for one in ours),
        statistics.median(theirs),
        f"**{ratio:.2f}**",
        statistics.median(one.cpu_us for one in ours),
        statistics.median(one.database_us for one in ours),
    )


def _measure(data_dir: Path, extent: Extent) -> str:
    with open_place(data_dir) as place:
        rounds, seconds = asyncio.run(_look(place, extent))
    rows = [
        _row("one hot event", [hot for hot, _ in rounds]),
        _row("a thousand events", [spread for _, spread in rounds]),
    ]
    columns = (
        "answers",
        "ours, a second",
        "pgbench, a second",
        "ratio",
        "service, CPU µs",
        "PostgreSQL, CPU µs",
    )
    crowd = table(
        ("two thousand people", "median, s", "longest, s"),
        [("served", statistics.median(seconds), max(seconds))],
    )
    return f"{_INTRO}\n{table(columns, rows)}\n\n{_CROWD}\n{crowd}"


PART = Part("Answering under load", _measure)
