"""What it costs to create, change, read and answer an event, and to mark who came."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import orjson

from bench.extent import Extent
from bench.load import Asker, Cost, Reply, cost_of, typical
from bench.part import Part
from bench.place import Place, neighbours, open_place, service
from bench.processes import Started
from bench.report import table

_INTRO = """\
One request at each of eight connections. All but the reading ones write: the change,
its version and its facts in one transaction, and what is needed to repeat the answer.
"""

Body = dict[str, object]


async def _look(place: Place, extent: Extent) -> str:
    found: dict[str, list[Cost]] = {}
    with (
        neighbours(milliseconds=0) as others,
        service(place.data_dir, others) as server,
    ):
        for number in range(extent.rounds + 1):
            for name, cost in (await _round(place, server, extent.requests)).items():
                if number:  # The first is for warming up.
                    found.setdefault(name, []).append(cost)
    rows = [
        (name, cost.cpu_us, cost.database_us, cost.per_second)
        for name, costs in found.items()
        for cost in [typical(costs)]
    ]
    columns = ("", "service, CPU µs", "PostgreSQL, CPU µs", "a second, by the clock")
    return f"{_INTRO}\n{table(columns, rows)}"


async def _round(place: Place, server: Started, count: int) -> dict[str, Cost]:
    organizer = Asker(uuid4(), uuid4())
    costs: dict[str, Cost] = {}

    async def measure(
        name: str, method: str, targets: Sequence[str], body: Callable[[int], Body]
    ) -> list[Reply]:
        requests = [
            organizer.request(method, target, orjson.dumps(body(n)) if body(n) else b"")
            for n, target in enumerate(targets)
        ]
        costs[name], replies = await cost_of(server, place.database_cpu, requests)
        return replies

    created = await measure(
        "create an event", "POST", ["/api/v1/events"] * count, new_event
    )
    events = [f"/api/v1/events/{orjson.loads(one.body)['id']}" for one in created]
    await measure("change its title", "PATCH", events, lambda n: {"title": f"No. {n}"})
    await measure("read it", "GET", events, lambda _: {})
    rsvps = [f"{event}/rsvp" for event in events]
    await measure("answer it", "POST", rsvps, lambda _: {"status": "going"})
    marks = [f"{event}/attendance" for event in events]
    who = str(organizer.user_id)
    await measure("mark who came", "POST", marks, lambda _: {"userId": who})
    return costs


def new_event(number: int) -> Body:
    """Return the body of an event that takes answers still, and marks already."""
    starts = datetime.now(UTC) + timedelta(hours=1)
    return {
        "title": f"Evening {number}",
        "description": "What it is about, and what to bring. " * 4,
        "startsAt": starts.isoformat(),
        "endsAt": (starts + timedelta(hours=2)).isoformat(),
    }


def _measure(data_dir: Path, extent: Extent) -> str:
    with open_place(data_dir) as place:
        return asyncio.run(_look(place, extent))


PART = Part("Creating, changing, answering, marking", _measure)
