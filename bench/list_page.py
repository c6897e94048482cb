"""The list page of 50, against the same page written by hand."""

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import orjson
from attrs import frozen

from bench.extent import Extent
from bench.load import Cost, ask, cost_of, typical
from bench.part import Part
from bench.place import Place, handwritten, neighbours, open_place, service
from bench.processes import Started
from bench.report import table
from bench.town import PAGE, Town

_INTRO = """\
A page of 50 of a month's thousand events, with counts, the reader's own answer and
role, and the exact total; public, community, team and private events mixed, a member
of 25 of 50 communities and 25 of 50 teams asking. Against it the same page, byte for
byte but for the cursor's seal, written by hand on asyncpg, orjson and Starlette: it
checks the signature, reads whose events there are, looks up among remembered answers
where the reader belongs, reads the page and the total, and leaves out all else.

Ratio: our requests for a second of the service's CPU, to those by hand (median of the
rounds); at least 0.6 is demanded. Whatever the tenant's size, the month holds the
same.
"""


@frozen
class Compared:
    """Both pages in one town, round by round."""

    town: Town
    ours: Sequence[Cost]
    by_hand: Sequence[Cost]

    @property
    def ratio(self) -> float:
        """Our requests for a CPU second, to those by hand; the median of the rounds."""
        return statistics.median(
            ours.per_cpu_second / by_hand.per_cpu_second
            for ours, by_hand in zip(self.ours, self.by_hand, strict=True)
        )

    @property
    def dearness(self) -> float:
        """What ours costs, PostgreSQL included."""
        cost = typical(self.ours)
        return cost.cpu_us + cost.database_us


async def compare(place: Place, extent: Extent) -> list[Compared]:
    """Measure both in towns of several sizes, in turns, on one database."""
    towns = [Town(size) for size in extent.towns]
    for town in towns:
        await town.fill(place.superuser_url)
    with ExitStack() as stack:
        ours = stack.enter_context(
            service(place.data_dir, stack.enter_context(neighbours(milliseconds=0)))
        )
        by_hand = {
            town: stack.enter_context(handwritten(place, town.events)) for town in towns
        }
        for town in towns:
            await _check_same(town, ours, by_hand[town])
            for server in (ours, by_hand[town]):
                await ask(server.url, _requests(town, extent.requests))
        measured: Mapping[Town, list[tuple[Cost, Cost]]] = {t: [] for t in towns}
        for _ in range(extent.rounds):
            for town in towns:
                requests = _requests(town, 2 * extent.requests)
                halves = requests[: extent.requests], requests[extent.requests :]
                mine, _ = await cost_of(ours, place.database_cpu, halves[0])
                other, _ = await cost_of(by_hand[town], place.database_cpu, halves[1])
                measured[town].append((mine, other))
    return [
        Compared(town, [ours for ours, _ in pairs], [hand for _, hand in pairs])
        for town, pairs in measured.items()
    ]


def _requests(town: Town, count: int) -> list[bytes]:
    return [town.reader.request("GET", PAGE) for _ in range(count)]


async def _check_same(town: Town, ours: Started, by_hand: Started) -> None:
    """Check that both answer the same, but for the cursor, which only ours seals."""
    pages = []
    for server in (ours, by_hand):
        (reply,) = await ask(server.url, [town.reader.request("GET", PAGE)])
        page = orjson.loads(reply.body)
        del page["meta"]["nextCursor"]
        pages.append(page)
    if pages[0] != pages[1] or len(pages[0]["items"]) != 50:
        raise AssertionError(f"not the same page: {pages}")


def _measure(data_dir: Path, extent: Extent) -> str:
    with open_place(data_dir) as place:
        found = asyncio.run(compare(place, extent))
    rows = []
    for compared in found:
        ours, by_hand = typical(compared.ours), typical(compared.by_hand)
        rows.append(
            (
                f"{compared.town.events:,}",
                ours.cpu_us,
                by_hand.cpu_us,
                f"**{compared.ratio:.2f}**",
                ours.database_us,
                by_hand.database_us,
                compared.dearness / found[0].dearness,
            )
        )
    columns = (
        "events in the tenant",
        "service, CPU µs",
        "by hand, CPU µs",
        "ratio",
        "PostgreSQL for the service, CPU µs",
        "PostgreSQL by hand, CPU µs",
        "service and PostgreSQL, to the first row",
    )
    return f"{_INTRO}\n{table(columns, rows)}"


PART = Part("The list page", _measure)
