"""A page over a hundred communities, for a reader nobody knows anything of yet."""

import asyncio
import statistics
import urllib.request
from pathlib import Path
from uuid import UUID, uuid4

import orjson

from bench.extent import Extent
from bench.load import Asker, Reply, ask
from bench.neighbours import AT_ONCE
from bench.part import Part
from bench.place import Place, neighbours, open_place, service
from bench.processes import Started
from bench.report import table
from bench.town import is_member

_COMMUNITIES = 100
_MILLISECONDS = 10.0
_PAGE = "/api/v1/events?from=2027-03-01&to=2027-03-31&limit=100"

_INTRO = f"""\
A page of {_COMMUNITIES} events, each of another community, while Portal and Access
take {_MILLISECONDS:.0f} ms for an answer and work at {AT_ONCE} at once. Cold is for a
reader of whom nothing is known: {_COMMUNITIES} memberships are asked for. Warm is the
same page again. By the clock; at most 0.25 s are demanded of the cold one.
"""


async def _look(place: Place, extent: Extent) -> str:
    tenant_id = uuid4()
    await _fill(place, tenant_id)
    with neighbours(_MILLISECONDS) as others, service(place.data_dir, others) as server:
        first, *cold = [
            await _page(server, others, Asker(tenant_id, uuid4()))
            for _ in range(extent.readers + 1)
        ]
    seconds = sorted(one[0].seconds for one in cold)
    warm = sorted(one[2].seconds for one in cold)
    asked, again = {one[1] for one in cold}, {one[3] for one in cold}
    rows = (
        ("the first page after the start", first[0].seconds * 1000, "", first[1]),
        ("cold", statistics.median(seconds) * 1000, seconds[-1] * 1000, max(asked)),
        ("warm", statistics.median(warm) * 1000, warm[-1] * 1000, max(again)),
    )
    columns = (f"{extent.readers} readers", "median, ms", "longest, ms", "calls")
    return f"{_INTRO}\n{table(columns, rows)}"


async def _page(
    server: Started, others: Started, asker: Asker
) -> tuple[Reply, int, Reply, int]:
    """Return a cold page, the calls made for it, a warm one, and the calls for that."""
    before = await asyncio.to_thread(_calls, others)
    cold = await _asked(server, asker)
    between = await asyncio.to_thread(_calls, others)
    warm = await _asked(server, asker)
    after = await asyncio.to_thread(_calls, others)
    return cold, between - before, warm, after - between


async def _asked(server: Started, asker: Asker) -> Reply:
    (reply,) = await ask(server.url, [asker.request("GET", _PAGE)])
    if len(orjson.loads(reply.body)["items"]) != _COMMUNITIES:
        raise AssertionError(f"not the page: {reply.body!r}")
    return reply


def _calls(others: Started) -> int:
    with urllib.request.urlopen(f"{others.url}/calls") as answer:
        return int(answer.read())


async def _fill(place: Place, tenant_id: UUID) -> None:
    """Have somebody create an event in each community."""
    creator = Asker(tenant_id, uuid4())
    communities: list[UUID] = []
    while len(communities) < _COMMUNITIES:
        if is_member(community := uuid4()):
            communities.append(community)
    requests = [
        creator.request(
            "POST",
            "/api/v1/events",
            orjson.dumps(
                {
                    "title": f"Evening {number}",
                    "startsAt": f"2027-03-{1 + number % 28:02}T19:00:00Z",
                    "scopeType": "COMMUNITY",
                    "scopeId": community,
                    "visibility": "community",
                }
            ),
        )
        for number, community in enumerate(communities)
    ]
    with (
        neighbours(milliseconds=0) as others,
        service(place.data_dir, others) as server,
    ):
        await ask(server.url, requests)


def _measure(data_dir: Path, extent: Extent) -> str:
    with open_place(data_dir) as place:
        return asyncio.run(_look(place, extent))


PART = Part("A page over a hundred communities", _measure)
