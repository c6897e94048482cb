"""The list page of 50, against the same page written by hand."""

import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import orjson
from attrs import frozen

from bench.load import Cost, ask, cost_of
from bench.place import Place, handwritten, neighbours, service
from bench.processes import Started
from bench.town import PAGE, Town

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS = 7
A_ROUND = 400  #: requests


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


async def compare(
    place: Place, sizes: Sequence[int], *, rounds: int = ROUNDS
) -> list[Compared]:
    """Measure both in towns of these sizes, in turns, on one database."""
    towns = [Town(size) for size in sizes]
    for town in towns:
        await town.fill(place.superuser_url)
    with ExitStack() as stack:
        ours = stack.enter_context(
            service(place, stack.enter_context(neighbours(milliseconds=0)))
        )
        by_hand = {
            town: stack.enter_context(handwritten(place, town.events)) for town in towns
        }
        for town in towns:
            await _check_same(town, ours, by_hand[town])
            for server in (ours, by_hand[town]):
                await ask(server.url, _requests(town))
        measured: Mapping[Town, list[tuple[Cost, Cost]]] = {t: [] for t in towns}
        for _ in range(rounds):
            for town in towns:
                pair = [
                    await cost_of(server, place.database_cpu, _requests(town))
                    for server in (ours, by_hand[town])
                ]
                measured[town].append((pair[0], pair[1]))
    return [
        Compared(town, [ours for ours, _ in pairs], [hand for _, hand in pairs])
        for town, pairs in measured.items()
    ]


def _requests(town: Town) -> list[bytes]:
    return [town.reader.request("GET", PAGE) for _ in range(A_ROUND)]


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
